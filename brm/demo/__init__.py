"""A made-up company of two years: what a newcomer sees first, and what tests and bench measure."""
