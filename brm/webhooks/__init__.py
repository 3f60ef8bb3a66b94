"""Webhooks: what happens to records is told to other systems, signed, in order, at least once."""
