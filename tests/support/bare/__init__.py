"""A package with no page for people."""
