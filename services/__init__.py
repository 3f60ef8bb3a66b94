"""Service portfolio management: the services and their offerings."""
