"""The kinds of JSON lines every command speaks: record, reject, error, verdict."""

from __future__ import annotations

from typing import TextIO

from bartack.export.lines import error_line, item_line, verdict_line

__all__ = ["error_line", "item_line", "verdict_line", "write"]


def write(out: TextIO, line: str) -> None:
    """Write one line; it is there as soon as it is written, also through a pipe."""
    out.write(line + "\n")
