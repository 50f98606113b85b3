"""Errors of the state's database: each a :class:`StoreError` that says what happened to the data, and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType

from bartack.errors import StoreError

__all__ = ["store_error"]

_KEPT = "nothing was lost: what was committed before is there, and the next sync goes on behind it"

_SQLITE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "SQLITE_FULL": ("the disk is full", f"free some space and run it again; {_KEPT}"),
        "SQLITE_IOERR": ("the disk refuses to read or write", f"look at the disk, then run it again; {_KEPT}"),
        "SQLITE_CORRUPT": ("the state is damaged", "stop all syncs and restore a copy; do not delete the file before"),
        "SQLITE_NOTADB": ("the file is no SQLite database (any more)", "restore a copy, or correct [store] url"),
        "SQLITE_READONLY": ("the state cannot be written", "check owner and permissions of the file and its folder"),
        "SQLITE_CANTOPEN": (
            "the state cannot be opened",
            "check path, owner and permissions of the file and its folder",
        ),
        "SQLITE_BUSY": ("another process keeps the state locked", "wait for it to end, then run it again"),
        "SQLITE_LOCKED": ("another connection keeps the state locked", "wait for it to end, then run it again"),
    }
)

_SQLSTATE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "53100": ("the disk of the state's server is full", f"free some space there; {_KEPT}"),
        "53": ("the state's server has no room for more", f"look at its memory and connections; {_KEPT}"),
        "28": ("the state's server refuses the user", "check user and password in [store] url"),
        "3D": ("the state's database does not exist", "create it, or correct [store] url"),
        "42501": ("the user may not do this with the state's tables", "grant the rights, or use the tables' owner"),
        "XX": ("the state is damaged", "stop all syncs and restore a backup"),
        "57": ("the state's server ended the connection", f"run it again; {_KEPT}"),
        "40": ("another process changed the state at the same time", f"run it again; {_KEPT}"),
    }
)


def store_error(error: BaseException, where: str) -> StoreError:
    """Return the error for one of SQLAlchemy or a driver; its own text, which may hold values, goes no further."""
    origin = getattr(error, "orig", None) or error
    what, step = _meaning(origin)
    return StoreError(what, where=where, next_step=step)


def _meaning(origin: BaseException) -> tuple[str, str]:
    if isinstance(origin, sqlite3.Error):
        name = getattr(origin, "sqlite_errorname", "")
        found = next((meaning for prefix, meaning in _SQLITE.items() if name.startswith(prefix)), None)
        if found is not None:
            return found
        if "malformed" in str(origin):
            return _SQLITE["SQLITE_CORRUPT"]
        return f"SQLite says {type(origin).__name__} {name}".rstrip(), "report this; look at the file with sqlite3"
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        found = next((meaning for prefix, meaning in _SQLSTATE.items() if state.startswith(prefix)), None)
        return found or (f"the state's server says SQLSTATE {state}", "look at the server's log")
    return "the state's server cannot be reached", f"check [store] url and the network; {_KEPT}"
