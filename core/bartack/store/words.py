"""The words of documents: FTS5 in an SQLite file (https://sqlite.org/fts5.html), tsvector in PostgreSQL.

Texts are cut into words before they come here, so that the same is found in both: neither database cuts, stems or folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Connection, Float, Select, String, TextClause, bindparam, select, text
from sqlalchemy.sql import column

__all__ = ["Phrase", "clear", "matching", "put", "remove", "squeeze"]

Phrase = tuple[str, ...]
"""Words that stand one after the other; the last one may go on."""

_POSITIONS = 16383
"""The last position that a tsvector tells."""


def put(connection: Connection, rows: Iterable[tuple[int, Sequence[str], Sequence[str]]]) -> None:
    """Write the words of documents that have none: the open ones, and the personal ones."""
    if connection.dialect.name == "postgresql":
        statement = text(
            "INSERT INTO bartack_words (document, open, words)"
            " VALUES (:document, CAST(:open AS tsvector), CAST(:words AS tsvector))"
        )
        values = [
            {"document": number, "open": _vector(open_), "words": _vector([*open_, *personal])}
            for number, open_, personal in rows
        ]
    else:
        statement = text("INSERT INTO bartack_words (rowid, open, personal) VALUES (:document, :open, :personal)")
        values = [
            {"document": number, "open": " ".join(open_), "personal": " ".join(personal)}
            for number, open_, personal in rows
        ]
    if values:
        connection.execute(statement, values)


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Take the words of documents away."""
    if numbers:
        of = "document" if connection.dialect.name == "postgresql" else "rowid"
        statement = text(f"DELETE FROM bartack_words WHERE {of} = :document")  # noqa: S608 - one of two names
        connection.execute(statement, [{"document": number} for number in numbers])


def clear(connection: Connection) -> None:
    """Take all words away."""
    connection.execute(text("DELETE FROM bartack_words"))


def squeeze(connection: Connection) -> None:
    """Leave nothing in the index of what was taken away: FTS5 notes that only, until its segments are merged."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO bartack_words (bartack_words) VALUES ('optimize')"))


def matching(
    connection: Connection, phrases: Sequence[Phrase], *, every: bool, personal: bool
) -> Select[tuple[int, float]]:
    """Select the ``document`` that fits, with its ``score``: the higher, the better.

    ``every``: each phrase must be there, else any of them. ``personal``: personal words count, too.
    """
    found = _postgresql(personal=personal) if connection.dialect.name == "postgresql" else _sqlite()
    if connection.dialect.name == "postgresql":
        asked = (" & " if every else " | ").join(f"({_tsquery(one)})" for one in phrases)
    else:
        asked = (" AND " if every else " OR ").join(f'"{" ".join(one)}" *' for one in phrases)
        asked = asked if personal else f"{{open}} : ({asked})"
    ranked = found.bindparams(bindparam("asked", asked, String, unique=True))
    return select(ranked.columns(column("document", BigInteger), column("score", Float)).subquery())


def _sqlite() -> TextClause:
    return text(
        "SELECT rowid AS document, -bm25(bartack_words) AS score FROM bartack_words WHERE bartack_words MATCH :asked"
    )


def _postgresql(*, personal: bool) -> TextClause:
    of = "words" if personal else "open"
    return text(
        f"SELECT document, ts_rank_cd({of}, CAST(:asked AS tsquery)) AS score"  # noqa: S608 - one of two names
        f" FROM bartack_words WHERE {of} @@ CAST(:asked AS tsquery)"
    )


def _tsquery(phrase: Phrase) -> str:
    return " <-> ".join([*(f"'{word}'" for word in phrase[:-1]), f"'{phrase[-1]}':*"])


def _vector(words: Sequence[str]) -> str:
    places: dict[str, list[int]] = {}
    for position, word in enumerate(words, start=1):
        places.setdefault(word, []).append(min(position, _POSITIONS))
    return " ".join(f"'{word}':{','.join(map(str, at[:255]))}" for word, at in places.items())
