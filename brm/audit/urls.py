"""Addresses of the audit page."""

from django.urls import path

from .views import AuditPage

urlpatterns = [path("audit/", AuditPage.as_view(), name="audit-list")]
