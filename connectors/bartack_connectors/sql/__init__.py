"""Any database."""
