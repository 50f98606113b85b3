"""The tables of the state. Their history is in ``migrations``; a test holds the two together.

``leases``      who may write a stream now; the epoch rises with every holder, so that an older one can be told
``runs``        one row for each change of the store: syncs, reviews, erasures; a sync's row is its checkpoint too
``counts``      what a run did, per contract: what became of the rows, and of the records
``staged``      what an unfinished run has read; nobody else sees it
``records``     the last good snapshot: what readers are answered from
``rejects``     the review queue
``decisions``   what people decided, bound to the digest of the payload it was decided over; what is in force now
``history``     all that people decided over rejects, and took back, in order; what was before it, for an undo
``streams``     where each stream stands: since when to ask, how old its snapshot is, what it usually looks like
``problems``    what somebody who is served reported of a record, for a person to see
``erasures``    what was erased on request: a stub without contents, by which it stays away
``changes``     which records have changed, in order: one row a record, for the newest change of it
``replica``     one row: up to which change the index below has come, and the key of cursors
``documents``   records that are indexed, with a number for each
``facets``      the scalar values of documents, by contract field, in an order that is the same in every database

The words of documents are indexed in ``bartack_words``, which each database makes in its own way: see ``words``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from bartack.store.counts import COUNTED

__all__ = [
    "METADATA",
    "Moment",
    "changes",
    "counts",
    "decisions",
    "documents",
    "erasures",
    "facets",
    "history",
    "leases",
    "problems",
    "records",
    "rejects",
    "replica",
    "runs",
    "staged",
    "streams",
]

METADATA = MetaData()

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Moment(TypeDecorator[datetime]):
    """An aware moment as text of fixed width, UTC, so that it sorts alike in every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """Write the moment."""
        return None if value is None else value.astimezone(UTC).strftime(_FORMAT)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        """Read it back."""
        return None if value is None else datetime.fromisoformat(value)


