"""What a stream usually looks like, and how one tells that it does not any more."""
