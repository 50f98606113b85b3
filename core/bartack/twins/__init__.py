"""Hostile twins of recordings, and the judge who says whether a connector survived them."""
