"""Addresses of the pages of bulk changes."""

from django.urls import path

from .views import DetailPage, NewPage, PreviewPage, ProgressPage, RunPage, UndoPage

urlpatterns = [
    path("bulk-changes/new/", NewPage.as_view(), name="bulk-changes-new"),
    path("bulk-changes/<int:pk>/", DetailPage.as_view(), name="bulk-changes-detail"),
    path("bulk-changes/<int:pk>/preview/", PreviewPage.as_view(), name="bulk-changes-preview"),
    path("bulk-changes/<int:pk>/run/", RunPage.as_view(), name="bulk-changes-run"),
    path("bulk-changes/<int:pk>/undo/", UndoPage.as_view(), name="bulk-changes-undo"),
    path("bulk-changes/<int:pk>/progress/", ProgressPage.as_view(), name="bulk-changes-progress"),
]
