"""REST and JSON over HTTP: streams declared in a few words, and a session that is strict about the wire.

Declaring a stream imports no HTTP library; that happens when a session is opened.
"""

from bartack.transports.http.asking import Ask, Since, Size
from bartack.transports.http.auth import Auth, Basic, Bearer, HeaderKey, QueryKey, Token
from bartack.transports.http.oauth import OAuth2ClientCredentials, OAuth2JwtBearer, OAuth2Refresh
from bartack.transports.http.paging import (
    PAGINGS,
    CursorPaging,
    LinkHeaderPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    Reply,
)
from bartack.transports.http.refusals import UNIVERSAL_ERRORS, ErrorBody
from bartack.transports.http.session import HttpSession
from bartack.transports.http.stream import HttpStream

__all__ = [
    "PAGINGS",
    "UNIVERSAL_ERRORS",
    "Ask",
    "Auth",
    "Basic",
    "Bearer",
    "CursorPaging",
    "ErrorBody",
    "HeaderKey",
    "HttpSession",
    "HttpStream",
    "LinkHeaderPaging",
    "NextUrlPaging",
    "NoPaging",
    "OAuth2ClientCredentials",
    "OAuth2JwtBearer",
    "OAuth2Refresh",
    "OffsetPaging",
    "PagePaging",
    "Paging",
    "QueryKey",
    "Reply",
    "Since",
    "Size",
    "Token",
]
