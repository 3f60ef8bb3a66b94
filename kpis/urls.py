"""Addresses of the KPI pages."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("kpis/", views.ScorecardView.as_view(), name="kpi-scorecard"),
    path("kpis/runs/", views.RunsView.as_view(), name="kpi-runs"),
    path("kpis/runs/new/", views.RecomputeView.as_view(), name="kpi-recompute"),
    path("kpis/runs/<int:pk>/progress/", views.ProgressView.as_view(), name="kpi-progress"),
    *views.KpiTargetViews.urls(),
    path("kpis/<slug:key>/", views.KpiPage.as_view(), name="kpi-page"),
]
