"""Addresses of the search."""

from django.urls import path

from . import views

urlpatterns = [
    path("search/", views.SearchView.as_view(), name="search"),
    path("search/options/", views.PaletteView.as_view(), name="search-options"),
]
