"""Service level management: targets, results and reviews (ITIL service level management)."""
