"""Strategy management for IT services: objectives and initiatives."""
