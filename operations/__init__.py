"""Operation: incidents, problems and escalations as the customer meets them (ITIL incident and problem management)."""
