"""Reads a stream: one snapshot, one count, one statement, page after page."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, inspect

from bartack.errors import AccessError, BartackError, ConfigError, SourceChangedError, SourceRefusedError
from bartack.transports.base import Page, Query
from bartack.transports.sql.moments import ISO_LIKE, lower_bound
from bartack.transports.sql.positions import Position, key_separator, kind, read_cursor, undivided, write_cursor
from bartack.transports.sql.statements import Statements, everything
from bartack.transports.sql.values import rows_of

if TYPE_CHECKING:
    from bartack.transports.sql.engine import Snapshot
    from bartack.transports.sql.session import SqlSession
    from bartack.transports.sql.stream import SqlStream

__all__ = ["read"]


def read(stream: SqlStream, session: SqlSession, query: Query) -> Iterator[Page]:
    """Yield the pages of a stream; see :meth:`SqlStream.pages`."""
    try:
        with session.snapshot() as snapshot:
            yield from _Read(stream, session, snapshot).pages(query)
    except SourceChangedError as error:
        raise _explained(error, stream, session) from None


class _Read:
    """One read of one stream in one snapshot."""

    def __init__(self, stream: SqlStream, session: SqlSession, snapshot: Snapshot) -> None:
        self.stream = stream
        self.session = session
        self.snapshot = snapshot
        self.statements = Statements(stream, snapshot.database.backend)

    def pages(self, query: Query) -> Iterator[Page]:
        moment = self.session.runtime.clock()  # of the snapshot: nothing in it is younger
        position = None if query.cursor is None else read_cursor(query.cursor, len(self.statements.order))
        conditions = self._identity(query.id) if query.id is not None else self._since(query.since)
        left = self._count(*conditions) if position is None else self._left(position, conditions)
        if query.id is not None and not left:
            raise AccessError(f"{self.stream.name} has no row with the key {query.id!r}", next_step="check the id")
        total = left if position is None else (query.seen or 0) + left
        statement = self.statements.rows(*conditions)
        names, chunks = self.snapshot.chunks(statement, query.page_size or self.stream.page_size)
        self._check(names, () if position is None else position.columns)
        request = f"{self.snapshot.database.label} {self.snapshot.sql(statement)}"
        order = [names.index(name) for name in self.statements.order]
        for rows, goes_on in undivided(chunks, order):
            last = Position(tuple(rows[-1][column] for column in order), names) if goes_on else None
            following = None if last is None else write_cursor(last)
            yield Page(rows_of(names, rows), moment, request, next=following, total=total)

    def _count(self, *conditions: ColumnElement[bool]) -> int:
        (count,) = self.snapshot.values(self.statements.count(*conditions))
        return int(count)

    def _sample(self, column: str) -> Any:
        """Return a value that shows the type of a column: no text where there is another (infinite or zero dates)."""
        samples = self.snapshot.values(self.statements.samples(column))
        return next((one for one in samples if not isinstance(one, str)), samples[0] if samples else None)

    def _left(self, position: Position, conditions: list[ColumnElement[bool]]) -> int:
        """Add the condition for the rows behind a position, and count them.

        Raises
        ------
        SourceChangedError
            the ordering columns hold other kinds of values than when the read stopped: their order is another one.
        ConfigError
            the database compares the values of an ordering column otherwise than it sorts them.
        """
        for name, value in zip(self.statements.order, position.values, strict=True):
            if value is not None and not self._holds(name, kind(value)):
                raise _cannot_go_on(f"{name!r} holds no values like that at which it stopped, a {kind(value)}")
            if not self._compares_as_it_sorts(name, value):
                raise ConfigError(
                    f"a read cannot go on behind a value of {name!r}: this database compares it otherwise than it sorts it",
                    next_step="give the stream a select in which that column is cast to text or to a decimal",
                )
        conditions.append(self.statements.after([self._parameter(value) for value in position.values]))
        try:
            return self._count(*conditions)
        except (ConfigError, SourceRefusedError) as error:
            raise _cannot_go_on(error.message) from None

    def _holds(self, name: str, wanted: str) -> bool:
        """Say whether a column holds values of that kind; an empty one holds any. Moments may also be text (infinity)."""
        samples = {kind(value) for value in self.snapshot.values(self.statements.samples(name))}
        if not samples or wanted in samples or samples | {wanted} == {"text", "moment"}:
            return True
        storages = _STORED.get(wanted, ()) if self.snapshot.database.backend == "sqlite" else ()
        return bool(storages and self.snapshot.values(self.statements.stored_as(name, *storages)))

    def _compares_as_it_sorts(self, name: str, value: Any) -> bool:
        """Say no to what MySQL sorts by a number and compares as text, and to floats that it does not find again."""
        if self.snapshot.database.backend not in ("mysql", "mariadb"):
            return True
        if isinstance(value, float):
            return bool(self.snapshot.values(self.statements.found_by(name, value)))
        if not isinstance(value, str | bytes) or kind(self._sample(name)) == "moment":  # zero dates are text
            return True
        return not self.snapshot.values(self.statements.sorted_by_number(name))

    def _since(self, since: datetime | None) -> list[ColumnElement[bool]]:
        if since is None:
            return []
        column = self.stream.changed
        sample = None if column is None else self._sample(column)
        if column is None or sample is None:
            return []  # no row says when it was changed
        if isinstance(sample, str):
            sample = next(iter(self.snapshot.values(self.statements.unlike(column, ISO_LIKE))), sample)
        bound = lower_bound(since, sample, self.session.settings.default_zone)
        if bound is None:
            raise ConfigError(
                f"{column} holds values like {sample!r}, which cannot be compared with a moment",
                next_step="declare a select that turns them into timestamps, or read without since",
            )
        return [self.statements.changed_since(column, bound)]

    def _identity(self, text: str) -> list[ColumnElement[bool]]:
        """Return the condition for one key: with values of its type where that finds a row, else as text."""
        names, separator = self.stream.key_columns, key_separator(self.stream.key)
        parts = text.split(separator) if len(names) > 1 else [text]
        if len(parts) == len(names):
            values = [self._typed(name, part) for name, part in zip(names, parts, strict=True)]
            exact = self.statements.is_key(names, values)
            if None not in values and self._count(exact):
                return [exact]
        return [self.statements.reads_as(names, separator, text)]

    def _typed(self, name: str, text: str) -> Any:
        """Return an id's text as a value of a column, or None where it cannot be one."""
        read = _FROM_TEXT.get(type(self._sample(name)), str)
        try:
            return self._parameter(read(text))
        except (ValueError, ArithmeticError):
            return None

    def _parameter(self, value: Any) -> Any:
        """Return a value as the driver must send it so that it compares like the column's own."""
        backend = self.snapshot.database.backend
        if isinstance(value, Decimal) and backend == "sqlite":
            return float(value)
        if isinstance(value, int) and backend == "sqlite" and abs(value) >= _INTEGERS:
            raise ValueError(value)
        if isinstance(value, float) and backend == "postgresql":
            return repr(value)  # as text it is read as the column's type: 0.1 as float8 is no 0.1 of float4
        return value

    def _check(self, names: Sequence[str], before: Sequence[str]) -> None:
        lacking = [name for name in self.stream.order if name not in names]
        if lacking:
            raise SourceChangedError(
                f"the rows have no column {_list(lacking)}{_near(lacking[0], names)}",
                next_step="correct key, changed or select of the stream",
            )
        gone = [name for name in before if name not in names]
        if gone:
            raise _cannot_go_on(f"there is no column {_list(gone)} any more{_near(gone[0], names)}")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(
                f"the select has several columns named {_list(twice)}",
                next_step="give each column a name of its own (AS)",
            )


