"""Who is asking. Arguments name fields of the source's settings, so that a declaration never holds a secret.

An ``Auth`` is a frozen declaration; what it earns at run time, a :class:`Token`, belongs to the session. Any object
with the two methods of :class:`Auth` will do.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bartack.errors import ConfigError
from bartack.transports.http.outgoing import Outgoing

if TYPE_CHECKING:
    from bartack.transports.http.session import HttpSession

__all__ = ["Auth", "Basic", "Bearer", "HeaderKey", "QueryKey", "Token"]


@dataclass(frozen=True, slots=True)
class Token:
    """What a log-in gave. ``base_url``: where to go with it, if the answer says so (Salesforce's ``instance_url``)."""

    text: str = field(repr=False)
    expires_at: datetime | None = None
    base_url: str | None = None
    refresh: str | None = field(default=None, repr=False)


class Auth(Protocol):
    """A way to prove who is asking."""

    def login(self, session: HttpSession) -> Token | None:
        """Return a fresh token, or ``None`` where there is nothing to log in to.

        Called before the first request, shortly before a token expires, and once when a request is answered with 401.
        """

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Add the credentials to a request; ``session.secret(field)`` reads a setting, ``session.token`` the token."""


@dataclass(frozen=True, slots=True)
class HeaderKey:
    """A key in a header: ``HeaderKey("X-Api-Key", "token")``; ``prefix`` comes before it (``"Zoho-oauthtoken "``)."""

    header: str
    field: str
    prefix: str = ""

    def login(self, session: HttpSession) -> None:
        """Return nothing: the key is all there is."""

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        request.headers[self.header] = self.prefix + session.secret(self.field)


@dataclass(frozen=True, slots=True)
class Bearer:
    """``Authorization: Bearer …`` with a token that does not change: ``Bearer("token")``."""

    field: str

    def login(self, session: HttpSession) -> None:
        """Return nothing: the token is given."""

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        request.headers["Authorization"] = f"Bearer {session.secret(self.field)}"


@dataclass(frozen=True, slots=True)
class Basic:
    """User and password (RFC 7617, UTF-8): ``Basic("user", "password")``."""

    user: str
    password: str

    def login(self, session: HttpSession) -> None:
        """Return nothing: both are given."""

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        user = session.secret(self.user)
        if ":" in user:
            raise ConfigError(f"the setting {self.user!r} holds a colon, which no user name can have here")
        pair = f"{user}:{session.secret(self.password)}".encode()
        request.headers["Authorization"] = f"Basic {session.keep_secret(base64.b64encode(pair).decode())}"


@dataclass(frozen=True, slots=True)
class QueryKey:
    """A key in the query: ``QueryKey("api_token", "token")``. It never appears in addresses that Bartack shows."""

    param: str
    field: str

    def login(self, session: HttpSession) -> None:
        """Return nothing: the key is all there is."""

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Add the parameter."""
        request.params.append((self.param, session.secret(self.field)))
