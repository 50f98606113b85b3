"""OAuth 2.0 grants for machines: client credentials, refresh token, and signed assertion (RFC 6749, RFC 7523).

``token_url`` is an absolute URL or a path on ``base_url``; ``{field}`` in it, in ``scope`` and in ``audience`` is
filled from the settings.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bartack.errors import ConfigError, SourceChangedError
from bartack.transports.http.auth import Token
from bartack.transports.http.outgoing import Outgoing
from bartack.transports.http.texts import safe_url

if TYPE_CHECKING:
    from bartack.transports.http.session import HttpSession

__all__ = ["OAuth2ClientCredentials", "OAuth2JwtBearer", "OAuth2Refresh"]

_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?::[0-9]+)?")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class OAuth2ClientCredentials:
    """The application itself logs in. ``prefix`` is the scheme of the ``Authorization`` header."""

    token_url: str
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a setting
    scope: str | None = None
    prefix: str = "Bearer"

    def login(self, session: HttpSession) -> Token:
        """Ask for a token."""
        form = {
            "grant_type": "client_credentials",
            "client_id": session.secret(self.client_id),
            "client_secret": session.secret(self.client_secret),
        }
        if self.scope is not None:
            form["scope"] = _filled(self.scope, session)
        return _granted(session, self.token_url, form)

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        _authorise(request, session, self.prefix)


@dataclass(frozen=True, slots=True)
class OAuth2Refresh:
    """A person has agreed once; the refresh token is exchanged for access tokens.

    A refresh token that the source replaces is used from then on, in this session: where a source rotates them, the new
    one is not written back to the configuration.
    """

    token_url: str
    refresh_token: str = "refresh_token"  # noqa: S105 - the name of a setting
    client_id: str = "client_id"
    client_secret: str | None = "client_secret"  # noqa: S105 - the name of a setting
    prefix: str = "Bearer"

    def login(self, session: HttpSession) -> Token:
        """Ask for a token."""
        rotated = session.token.refresh if session.token is not None else None
        form = {
            "grant_type": "refresh_token",
            "refresh_token": rotated or session.secret(self.refresh_token),
            "client_id": session.secret(self.client_id),
        }
        if self.client_secret is not None:
            form["client_secret"] = session.secret(self.client_secret)
        return _granted(session, self.token_url, form, refresh=rotated)

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        _authorise(request, session, self.prefix)


@dataclass(frozen=True, slots=True)
class OAuth2JwtBearer:
    """The application vouches for a user with a signature (RS256), as Salesforce's connected apps do.

    ``private_key`` is a setting that holds a PEM key; ``audience`` is who the assertion is for. Needs
    ``pip install "bartack[jwt]"``.
    """

    token_url: str
    audience: str
    client_id: str = "client_id"
    user: str = "user"
    private_key: str = "private_key"
    lifetime: timedelta = timedelta(minutes=3)
    prefix: str = "Bearer"

    def login(self, session: HttpSession) -> Token:
        """Sign an assertion and exchange it for a token."""
        claims = {
            "iss": session.secret(self.client_id),
            "sub": session.secret(self.user),
            "aud": _filled(self.audience, session),
            "exp": int((session.now() + self.lifetime).timestamp()),
        }
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": session.keep_secret(_signed(claims, session.secret(self.private_key), self.private_key)),
        }
        return _granted(session, self.token_url, form)

    def apply(self, request: Outgoing, session: HttpSession) -> None:
        """Set the header."""
        _authorise(request, session, self.prefix)


def _authorise(request: Outgoing, session: HttpSession, prefix: str) -> None:
    if session.token is not None:
        request.headers["Authorization"] = f"{prefix} {session.token.text}"


def _granted(session: HttpSession, token_url: str, form: Mapping[str, str], refresh: str | None = None) -> Token:
    address = _address(token_url, session)
    answer = session.exchange(address, form)
    text = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text:
        raise SourceChangedError("the log-in's answer has no access_token", where=f"POST {safe_url(address)}")
    seconds = answer.get("expires_in")
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return Token(
        text=text,
        expires_at=session.now() + timedelta(seconds=seconds) if known else None,
        base_url=_text(answer, "instance_url"),
        refresh=_text(answer, "refresh_token") or refresh,
    )


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    return value if isinstance(value, str) and value else None


def _address(template: str, session: HttpSession) -> str:
    """Fill in where tokens are asked for; in the host's place a setting may say a host, and nothing that leads elsewhere."""
    if "://" in template:
        for name in _PLACEHOLDER.findall(template.partition("://")[2].partition("/")[0]):
            if not _HOST.fullmatch(session.setting(name)):
                raise ConfigError(
                    f"the setting {name!r} is part of a host's name, and cannot be one",
                    next_step=f"write {name} without scheme, path and blanks",
                )
    return _filled(template, session)


def _filled(template: str, session: HttpSession) -> str:
    return _PLACEHOLDER.sub(lambda match: session.setting(match[1]).rstrip("/"), template)


def _signed(claims: Mapping[str, Any], private_key: str, setting: str) -> str:
    """Return a JSON Web Token signed with RSA and SHA-256 (RFC 7515)."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        raise ConfigError(
            "signing a log-in needs the package cryptography", next_step='pip install "bartack[jwt]"'
        ) from None
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigError(f"the setting {setting!r} holds no readable RSA key in PEM form without a password")
    head = {"alg": "RS256", "typ": "JWT"}
    signing = b".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    signature = key.sign(signing, padding.PKCS1v15(), hashes.SHA256())
    return b".".join((signing, _base64url(signature))).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
