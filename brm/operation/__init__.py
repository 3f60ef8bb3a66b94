"""Running the product: deploy checks, logs, metrics, backup and restore."""