Number = BigInteger().with_variant(Integer, "sqlite")
"""A number that is counted up for good: SQLite counts only what is called INTEGER, and that has 64 bits there."""

Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its bytes, as SQLite sorts all text."""


def _stream() -> list[Column[Any]]:
    return [Column("source", Text, nullable=False), Column("stream", Text, nullable=False)]


def _row() -> list[Column[Any]]:
    """Return the columns that say which native row something is, and where it comes from."""
    return [
        *_stream(),
        Column("contract", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("digest", String(71), nullable=False),
        Column("payload", Text),
        Column("connector", Text, nullable=False),
        Column("mapping", String(71), nullable=False),
        Column("fetched_at", Moment, nullable=False),
        Column("request", Text),
        Column("issues", Text, nullable=False, default="[]"),
    ]


leases = Table(
    "bartack_leases",
    METADATA,
    *_stream(),
    Column("epoch", Integer, nullable=False),
    Column("owner", Text),
    Column("expires_at", Moment),
    PrimaryKeyConstraint("source", "stream"),
)

runs = Table(
    "bartack_runs",
    METADATA,
    Column("run", Integer, primary_key=True),
    *_stream(),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("since", Moment),
    Column("cursor", Text),
    Column("done", Boolean, nullable=False, default=False),
    Column("pages", Integer, nullable=False, default=0),
    Column("rows", Integer, nullable=False, default=0),
    Column("resumed", Integer, nullable=False, default=0),
    Column("declared_total", Integer),
    Column("high_water", Moment),
    Column("made_by", Text, nullable=False),
    Column("completeness", String(16)),
    Column("reasons", Text, nullable=False, default="[]"),
    Column("error", Text),
    Column("alarms", Text, nullable=False, default="[]"),
    Index("bartack_runs_of_stream", "source", "stream", "state"),
    sqlite_autoincrement=True,
)

counts = Table(
    "bartack_counts",
    METADATA,
    Column("run", Integer, ForeignKey(runs.c.run), nullable=False),
    Column("contract", Text, nullable=False),
    *(Column(name, Integer, nullable=False, default=0) for name in COUNTED),
    Column("issues", Text, nullable=False, default="{}"),
    Column("unread", Text, nullable=False, default="{}"),
    Column("notes", Text, nullable=False, default="{}"),
    Column("facts", Text),
    PrimaryKeyConstraint("run", "contract"),
)

staged = Table(
    "bartack_staged",
    METADATA,
    *_row(),
    Column("kind", String(10), nullable=False),
    Column("value", Text),
    Column("updated_at", Moment),
    Column("corrected", Boolean, nullable=False, default=False),
    PrimaryKeyConstraint("source", "stream", "contract", "id"),
)

records = Table(
    "bartack_records",
    METADATA,
    *_row(),
    Column("value", Text, nullable=False),
    Column("updated_at", Moment),
    Column("run", Integer, nullable=False),
    Column("outdated", Boolean, nullable=False, default=False),
    Column("corrected", Boolean, nullable=False, default=False),
    Column("deleted_at", Moment),
    PrimaryKeyConstraint("source", "stream", "contract", "id"),
)

rejects = Table(
    "bartack_rejects",
    METADATA,
    Column("number", Integer, primary_key=True),
    *_row(),
    Column("raw", Text),
    Column("made_by", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("times", Integer, nullable=False, default=1),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("source", "stream", "contract", "id", "digest", name="bartack_rejects_once"),
    Index("bartack_rejects_waiting", "state", "source", "stream"),
    sqlite_autoincrement=True,
)

decisions = Table(
    "bartack_decisions",
    METADATA,
    Column("decision", Integer, primary_key=True),
    *_stream(),
    Column("contract", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("action", String(10), nullable=False),
    Column("body", Text, nullable=False, default="{}"),
    Column("note", Text),
    Column("who", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    UniqueConstraint("source", "stream", "contract", "id", "digest", name="bartack_decisions_once"),
    sqlite_autoincrement=True,
)

history = Table(
    "bartack_history",
    METADATA,
    Column("entry", Integer, primary_key=True),
    Column("number", Integer),
    *_stream(),
    Column("contract", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("action", String(10), nullable=False),
    Column("body", Text, nullable=False),
    Column("note", Text),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("before", Text),
    Column("payload", Text),
    Column("payload_at", Moment),
    Column("erased_at", Moment),
    Index("bartack_history_of_reject", "number"),
    Index("bartack_history_of_row", "source", "stream", "id"),
    sqlite_autoincrement=True,
)

streams = Table(
    "bartack_streams",
    METADATA,
    *_stream(),
    Column("high_water", Moment),
    Column("full_at", Moment),
    Column("as_of", Moment),
    Column("run", Integer),
    Column("completeness", String(16)),
    Column("made_by", Text),
    Column("baselines", Text, nullable=False, default="{}"),
    PrimaryKeyConstraint("source", "stream"),
)

erasures = Table(
    "bartack_erasures",
    METADATA,
    Column("erasure", Integer, primary_key=True),
    *_stream(),
    Column("id", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text),
    Column("erased_at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Column("records", Integer, nullable=False),
    Column("rejects", Integer, nullable=False),
    Index("bartack_erasures_of", "source", "stream", "id"),
    sqlite_autoincrement=True,
)

changes = Table(
    "bartack_changes",
    METADATA,
    Column("change", Number, primary_key=True),
    *_stream(),
    Column("contract", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("source", "stream", "contract", "id", name="bartack_changes_once"),
    sqlite_autoincrement=True,
)

problems = Table(
    "bartack_problems",
    METADATA,
    Column("number", Integer, primary_key=True),
    *_stream(),
    Column("contract", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("field", Text),
    Column("words", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("settled_by", Text),
    Column("settled_at", Moment),
    Column("note", Text),
    Index("bartack_problems_waiting", "state", "who"),
    Index("bartack_problems_of_row", "source", "stream", "id"),
    sqlite_autoincrement=True,
)

replica = Table(
    "bartack_replica",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("indexed", Number, nullable=False),
    Column("forgotten", Number, nullable=False),
    Column("made_by", String(10), nullable=False),
    Column("key", String(64), nullable=False),
)

documents = Table(
    "bartack_documents",
    METADATA,
    Column("document", Number, primary_key=True),
    *_stream(),
    Column("contract", Text, nullable=False),
    Column("id", Key, nullable=False),
    UniqueConstraint("contract", "source", "stream", "id", name="bartack_documents_once"),
    sqlite_autoincrement=True,
)

facets = Table(
    "bartack_facets",
    METADATA,
    Column("document", Number, nullable=False),
    Column("path", Text, nullable=False),
    Column("key", Key, nullable=False),
    Column("contract", Text, nullable=False),  # behind the key: SQLite 3.40 checks such tables in that order only
    PrimaryKeyConstraint("document", "path", "key"),
    Index("bartack_facets_by_value", "contract", "path", "key", "document"),
    sqlite_with_rowid=False,
)
