"""Doors to the hub: each parses what it is given, calls the hub, and shows the answer. They do not know each other."""
