"""Descriptions of SOAP services."""

from bartack.drafting.wsdl.describing import described, is_description

__all__ = ["described", "is_description"]
