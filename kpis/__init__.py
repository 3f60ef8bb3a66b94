"""The strategy-stage KPIs: ledger of contributions, runs, figures."""
