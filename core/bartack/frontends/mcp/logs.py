"""The log of a serving process: on standard error, and without what must never be shown."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from typing import Any

from bartack.errors import BartackError
from bartack.hub import Hub

__all__ = ["log_to_stderr"]


class _Discreet(logging.Formatter):
    """Writes a line, known secrets replaced; of an exception where it happened, not what it says, which quotes values."""

    def __init__(self, hub: Hub) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._hub = hub

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for name in self._hub.sources:
            with suppress(BartackError):
                line = self._hub.source(name).redactor().text(line)
        return line

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name in logging
        kind, _, frames = ei
        return "".join(traceback.format_tb(frames)) + getattr(kind, "__name__", "")


def log_to_stderr(hub: Hub) -> None:
    """Write warnings to standard error, where the program has no other wish."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Discreet(hub))
        root.addHandler(handler)
