"""Addresses of the notifications."""

from django.urls import path

from . import views

urlpatterns = [
    path("notifications/", views.NotificationsView.as_view(), name="notifications"),
    path("notifications/<int:pk>/", views.OpenView.as_view(), name="notification-open"),
    path("notifications/choices/", views.ChoicesView.as_view(), name="notification-choices"),
]
