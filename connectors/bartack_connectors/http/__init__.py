"""Any JSON API."""
