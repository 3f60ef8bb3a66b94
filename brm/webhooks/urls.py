"""Addresses of the pages of webhooks."""

from django.urls import path

from .views import DeliveriesPage, DeliveryPage, RedeliverPage, SecretPage, WebhookViews

urlpatterns = [
    *WebhookViews.urls(),
    path("webhooks/<int:pk>/secret/", SecretPage.as_view(), name="webhooks-secret"),
    path("webhooks/<int:pk>/deliveries/", DeliveriesPage.as_view(), name="webhooks-deliveries"),
    path("webhooks/deliveries/<int:pk>/", DeliveryPage.as_view(), name="webhooks-delivery"),
    path(
        "webhooks/deliveries/<int:pk>/redeliver/",
        RedeliverPage.as_view(),
        name="webhooks-redeliver",
    ),
]
