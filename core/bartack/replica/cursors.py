"""Cursors: where an answer ended, signed, and bound to the question that it belongs to.

A cursor is opaque and safe to hand to anybody: it holds no value that its reader has not been given, and one that was
changed, made up, or taken from another question is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from bartack.errors import ConfigError

__all__ = ["Cursors"]

_MAC = 12
"""Bytes of the signature (RFC 2104 truncates to no less than half of the hash or 80 bits)."""


class Cursors:
    """Writes and reads the cursors of one question; ``key`` is the store's own, so that every process takes them."""

    def __init__(self, key: str, *question: Any) -> None:
        self._key = bytes.fromhex(key)
        told = json.dumps(question, sort_keys=True, default=str, ensure_ascii=False)
        self._question = hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()

    def write(self, place: Sequence[Any]) -> str:
        """Return a cursor to a place, which is JSON."""
        body = json.dumps(list(place), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(self._signature(body) + body).decode().rstrip("=")

    def read(self, cursor: str) -> list[Any]:
        """Return the place that a cursor holds.

        Raises
        ------
        ConfigError
            it was not made here, or for another question.
        """
        try:
            whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            whole = b""
        signature, body = whole[:_MAC], whole[_MAC:]
        if not body or not hmac.compare_digest(signature, self._signature(body)):
            raise ConfigError(
                "the cursor is not one of this question",
                next_step="ask again without a cursor, and with the same words",
            )
        found: list[Any] = json.loads(body)
        return found

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, self._question + body, "sha256")[:_MAC]