_INTEGERS = 2**63
"""SQLite counts no further, nor does it take such a number."""

_FROM_TEXT: Mapping[type, Callable[[str], Any]] = MappingProxyType(
    {int: int, float: float, Decimal: Decimal, UUID: UUID, date: date.fromisoformat, datetime: datetime.fromisoformat}
)


_STORED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"number": ("integer", "real"), "text": ("text",), "bytes": ("blob",)}
)


def _cannot_go_on(why: str) -> SourceChangedError:
    return SourceChangedError(
        f"the read cannot go on where it stopped: {why}", next_step="read the stream again from its beginning"
    )


def _explained(error: SourceChangedError, stream: SqlStream, session: SqlSession) -> SourceChangedError:
    """Say which declared name is not there, and what is: on a new connection, for the old one is in a failed state."""
    try:
        with session.snapshot() as snapshot:
            message = _missing(stream, snapshot)
    except BartackError:
        return error
    return error if message is None else SourceChangedError(message, where=error.where, next_step=error.next_step)


def _missing(stream: SqlStream, snapshot: Snapshot) -> str | None:
    if stream.select is None:
        inspector, name, schema = inspect(snapshot.connection), stream.table_name, stream.schema
        tables = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        if name not in tables:
            return f"there is no table or view {name!r}{_near(name, tables)}"
        columns = [column["name"] for column in inspector.get_columns(name, schema)]
    else:
        name, columns = f"the select of {stream.name}", list(snapshot.chunks(everything(stream).limit(0), 1)[0])
    lacking = [one for one in dict.fromkeys((*(stream.columns or ()), *stream.order)) if one not in columns]
    return f"{name} has no column {_list(lacking)}{_near(lacking[0], columns)}" if lacking else None


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _near(name: str, known: Iterable[str]) -> str:
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"; near names: {', '.join(by_lower[one] for one in found)}" if found else ""
