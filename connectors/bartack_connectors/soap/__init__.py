"""Any SOAP service."""
