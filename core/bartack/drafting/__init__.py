"""Drafts of new connectors: a plugin package written from a description, a WSDL, a database or a sample."""
