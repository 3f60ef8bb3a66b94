"""Demand management: needs, requests, patterns of activity, forecasts (ITIL service strategy)."""
