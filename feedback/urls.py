from .views import ComplaintViews, InvitationViews, ResponseViews, SurveyViews

urlpatterns = [
    *ComplaintViews.urls(),
    *SurveyViews.urls(),
    *InvitationViews.urls(),
    *ResponseViews.urls(),
]
