"""API tokens: programs act for their owner, within scopes and until a day."""
