"""Demand management: needs, requests, patterns of activity and forecasts (ITIL demand management)."""
