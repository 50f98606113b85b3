"""All that a connector author imports. Versioned with Bartack (semver); deprecations warn for one minor release.

Names are imported when first used, so that a plugin module which only needs ``ConnectorCard`` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bartack.errors import (
        AccessError,
        BartackError,
        ConfigError,
        SourceChangedError,
        SourceRefusedError,
        SourceUnavailableError,
        WireError,
    )
    from bartack.mapping.rules import Mapping, Rule
    from bartack.normalizers.base import Note, Noted, NotReadableError
    from bartack.resilience.quota import LimitHeader, Quota, RateLimitFields, RemainingHeader, UsageHeader
    from bartack.sdk.card import ConnectorCard
    from bartack.sdk.connector import Connector
    from bartack.sdk.markers import hookimpl
    from bartack.settings import HttpSettings, Secret, Settings, WireSettings
    from bartack.transports.base import Body, Evidence, KeySpec, Page, Query, Runtime, Session, Stream
    from bartack.transports.http import (
        PAGINGS,
        Ask,
        Auth,
        Basic,
        Bearer,
        CursorPaging,
        ErrorBody,
        HeaderKey,
        HttpSession,
        HttpStream,
        LinkHeaderPaging,
        NextUrlPaging,
        NoPaging,
        OAuth2ClientCredentials,
        OAuth2JwtBearer,
        OAuth2Refresh,
        OffsetPaging,
        PagePaging,
        Paging,
        QueryKey,
        Reply,
        Since,
        Size,
        Token,
    )
    from bartack.transports.http.documents import read_json
    from bartack.transports.soap import (
        OffsetArguments,
        OneCall,
        PageArguments,
        SoapSession,
        SoapSettings,
        SoapStream,
        TokenArguments,
    )
    from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
    from bartack.transports.walk import Walk

__all__ = [
    "PAGINGS",
    "AccessError",
    "Ask",
    "Auth",
    "BartackError",
    "Basic",
    "Bearer",
    "Body",
    "ConfigError",
    "Connector",
    "ConnectorCard",
    "CursorPaging",
    "ErrorBody",
    "Evidence",
    "HeaderKey",
    "HttpSession",
    "HttpSettings",
    "HttpStream",
    "KeySpec",
    "LimitHeader",
    "LinkHeaderPaging",
    "Mapping",
    "NextUrlPaging",
    "NoPaging",
    "NotReadableError",
    "Note",
    "Noted",
    "OAuth2ClientCredentials",
    "OAuth2JwtBearer",
    "OAuth2Refresh",
    "OffsetArguments",
    "OffsetPaging",
    "OneCall",
    "Page",
    "PageArguments",
    "PagePaging",
    "Paging",
    "Query",
    "QueryKey",
    "Quota",
    "RateLimitFields",
    "RemainingHeader",
    "Reply",
    "Rule",
    "Runtime",
    "Secret",
    "Session",
    "Settings",
    "Since",
    "Size",
    "SoapSession",
    "SoapSettings",
    "SoapStream",
    "SourceChangedError",
    "SourceRefusedError",
    "SourceUnavailableError",
    "SqlSession",
    "SqlSettings",
    "SqlStream",
    "Stream",
    "Token",
    "TokenArguments",
    "UsageHeader",
    "Walk",
    "WireError",
    "WireSettings",
    "hookimpl",
    "read_json",
]

_HOMES = {
    "bartack.errors": (
        "AccessError",
        "BartackError",
        "ConfigError",
        "SourceChangedError",
        "SourceRefusedError",
        "SourceUnavailableError",
        "WireError",
    ),
    "bartack.mapping.rules": ("Mapping", "Rule"),
    "bartack.normalizers.base": ("Note", "NotReadableError", "Noted"),
    "bartack.resilience.quota": ("LimitHeader", "Quota", "RateLimitFields", "RemainingHeader", "UsageHeader"),
    "bartack.sdk.card": ("ConnectorCard",),
    "bartack.sdk.connector": ("Connector",),
    "bartack.sdk.markers": ("hookimpl",),
    "bartack.settings": ("HttpSettings", "Secret", "Settings", "WireSettings"),
    "bartack.transports.base": ("Body", "Evidence", "KeySpec", "Page", "Query", "Runtime", "Session", "Stream"),
    "bartack.transports.http": (
        "PAGINGS",
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
    ),
    "bartack.transports.http.documents": ("read_json",),
    "bartack.transports.soap": (
        "OffsetArguments",
        "OneCall",
        "PageArguments",
        "SoapSession",
        "SoapSettings",
        "SoapStream",
        "TokenArguments",
    ),
    "bartack.transports.sql": ("SqlSession", "SqlSettings", "SqlStream"),
    "bartack.transports.walk": ("Walk",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    msg = f"module 'bartack.sdk' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
