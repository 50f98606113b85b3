"""Descriptions of REST APIs: OpenAPI 3.0 and 3.1, and Swagger 2.0, in JSON or YAML."""

from bartack.drafting.openapi.describing import described, is_description

__all__ = ["described", "is_description"]
