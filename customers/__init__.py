"""Business relationship management: customers and their agreements."""
