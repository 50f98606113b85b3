"""What a source sends now, held against what it sent when it was recorded: facts, findings, and whom they hit."""
