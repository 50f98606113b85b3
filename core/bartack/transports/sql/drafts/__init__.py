"""Drafting a configuration from a foreign database: guesses, marked as such, for a person to look at."""
