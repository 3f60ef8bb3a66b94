from .views import OfferingViews, ServiceViews

urlpatterns = [*ServiceViews.urls(), *OfferingViews.urls()]
