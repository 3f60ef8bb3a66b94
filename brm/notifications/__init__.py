"""Telling people: in the product, by mail, in a digest; who wants to be told of what, and when."""
