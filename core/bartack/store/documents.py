"""Records as they are indexed: the scalar values of each by contract field, and its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, text

from bartack.store import words
from bartack.store.staging import chunks, of_streams
from bartack.store.tables import documents, facets, records
from bartack_contracts import Ref

__all__ = ["Document", "clear", "measure", "put", "remove", "remove_of"]

_Row = tuple[str, str, str, str]
_NAMES = ("source", "stream", "contract", "id")


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of one record.

    ``facets``: contract field and sort key of each scalar value, and the keys by which it is linked. ``open`` and
    ``personal``: the words of its texts, apart, so that what is personal is not found where it may not be shown.
    """

    ref: Ref
    contract: str
    facets: frozenset[tuple[str, str]]
    open: tuple[str, ...]
    personal: tuple[str, ...]

    @property
    def row(self) -> _Row:
        """Source, stream, contract and id."""
        return (self.ref.source, self.ref.stream, self.contract, self.ref.id)


def put(connection: Connection, batch: Sequence[Document]) -> None:
    """Index records, each in the place of what was indexed of it before; a record keeps its number."""
    known = _numbers(connection, [one.row for one in batch])
    _empty(connection, list(known.values()))
    fresh = [one for one in batch if one.row not in known]
    if fresh:
        connection.execute(insert(documents), [dict(zip(_NAMES, one.row, strict=True)) for one in fresh])
        known |= _numbers(connection, [one.row for one in fresh])
    rows = [
        {"document": known[one.row], "contract": one.contract, "path": path, "key": key}
        for one in batch
        for path, key in sorted(one.facets)
    ]
    if rows:
        connection.execute(insert(facets), rows)
    words.put(connection, [(known[one.row], one.open, one.personal) for one in batch])


def remove(connection: Connection, ref: Ref, contract: str | None = None) -> None:
    """Take a record out of the index: as one contract, or as all of them."""
    of = and_(documents.c.source == ref.source, documents.c.stream == ref.stream, documents.c.id == ref.id)
    asked = select(documents.c.document).where(of)
    if contract is not None:
        asked = asked.where(documents.c.contract == contract)
    _drop(connection, list(connection.execute(asked).scalars()))


def remove_of(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Take those records out of the index for which a condition on them holds, whatever the log says of them."""
    same = and_(*(documents.c[name] == records.c[name] for name in _NAMES))
    asked = select(documents.c.document).join(records, same).where(condition)
    _drop(connection, list(connection.execute(asked).scalars()))


def measure(connection: Connection) -> None:
    """Let the database count how its index is filled, a sample of it: else it begins a question at the wrong end.

    PostgreSQL does so by itself.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA analysis_limit = 400"))
        for table in (documents, facets):
            connection.execute(text(f"ANALYZE {table.name}"))


def clear(connection: Connection) -> None:
    """Empty the index; it is made again from the log of changes."""
    connection.execute(delete(facets))
    connection.execute(delete(documents))
    words.clear(connection)


def _numbers(connection: Connection, rows: Iterable[_Row]) -> dict[_Row, int]:
    named = [documents.c[name] for name in _NAMES]
    found: dict[_Row, int] = {}
    for these in of_streams(documents, rows):
        asked = select(*named, documents.c.document).where(these)
        found |= {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(asked)}
    return found


def _drop(connection: Connection, numbers: Sequence[int]) -> None:
    _empty(connection, numbers)
    for some in chunks(numbers):
        connection.execute(delete(documents).where(documents.c.document.in_(some)))


def _empty(connection: Connection, numbers: Sequence[int]) -> None:
    for some in chunks(numbers):
        connection.execute(delete(facets).where(facets.c.document.in_(some)))
    words.remove(connection, numbers)
