"""Errors of databases, sorted by what the caller should do about them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)

__all__ = ["translate"]

_Kind = type[BartackError]

_STEPS: Mapping[_Kind, str] = MappingProxyType(
    {
        AccessError: "check user, password and rights of the database user",
        ConfigError: "correct the stream's table, select or key",
        SourceChangedError: "compare the stream's declaration with the database",
        SourceRefusedError: "run the statement by hand; a view or a value in the database is broken",
        SourceUnavailableError: "try again later; raise connect_timeout or statement_timeout if it is only slow",
        WireError: "check the database file, the connection, and the encoding of its text",
    }
)

# SQLSTATE (PostgreSQL, appendix A of its manual), longest prefix first.
_SQLSTATE: Mapping[str, _Kind] = MappingProxyType(
    {
        "42501": AccessError,
        "42P01": SourceChangedError,
        "42703": SourceChangedError,
        "3F000": SourceChangedError,
        "40001": SourceUnavailableError,
        "40P01": SourceUnavailableError,
        "55P03": SourceUnavailableError,
        "57014": SourceUnavailableError,
        "25P03": SourceUnavailableError,
        "25P04": SourceUnavailableError,
        "25": ConfigError,
        "3D000": AccessError,
        "28": AccessError,
        "08": SourceUnavailableError,
        "53": SourceUnavailableError,
        "57": SourceUnavailableError,
        "58": SourceUnavailableError,
        "22021": WireError,
        "22P05": WireError,
        "XX001": WireError,
        "XX002": WireError,
        "0A": ConfigError,
        "42": ConfigError,
    }
)

# Error numbers of MySQL and MariaDB.
_ERRNO: Mapping[int, _Kind] = MappingProxyType(
    {
        **dict.fromkeys((1044, 1045, 1049, 1142, 1143, 1227, 1370, 1698), AccessError),
        **dict.fromkeys(
            (1040, 1053, 1203, 1205, 1213, 1317, 1969, 2002, 2003, 2006, 2013, 3024), SourceUnavailableError
        ),
        **dict.fromkeys((1054, 1146, 1356), SourceChangedError),
        **dict.fromkeys((1064, 1290, 1792), ConfigError),
    }
)

# SQLite: name of the primary result code -> kind; SQLITE_ERROR is told apart by its text.
_SQLITE: Mapping[str, _Kind] = MappingProxyType(
    {
        "SQLITE_BUSY": SourceUnavailableError,
        "SQLITE_LOCKED": SourceUnavailableError,
        "SQLITE_INTERRUPT": SourceUnavailableError,
        "SQLITE_IOERR": SourceUnavailableError,
        "SQLITE_FULL": SourceUnavailableError,
        "SQLITE_NOMEM": SourceUnavailableError,
        "SQLITE_SCHEMA": SourceUnavailableError,
        "SQLITE_CORRUPT": WireError,
        "SQLITE_NOTADB": WireError,
        "SQLITE_CANTOPEN": AccessError,
        "SQLITE_PERM": AccessError,
        "SQLITE_AUTH": AccessError,
        "SQLITE_READONLY": ConfigError,
    }
)

_TOO_LONG = ("statement timeout", "max_statement_time", "maximum statement execution time")

# Classes of errors that drivers raise, without a code, when a connection breaks or gives nonsense.
_BROKEN = frozenset(
    {"OperationalError", "InterfaceError", "TimeoutError", "error", "IndexError", "ResourceClosedError"}
)

# What a connection that never came about says; drivers give no code for it.
_WORDS: tuple[tuple[str, _Kind], ...] = (
    ("authentication failed", AccessError),
    ("no password supplied", AccessError),
    ("access denied", AccessError),
    ("login failed", AccessError),
    ("no pg_hba.conf entry", AccessError),
    ("permission denied", AccessError),
    ("does not exist", AccessError),
)


def translate(error: BaseException, url: URL, where: str | None) -> BartackError:
    """Return the error of Bartack for one of SQLAlchemy or a driver, without statement, parameters or password.

    A file or text that is corrupt stays so: its error is not retryable, unlike that of a connection that broke.
    """
    origin = getattr(error, "orig", None) or error
    secrets = [*_passwords(url), *_parameters(error)]
    text = _without(secrets, _said(origin).strip().split("\n")[0])
    kind = _kind(origin)
    if isinstance(origin, UnicodeDecodeError):
        text = f"text that cannot be decoded as {origin.encoding}: {origin.reason}"
    elif isinstance(origin, UnicodeEncodeError):
        text = "a value of the query is no text that can be sent"
    elif isinstance(error, PoolTimeoutError):
        text = "all connections of this session are in use: as many reads of it are under way"
    elif text == "interrupted" or any(words in text for words in _TOO_LONG):
        text = "the statement took longer than statement_timeout"
    return kind(
        text or type(origin).__name__,
        where=where,
        next_step=_STEPS[kind],
        retryable=False if kind is WireError else None,
    )


def _kind(origin: Any) -> _Kind:
    if isinstance(origin, sqlite3.Error):
        return _sqlite_kind(origin)
    if isinstance(origin, UnicodeDecodeError):
        return WireError
    if isinstance(origin, UnicodeEncodeError | OverflowError):
        return ConfigError
    if isinstance(origin, OSError):
        return SourceUnavailableError
    number = origin.args[0] if getattr(origin, "args", ()) else None
    if isinstance(number, int):  # before the SQLSTATE, which MySQL keeps vague
        return _ERRNO.get(number, SourceRefusedError)
    state = getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None)
    if isinstance(state, str):
        return next((kind for prefix, kind in _SQLSTATE.items() if state.startswith(prefix)), SourceRefusedError)
    text = str(origin).lower()
    if (kind := next((kind for word, kind in _WORDS if word in text), None)) is not None:
        return kind
    names = {kind.__name__ for kind in type(origin).__mro__}
    return SourceRefusedError if names.isdisjoint(_BROKEN) else SourceUnavailableError


def _sqlite_kind(origin: sqlite3.Error) -> _Kind:
    name = getattr(origin, "sqlite_errorname", "SQLITE_ERROR")
    for prefix, kind in _SQLITE.items():
        if name.startswith(prefix):
            return kind
    text = str(origin)
    if text.startswith(("no such table", "no such column", "no such view")):
        return SourceChangedError
    if "syntax error" in text or "one statement at a time" in text or isinstance(origin, sqlite3.ProgrammingError):
        return ConfigError
    return SourceRefusedError


def _said(origin: Any) -> str:
    match getattr(origin, "args", ()):
        case (int(), str(text), *_):  # MySQL: number and text
            return text
    return str(origin)


_SECRETIVE = re.compile(r"passw|passphrase|pwd|secret|token|key|credential", re.IGNORECASE)
_ODBC_SECRET = re.compile(r"(?:pwd|password)\s*=\s*(\{[^}]*\}|[^;]*)", re.IGNORECASE)


def _passwords(url: URL) -> Iterator[str]:
    """Yield the secrets of a URL: its password, parameters that are called so, those of an ODBC connection string."""
    if url.password:
        yield str(url.password)
    for name, given in url.query.items():
        for value in (given,) if isinstance(given, str) else given:
            if _SECRETIVE.search(name):
                yield value
            yield from _ODBC_SECRET.findall(value)


def _parameters(error: BaseException) -> Iterator[str]:
    """Yield the texts that were bound: servers quote what they cannot read."""
    given = getattr(error, "params", None)
    values = given.values() if isinstance(given, Mapping) else given if isinstance(given, list | tuple) else ()
    for value in values:
        if isinstance(value, str) and len(value) >= 4:  # shorter ones would blacken ordinary words
            yield value


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in sorted({secret for secret in secrets if secret}, key=len, reverse=True):
        for spelling in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret)):
            text = text.replace(spelling, "***")
    return text
