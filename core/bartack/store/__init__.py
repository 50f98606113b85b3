"""Bartack's own state: what was synced, how far, with what result, and what waits for a person."""
