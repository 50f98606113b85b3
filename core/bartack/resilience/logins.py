"""Log-ins of one source: one at a time, and what it gave is used by all its sessions."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

from bartack.errors import BartackError

__all__ = ["Logins"]


class Logins:
    """What log-ins of one source gave, by host. Thread-safe.

    Two workers that need a token at the same time make one log-in; also when it fails: a source that has revoked the
    credentials is not asked by each of them in turn.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doors: dict[str, _Door] = {}

    def token(self, host: str, fits: Callable[[Any], bool], login: Callable[[Any], Any]) -> Any:
        """Return the host's token: the present one where ``fits`` says so, else what ``login(present)`` gives.

        The present token is ``None`` before the first log-in.

        Raises
        ------
        BartackError
            the log-in failed, here or in the thread that was waited for.
        """
        with self._lock:
            door = self._doors.setdefault(host, _Door())
        return door.token(fits, login)


class _Door:
    """The log-ins at one host."""

    def __init__(self) -> None:
        self._lock = (
            threading.RLock()
        )  # a log-in that asks for a token itself fails as endless, instead of waiting for itself
        self._token: Any = None
        self._tried = 0
        self._failure: BartackError | None = None

    def token(self, fits: Callable[[Any], bool], login: Callable[[Any], Any]) -> Any:
        came = self._tried
        with self._lock:
            if self._token is not None and fits(self._token):
                return self._token
            if self._failure is not None and self._tried > came:  # it failed while this thread waited
                raise copy.copy(self._failure)
            try:
                self._token, self._failure = login(self._token), None
            except BartackError as error:
                self._failure = error
                raise
            finally:
                self._tried += 1
            return self._token
