"""Addresses of the pages of API tokens."""

from django.urls import path

from .views import ListPage, NewPage, RevokePage

urlpatterns = [
    path("tokens/", ListPage.as_view(), name="tokens-list"),
    path("tokens/new/", NewPage.as_view(), name="tokens-new"),
    path("tokens/<int:pk>/revoke/", RevokePage.as_view(), name="tokens-revoke"),
]
