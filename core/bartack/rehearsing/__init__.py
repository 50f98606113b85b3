"""Before it ships, and back from production: what a change would do to what was recorded, and a reject as a test."""
