"""Addresses of the import pages."""

from django.urls import path

from .views import PAGES, ListPage, NewPage

urlpatterns = [
    path("imports/", ListPage.as_view(), name="imports-list"),
    path("imports/new/", NewPage.as_view(), name="imports-new"),
    path("imports/<int:pk>/", PAGES["detail"], name="imports-detail"),
    path("imports/<int:pk>/mapping/", PAGES["mapping"], name="imports-mapping"),
    path("imports/<int:pk>/progress/", PAGES["progress"], name="imports-progress"),
    path("imports/<int:pk>/start/", PAGES["start"], name="imports-start"),
    path("imports/<int:pk>/undo/", PAGES["undo"], name="imports-undo"),
    path("imports/<int:pk>/discard/", PAGES["discard"], name="imports-discard"),
    path("imports/<int:pk>/refused.csv", PAGES["refused"], name="imports-refused"),
]
