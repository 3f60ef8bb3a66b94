from .views import InitiativeViews, ObjectiveViews

urlpatterns = [*ObjectiveViews.urls(), *InitiativeViews.urls()]
