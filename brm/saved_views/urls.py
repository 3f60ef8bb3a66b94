"""Addresses of what is done with saved views."""

from django.urls import path

from .views import DefaultView, DeleteView, NewView, PinView, ReplaceView

urlpatterns = [
    path("views/new/", NewView.as_view(), name="saved-views-new"),
    path("views/<int:pk>/replace/", ReplaceView.as_view(), name="saved-views-replace"),
    path("views/<int:pk>/pin/", PinView.as_view(), name="saved-views-pin"),
    path("views/<int:pk>/default/", DefaultView.as_view(), name="saved-views-default"),
    path("views/<int:pk>/delete/", DeleteView.as_view(), name="saved-views-delete"),
]
