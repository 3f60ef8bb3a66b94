"""A second implementation of every KPI in plain Python: the oracle of the tests (see README.md)."""
