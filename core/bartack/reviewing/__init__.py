"""What people decide: rejects looked at and corrected, persons erased."""
