"""A module in the place of a driver (PEP 249) that answers from a recording: no server, no driver, no socket."""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.readings import Readings
from bartack.recording.scrub import Scrubber
from bartack.recording.sql.cassette import DRIVER_ERRORS, Database, SqlCassette, SqlError, Statement
from bartack.recording.sql.statements import fingerprint, is_control, ordered, refuse_writes

__all__ = ["SqlPlayer"]

_STAND_INS: Mapping[str, str] = MappingProxyType({"postgresql": "postgresql+pg8000"})
"""The dialect that reads a recording, where the one of its driver needs the driver itself."""


class SqlPlayer:
    """Answers the statements of one session from ``cassette``; each answer is given once, in the order of recording.

    ``scrub`` has to know the secrets which the recording knew, where parameters carry them.
    """

    def __init__(self, cassette: SqlCassette, scrub: Scrubber | None = None) -> None:
        self.cassette = cassette
        self._readings = Readings.of(scrub or Scrubber(), cassette.about.personal)
        self._lock = threading.Lock()
        self._left: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        self._last: dict[tuple[str, str], Statement] = {}
        for item in reversed(cassette.statements):
            self._left[_key(self._readings.stored, item.sql, item.parameters)].append(item)
        self.module = Module(self)

    @property
    def database(self) -> Database:
        """The database that was recorded."""
        return self.cassette.database

    @property
    def drivername(self) -> str:
        """What the URL of an engine begins with that reads the recording."""
        database = self.database
        return _STAND_INS.get(database.dialect, "+".join(filter(None, (database.dialect, database.driver))))

    def answer(self, sql: str, parameters: Any) -> Statement:
        """Return the next recorded answer to a statement.

        Raises
        ------
        RecordingError
            it writes, nothing was recorded for it, or all that was has been given; the nearest statement is named.
        """
        refuse_writes(sql)
        parameters = ordered(sql, parameters)
        with self._lock:
            key = self._found(sql, parameters)
            left = self._left.get(key)
            if left:
                self._last[key] = left.pop()
            given = self._last[key]
        self.cassette.played(given)
        return given

    def _found(self, sql: str, parameters: str) -> tuple[str, str]:
        """Return the key under which there is an answer; without the key of the tokens, the only one that may be meant."""
        keys = [_key(reading, sql, parameters) for reading in self._readings.asked]
        for key in keys:
            if self._left.get(key) or (self.cassette.allow_playback_repeats and key in self._last):
                return key
        if (by_kind := self._readings.by_kind) is not None:
            keys = [_key(by_kind, sql, parameters)]
            waiting = ((key, left[-1]) for key, left in self._left.items() if left)
            alike = [key for key, item in waiting if _key(by_kind, item.sql, item.parameters) == keys[0]]
            if len(alike) == 1:
                return alike[0]
        raise self._missing(*keys[0])

    def _missing(self, asked: str, parameters: str) -> RecordingError:
        if (asked, parameters) in self._left:
            message = "the statement is asked once more than it was recorded"
        else:
            nearest = max(self._left, key=lambda key: _common(key[0], asked), default=None)
            message = "this statement was not recorded" + (
                f"; {_difference(nearest, (asked, parameters))}" if nearest else ""
            )
        return RecordingError(
            f"{message}: {asked[:200]}",
            where=str(self.cassette.path),
            next_step="record it anew, or look at what has changed",
        )


def _key(reading: Scrubber, sql: str, parameters: str) -> tuple[str, str]:
    """Return what a statement is looked up by."""
    return fingerprint(reading.text(sql)), reading.text(parameters)


class Module:
    """The module of a driver, as SQLAlchemy looks at it."""

    apilevel = "2.0"
    threadsafety = 1
    __version__ = version = "99.0.0"
    sqlite_version = "99.0.0"
    sqlite_version_info = version_info = (99, 0, 0)

    def __init__(self, player: SqlPlayer) -> None:
        self._player = player
        self.__name__ = "bartack_replay"
        self.paramstyle = "qmark" if player.database.dialect in ("sqlite", "mssql") else "pyformat"
        if player.drivername.endswith("pg8000"):
            self.paramstyle = "format"
        if player.database.dialect == "oracle":
            self.paramstyle = "named"
        self._kinds: dict[str, type[Exception]] = {"Exception": Exception}
        for name, parent in DRIVER_ERRORS.items():
            own = type(name, (self._kinds[parent],), {})
            # SQLite's driver is always there, and what its errors mean is told by their classes.
            self._kinds[name] = getattr(sqlite3, name) if player.database.dialect == "sqlite" else own
            setattr(self, name, self._kinds[name])

    def connect(self, *_: Any, **__: Any) -> Any:
        """Return a connection that reaches nobody."""
        return _Connection(self, self._player)

    def raised(self, error: SqlError) -> Exception:
        """Return the exception that the driver raised, as one of this module."""
        kind = self._kinds.get(error.kind, self._kinds["DatabaseError"])
        if error.code.isdigit() and self._player.database.dialect in ("mysql", "mariadb"):
            return kind(int(error.code), error.message)
        raised = kind(error.message)
        if error.code.startswith("SQLITE_"):
            raised.sqlite_errorname = error.code  # type: ignore[attr-defined]
        elif error.code:
            raised.sqlstate = error.code  # type: ignore[attr-defined]
        return raised

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


class _Nothing:
    """Whatever a dialect wants of its driver besides: it can be called, looked into and compared, and does nothing."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


class _Connection:
    """A connection to a recording."""

    def __init__(self, module: Module, player: SqlPlayer) -> None:
        self.module = module
        self.player = player
        self.py_types: dict[Any, Any] = defaultdict(_Nothing)

    def cursor(self, *_: Any, **__: Any) -> Any:
        return _Cursor(self)

    def character_set_name(self) -> str:
        return "utf8mb4"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


class _Cursor:
    """A cursor over recorded rows. A recording that was not fetched to its end ends where it was left."""

    arraysize = 1
    rowcount = -1
    lastrowid = None

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Sequence[Any]] = iter(())
        self.description: Sequence[Sequence[Any]] | None = None

    def execute(self, sql: str, parameters: Any = None, **_: Any) -> Any:
        if is_control(sql):
            return self
        answer = self._connection.player.answer(sql, parameters).answer
        if answer.error is not None:
            raise self._connection.module.raised(answer.error)
        self.description = [(name, _code(code), None, None, None, None, None) for name, code in answer.columns]
        self._rows = iter(answer.rows)
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = self.arraysize if size is None else size
        return [row for _, row in zip(range(wanted), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()


def _code(code: str) -> Any:
    return int(code) if code.isdigit() else None if code == "None" else code


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _difference(recorded: tuple[str, str], asked: tuple[str, str]) -> str:
    if recorded[0] == asked[0]:
        return f"it was with the parameters {recorded[1][:200]}, not {asked[1][:200]}"
    at = _common(recorded[0], asked[0])
    return f"the nearest has {recorded[0][max(0, at - 20) : at + 60]!r}, not {asked[0][max(0, at - 20) : at + 60]!r}"
