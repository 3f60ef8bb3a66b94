"""Operation: the customers' incidents, problems, escalations (ITIL incident management)."""
