"""Tryton ERP."""
