"""Who is logged in with a browser: a signed cookie that says who, until when, and nothing more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["LIFE", "Session", "Sessions"]

LIFE = timedelta(hours=12)
"""How long a session lasts: a working day."""

_MOST_REVOKED = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who logged in: ``name`` as of :class:`~bartack.service.access.Access`, a random ``id``, and its end."""

    name: str
    id: str
    ends: datetime


class Sessions:
    """Makes and reads the cookies of sessions. Safe in threads.

    The key is random and of this process, so a restart ends all sessions: then tokens may be others than before.
    """

    def __init__(self, clock: Callable[[], datetime], key: bytes | None = None) -> None:
        self._clock = clock
        self._key = key or secrets.token_bytes(32)
        self._ended: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def begin(self, name: str) -> tuple[Session, str]:
        """Begin a session; return it, and its cookie."""
        session = Session(name, secrets.token_urlsafe(16), self._clock() + LIFE)
        text = f"{int(session.ends.timestamp())}.{session.id}.{_text(name.encode())}"
        return session, f"{text}.{self._signed('session', text)}"

    def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie; None where it was not made here, is over, or was ended."""
        text, _, signature = cookie.rpartition(".")
        if not _equal(signature, self._signed("session", text)):
            return None
        ends, identity, name = text.split(".")
        session = Session(_bytes(name).decode(), identity, datetime.fromtimestamp(int(ends), tz=self._clock().tzinfo))
        with self._lock:
            return None if session.ends <= self._clock() or identity in self._ended else session

    def end(self, session: Session) -> None:
        """End a session before its time; its cookie is worth nothing any more."""
        now = self._clock()
        with self._lock:
            self._ended = {identity: ends for identity, ends in self._ended.items() if ends > now}
            while len(self._ended) >= _MOST_REVOKED:
                self._ended.pop(next(iter(self._ended)))
            self._ended[session.id] = session.ends

    def form_token(self, session: Session) -> str:
        """Return what a form of this session has to bring back, so that it is known to be of ours (CSRF)."""
        return self._signed("form", session.id)

    def is_form_token(self, session: Session, token: str) -> bool:
        """Tell whether a form brought back the right token."""
        return _equal(token, self.form_token(session))

    def _signed(self, purpose: str, text: str) -> str:
        return _text(hmac.new(self._key, f"{purpose}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest())


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
