"""What every record shares: models, lifecycle, pages, API, imports. Imports only libraries."""
