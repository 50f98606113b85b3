"""A package whose author is not done."""
