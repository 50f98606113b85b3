"""Pure functions raw -> value, by name."""
