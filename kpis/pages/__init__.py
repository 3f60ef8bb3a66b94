"""What the KPI pages show, put together from figures: one module for each part of a page."""
