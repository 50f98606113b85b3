"""A WSDL operation that returns a list, as a stream: how to call it, and where its rows are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bartack.transports.base import Body, Evidence, KeySpec, Page, Query
from bartack.transports.http.asking import Since
from bartack.transports.http.paging import NoPaging
from bartack.transports.http.refusals import ErrorBody
from bartack.transports.soap.paging import Paging
from bartack.transports.soap.session import SoapSession

__all__ = ["OneCall", "SoapStream"]


@dataclass(frozen=True, slots=True)
class OneCall:
    """The operation that returns a single record: ``argument`` takes the id, ``rows`` is where the record is."""

    operation: str
    argument: str
    rows: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    response: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapStream:
    """Rows that an operation returns.

    Paths into answers are local names with dots, from below the response element (the first child of the SOAP Body);
    paths into arguments likewise.

    Parameters
    ----------
    name
        name within the source.
    operation, arguments
        the operation as the WSDL calls it, and what it is called with, nested as the WSDL wants it.
    rows
        path of the repeated element (``ListCustomersResult.Customer``); ``""`` when the response element is the row.
    key, mapping, title, evidence
        identity of a row, mapping file(s), words for people, and what this declaration rests on.
    paging
        how to go on: :class:`~bartack.transports.soap.paging.OffsetArguments`, ``PageArguments``, ``TokenArguments``.
    total, has_more
        paths of what the source says: rows in the whole read; whether there is more (``"!done"`` where it says the
        opposite).
    changed, since
        path of the moment of a row's last change, and the argument that asks for rows changed since. Without ``since``
        all rows come.
    one
        the operation for a single record.
    errors
        what an error inside an answer looks like: :class:`~bartack.transports.http.ErrorBody` with a path from below the
        response element, whose values are texts (``equals="false"``).
    response
        name of the response element, where it does not begin with the operation's name.
    service, port
        which of several; the first port that has the operation where they are left out.

    Examples
    --------
    >>> stream = SoapStream("customers", operation="ListCustomers", rows="customer", key="id", mapping="p.yaml")
    >>> stream.decode(Body(b"<ListCustomersResponse><customer><id> 7</id></customer></ListCustomersResponse>")).rows
    [{'id': ' 7'}]
    """

    name: str = field(kw_only=False)
    operation: str
    rows: str
    key: KeySpec
    mapping: str | tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    paging: Paging | NoPaging = NoPaging()  # noqa: RUF009 - frozen and empty
    total: str | None = None
    has_more: str | None = None
    changed: str | None = None
    since: Since | None = None
    one: OneCall | None = None
    errors: tuple[ErrorBody, ...] = ()
    response: str | None = None
    service: str | None = None
    port: str | None = None
    evidence: Evidence = "documented"
    title: str | None = None

    @property
    def incremental(self) -> bool:
        """A query's ``since`` is heeded."""
        return self.since is not None

    def pages(self, session: SoapSession, query: Query) -> Iterator[Page]:
        """Call the operation page by page; with ``query.id`` once, the operation for a single record.

        Raises
        ------
        BartackError
            any failure; ``SourceChangedError`` also where the rows or the cursor of any earlier page come again.
        """
        from bartack.transports.soap.reader import read

        return read(self, session, query)

    def decode(self, body: Body) -> Page:
        """Read a saved answer: an envelope, a response element, or what lies on the way from it down to one row.

        Raises
        ------
        BartackError
            a fault, HTML, JSON, broken XML, or an answer without the declared rows.
        """
        from bartack.transports.soap.reader import decode

        return decode(self, body)
