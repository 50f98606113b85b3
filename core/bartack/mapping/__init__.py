"""Declared tables native path -> contract field: written in YAML or Python, compiled to one Python function."""
