"""How many requests a caller of the API may send in a minute, counted in the database."""
