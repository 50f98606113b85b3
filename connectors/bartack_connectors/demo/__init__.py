"""The estate of a small firm, for `bartack demo`: data only."""
