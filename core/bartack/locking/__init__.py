"""What a pipeline was built on, written down, so that it is told when that is not so any more."""
