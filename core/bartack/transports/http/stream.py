"""A stream of a REST API, declared: where its rows are, how to go on, and what an error looks like."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from bartack.errors import BartackError, ConfigError
from bartack.transports.base import Body, Evidence, KeySpec, Page, Query, utcnow
from bartack.transports.http.addresses import one_record
from bartack.transports.http.answers import Asked, to_page
from bartack.transports.http.asking import Ask, Since, Size
from bartack.transports.http.paging import NoPaging, Paging
from bartack.transports.http.refusals import ErrorBody
from bartack.transports.http.texts import safe_url
from bartack.transports.walk import Walk

if TYPE_CHECKING:
    from bartack.transports.http.session import HttpSession

__all__ = ["HttpStream"]


@dataclass(frozen=True, slots=True)
class HttpStream:
    """One native entity behind HTTP and JSON.

    Parameters
    ----------
    name
        name within the source.
    path
        path below the source's ``base_url``.
    rows
        path of the list of rows in an answer, or several of which the first that leads to a list counts; ``""`` when
        the body is the list. An answer without it is an error, never zero rows.
    key, mapping, title, evidence
        identity of a row, mapping file(s), words for people, and what this declaration rests on.
    method, params, json, headers
        the request. With ``json`` all further values (cursor, page size, since) go into that body.
    paging, page_size
        how to go on, and how many rows to ask for.
    total, has_more
        paths of what the source says: rows in the whole read; whether there is more (``"!done"`` where it says the
        opposite).
    changed, since
        path of the moment of a row's last change, and how to ask for rows changed since. Without ``since`` a query's
        moment is not sent: all rows come.
    one
        path of one record, with ``{id}``.
    errors
        what an error inside an answer looks like, besides ``UNIVERSAL_ERRORS``.
    statuses
        what other statuses than 200 mean: ``{204: "empty"}`` for no rows, ``"rows"`` for an answer with rows.
    unframed
        take also answers that tell neither their length nor their end, as HTTP/1.0 servers send them: a JSON document
        shows by its last bracket that it is whole. All other answers of that kind are refused.
    """

    name: str
    _: KW_ONLY
    path: str
    rows: str | tuple[str, ...]
    key: KeySpec
    mapping: str | tuple[str, ...]
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    paging: Paging = field(default_factory=NoPaging)
    page_size: Size | None = None
    total: str | None = None
    has_more: str | None = None
    changed: str | None = None
    since: Since | None = None
    one: str | None = None
    errors: tuple[ErrorBody, ...] = ()
    statuses: Mapping[int, Literal["rows", "empty"]] = field(default_factory=dict)
    unframed: bool = False
    evidence: Evidence = "documented"
    title: str | None = None

    @property
    def incremental(self) -> bool:
        """A query's ``since`` is heeded."""
        return self.since is not None

    def pages(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Ask the source and yield its pages lazily, until it says or shows that there are no more.

        Raises
        ------
        SourceChangedError
            a page without rows where they are declared; a cursor or next address that any earlier page gave; a page
            whose rows equal those of an earlier one; a next page on another host.
        BartackError
            what the session raises, and errors that the answers carry.
        """
        if query.id is not None:
            yield self._record(session, query.id)
            return
        walk = Walk(query)
        while True:
            page = self._page(session, query, walk)
            walk.take(page)
            yield page
            if page.next is None:
                return
            walk.go_on(page.next)

    def decode(self, body: Body) -> Page:
        """Read one answer as the source sent it, without asking anything.

        Takes also a single record and rows saved by hand (a bare list, an object that has the key); the order of
        decision is that of :mod:`bartack.transports.http.answers`. ``next`` and ``has_more`` are set when the answer
        announces more.
        """
        label = safe_url(body.url) if body.url else f"{self.method} {self.path}"
        return to_page(self, body, Asked("offline", label, utcnow()))

    def _record(self, session: HttpSession, key: str) -> Page:
        if self.one is None:
            raise ConfigError(
                f"the stream {self.name} cannot be asked for one record", next_step="read the stream, or declare one=…"
            )
        ask = Ask("GET", one_record(self.one, key), dict(self.params), headers=self._headers())
        body = self._send(session, ask)
        return self._read(session, body, Asked("one", str(ask), session.now()))

    def _page(self, session: HttpSession, query: Query, walk: Walk) -> Page:
        ask = self._ask(query, walk.cursor)
        body = self._send(session, ask)
        size = self._size
        rows = None if size is None else size.of(query.page_size)
        asked = Asked("list", str(ask), session.now(), walk.cursor, walk.seen, rows, session.allows)
        page = self._read(session, body, asked)
        following = None if page.next is None else session.without_secrets(page.next)
        return page if following == page.next else replace(page, next=following)

    @property
    def _size(self) -> Size | None:
        return self.page_size or self.paging.page_size

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", **self.headers}

    def _ask(self, query: Query, cursor: str | None) -> Ask:
        ask = Ask(self.method, self.path, dict(self.params), copy.deepcopy(self.json), self._headers())
        if query.since is not None and self.since is not None:
            self.since.put(ask, query.since)
        if self._size is not None:
            ask.put(self._size.param, self._size.of(query.page_size))
        self.paging.place(ask, cursor)
        return ask

    def _send(self, session: HttpSession, ask: Ask) -> Body:
        expect = {200, *self.statuses}
        return session.request(
            ask.method,
            ask.path,
            params=ask.params,
            json=ask.json,
            headers=ask.headers,
            expect=expect,
            unframed=self.unframed,
        )

    def _read(self, session: HttpSession, body: Body, asked: Asked) -> Page:
        try:
            return to_page(self, body, asked)
        except BartackError as error:
            raise session.clean(error.at(asked.label)) from None
