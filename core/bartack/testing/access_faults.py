"""A1 to A8: who is asking. Tokens that expire, are revoked, or suddenly may see less."""

from __future__ import annotations

from typing import Final

from bartack.errors import AccessError, SourceChangedError
from bartack.testing.fault import STAY, Fault, Script, fixed, instead
from bartack.testing.messages import Answer

__all__ = ["ACCESS_FAULTS"]


def _json(document: object, status: int) -> Script:
    return instead(lambda _: Answer.json(document, status=status))


ACCESS_FAULTS: Final = (
    Fault("token_expired", "A1", "401: the token has expired; who can log in again gets the rows",
          _json({"message": "token expired"}, 401), AccessError),
    Fault("token_expired_challenge", "A1", "401 with a challenge and no body",
          fixed(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n", STAY), AccessError),
    Fault("token_expired_in_200", "A2", "an expired session, told with status 200",
          _json({"error": {"code": "SESSION_EXPIRED", "message": "session expired"}}, 200), AccessError, form="json"),
    Fault("token_expired_login", "A2", "an expired session, told by a redirect to a login page",
          fixed(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", STAY), SourceChangedError),
    Fault("grant_revoked", "A3", "400 invalid_grant, as token endpoints say that the credentials are revoked",
          _json({"error": "invalid_grant", "error_description": "expired access/refresh token"}, 400), AccessError, form="json",
          needs=("login",)),
    Fault("forbidden", "A7", "403: this stream may not be read", _json({"message": "missing scope"}, 403), AccessError),
    Fault("proxy_asks", "A7", "407: a proxy asks who is there", _json({"message": "who are you?"}, 407), AccessError),
)  # fmt: skip
