"""Complaints and surveys: the voice of the customer."""
