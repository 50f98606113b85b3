"""The HTTP frontend: an API for programs, pages for people, and what a monitoring system asks."""
