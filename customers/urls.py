from .views import AgreementViews, CustomerViews

urlpatterns = [*CustomerViews.urls(), *AgreementViews.urls()]
