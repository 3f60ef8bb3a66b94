"""What every record shares: models, lifecycle, pages, API, audit, money, imports. Imports only libraries."""
