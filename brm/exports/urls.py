"""Addresses of the export pages."""

from django.urls import path

from .views import DeletePage, DetailPage, FilePage, ListPage, NewPage, ProgressPage

urlpatterns = [
    path("exports/", ListPage.as_view(), name="exports-list"),
    path("exports/new/", NewPage.as_view(), name="exports-new"),
    path("exports/<int:pk>/", DetailPage.as_view(), name="exports-detail"),
    path("exports/<int:pk>/progress/", ProgressPage.as_view(), name="exports-progress"),
    path("exports/<int:pk>/file/", FilePage.as_view(), name="exports-file"),
    path("exports/<int:pk>/delete/", DeletePage.as_view(), name="exports-delete"),
]
