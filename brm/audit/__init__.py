"""The audit trail: one entry for every change, sealed in a chain that shows tampering."""
