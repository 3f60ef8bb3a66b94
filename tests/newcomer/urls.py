from brm.urls import urlpatterns as product

from .views import RiskViews

urlpatterns = [*product, *RiskViews.urls()]
