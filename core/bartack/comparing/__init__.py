"""What a source sends now, held against what it sent when it was recorded: facts, findings, and whom they hit."""

from __future__ import annotations

from bartack.comparing.seen import Seen, observing

__all__ = ["Seen", "observing"]
