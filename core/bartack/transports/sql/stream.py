"""A table, a view or a select as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from bartack.errors import ConfigError
from bartack.transports.base import Body, Evidence, KeySpec, Page, Query
from bartack.transports.sql.positions import key_columns
from bartack.transports.sql.session import SqlSession

__all__ = ["SqlStream"]


@dataclass(frozen=True, slots=True)
class SqlStream:
    """Rows of a table, a view or a select, in the order of ``changed`` and key.

    Parameters
    ----------
    name:
        name within the source
    table, view, select:
        exactly one of them; a select is one statement, its ``:names`` bound from ``parameters``
    schema:
        schema of the table or view; the database's own default where it is left out
    columns:
        the columns to read, key and ``changed`` among them; all where it is left out
    key:
        column, columns, or a rule (``path`` or ``join``) over columns. A name with dots is quoted: ``'odd.name'``
    changed:
        column that says when a row was changed last; makes reads ``since`` possible
    mapping:
        mapping file(s)
    page_size:
        rows a page

    Examples
    --------
    >>> SqlStream("customers", table="customers", key="customer_id", mapping="customers.yaml").order
    ('customer_id',)
    """

    name: str
    _: KW_ONLY
    key: KeySpec
    mapping: str | tuple[str, ...]
    table: str | None = None
    view: str | None = None
    select: str | None = None
    schema: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    changed: str | None = None
    evidence: Evidence = "documented"
    title: str | None = None
    page_size: int = 1000

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises
        ------
        ConfigError
            not exactly one of table, view and select; or columns without the key.
        """
        given = [word for word in ("table", "view", "select") if getattr(self, word) is not None]
        if len(given) != 1:
            raise self._wrong(f"needs exactly one of table, view and select, not {' and '.join(given) or 'none'}")
        if self.select is not None and self.schema is not None:
            raise self._wrong("has a schema beside a select; write it into the select")
        if self.parameters and self.select is None:
            raise self._wrong("has parameters, but no select to bind them in")
        if self.page_size < 1:
            raise self._wrong("has a page_size below 1")
        order = self.order  # reads the key
        if self.columns is not None and (lacking := [name for name in order if name not in self.columns]):
            raise self._wrong(f"reads columns without {', '.join(lacking)}, which its key or changed needs")

    @property
    def table_name(self) -> str:
        """Name of the table or view; empty for a select."""
        return self.table or self.view or ""

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns the key is made of."""
        return key_columns(self.key)

    @property
    def order(self) -> tuple[str, ...]:
        """The columns rows are ordered by."""
        changed = () if self.changed is None else (self.changed,)
        return tuple(dict.fromkeys((*changed, *self.key_columns)))

    @property
    def ordered_by_key(self) -> bool:
        """Rows with the same key are neighbours."""
        return self.changed is None

    @property
    def incremental(self) -> bool:
        """A query's ``since`` is heeded."""
        return self.changed is not None

    def pages(self, session: SqlSession, query: Query) -> Iterator[Page]:
        """Read the rows in one snapshot, page by page, in constant memory.

        ``total`` of each page is the count of the same statement in the same snapshot. ``next`` is the position of the
        page's last row: a read that was cut goes on behind it.

        ``since`` compares with the driver's type. A column without a zone is compared in ``default_zone``, and
        without that from 12 hours earlier on (the zone furthest behind); dates and ISO text from the start of that
        day on. So a read may bring more than was changed, never less: rows that do not say when they were changed
        always come, and all rows of a stream without ``changed``. Numbers (epochs, YYYYMMDD) and other text cannot
        be compared with a moment: a ``select`` can turn them into timestamps.

        Raises
        ------
        BartackError
            any failure; AccessError where ``query.id`` is not there.
        """
        from bartack.transports.sql.reader import read

        return read(self, session, query)

    def decode(self, body: Body) -> Page:
        """Read rows that somebody saved: JSON list, JSON object, JSON lines, or CSV with a header.

        Raises
        ------
        WireError
            broken or empty.
        SourceChangedError
            no rows of this stream: the key columns are nowhere.
        """
        from bartack.transports.sql.bodies import decode

        return decode(body, self.name, self.key_columns)

    def _wrong(self, what: str) -> ConfigError:
        return ConfigError(f"the stream {self.name!r} {what}", next_step="correct the stream's declaration")
