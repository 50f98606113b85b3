"""Brings the store up to date: what is asked, what is kept of a page, and when a snapshot is published."""
