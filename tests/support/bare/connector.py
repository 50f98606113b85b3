"""Where a connector may pretend to come from; the system is described at https://reference.example.org."""
