"""Facts by the million."""
