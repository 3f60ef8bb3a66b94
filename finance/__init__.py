"""Financial management for IT services: budgets, costs, proposals."""
