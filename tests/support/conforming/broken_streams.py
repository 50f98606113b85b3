"""Streams that are wrong in one way each, as authors write them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bartack.errors import AccessError, BartackError, SourceRefusedError, SourceUnavailableError, WireError
from bartack.sdk import Body, HttpStream, Page, Query, Walk
from support.conforming.workbench import variant_of

__all__ = ["BROKEN"]


def sending(wrong: Callable[[BartackError], Exception | None]) -> HttpStream:
    """Return a stream that makes something else of some errors."""

    class Sending(HttpStream):
        def _send(self, session: Any, ask: Any) -> Body:
            try:
                return super()._send(session, ask)
            except BartackError as error:
                if (other := wrong(error)) is not None:
                    raise other from None
                raise

    return variant_of(Sending)


def hasty(said: str, **how: Any) -> HttpStream:
    """Return a stream that does not let an error be asked again, if its message says so."""
    return sending(lambda error: type(error)(error.message, retryable=False, **how) if said in error.message else None)


def answering(change: Callable[[bytes], bytes | None]) -> HttpStream:
    """Return a stream that looks at bodies itself, and takes some of them for others."""

    class Answering(HttpStream):
        def _read(self, session: Any, body: Body, asked: Any) -> Page:
            other = change(body.content)
            return super()._read(session, body if other is None else replace(body, content=other), asked)

    return variant_of(Answering, total=None)  # a total would tell that rows are missing


def handing(change: Callable[[Page], Page]) -> HttpStream:
    """Return a stream that changes pages before it hands them on."""

    class Handing(HttpStream):
        def _read(self, session: Any, body: Body, asked: Any) -> Page:
            return change(super()._read(session, body, asked))

    return variant_of(Handing)


def row_by_row(look: Callable[[dict[str, Any]], Any]) -> HttpStream:
    """Return a stream that looks into each row, and does not expect what it finds."""

    def change(page: Page) -> Page:
        for row in page.rows:
            if isinstance(row, dict):
                look(row)
        return page

    return handing(change)


EMPTY = b'{"data": [], "meta": {"next": null}}'


def crashes(wrong: bool) -> None:
    if wrong:
        raise RuntimeError("I did not expect that")


class Stuck(HttpStream):
    """Asks again until something new comes."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        first: Any = None
        walk = Walk(query)
        while True:
            page = self._page(session, query, walk)
            while page.rows and page.rows[0] == first:
                page = self._page(session, query, walk)
            first = page.rows[0] if page.rows else None
            yield page
            if page.next is None:
                return
            walk.go_on(page.next)


class Eager(HttpStream):
    """Reads everything before it hands anything on."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        yield from list(super().pages(session, query))


class Draining(HttpStream):
    """Reads on when it is told to stop."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        pages = super().pages(session, query)
        try:
            yield from iter(lambda: next(pages), None)
        except GeneratorExit:
            for _ in pages:
                pass
            raise
        except RuntimeError:  # the last page was taken
            return


class Forgetful(HttpStream):
    """Knows its cursors only in the session that was given them."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        known = vars(session).setdefault("cursors", set())
        if query.cursor is not None and query.cursor not in known:
            raise AccessError("I do not know this cursor")
        for page in super().pages(session, query):
            known.add(page.next)
            yield page


class Resigned(HttpStream):
    """Takes a log-in that has expired for the end."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        come = 0
        try:
            for page in super().pages(session, query):
                come += 1
                yield replace(page, total=None)
        except AccessError:
            if not come and query.cursor is None:
                raise


class Guessing(HttpStream):
    """Takes credentials that are refused for an error of the source, until it has been let in once."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        come = 0
        try:
            for page in super().pages(session, query):
                come += 1
                yield page
        except AccessError as error:
            if not come and "401" in str(error):
                raise SourceRefusedError("it did not work") from None
            raise


class Confiding(HttpStream):
    """Notes beside an error what it should keep to itself."""

    def _send(self, session: Any, ask: Any) -> Body:
        try:
            return super()._send(session, ask)
        except BartackError as error:
            error.add_note(f"while asking with {session.settings.token.reveal()}")
            raise


class Persistent(HttpStream):
    """Asks again by itself."""

    def _send(self, session: Any, ask: Any) -> Body:
        for _ in range(10):
            try:
                return super()._send(session, ask)
            except SourceUnavailableError as error:
                if "503" not in error.message:
                    raise
        return super()._send(session, ask)


class Wayward(HttpStream):
    """Reaches for something of its own, and does not say so."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        with suppress(Exception):
            socket.create_connection(("127.0.0.1", 9), timeout=1).close()
        yield from super().pages(session, query)


def restless() -> HttpStream:
    """Return a stream that writes the same parameter another way each time."""
    turns = count()

    class Restless(HttpStream):
        def _ask(self, query: Query, cursor: str | None) -> Any:
            ask = super()._ask(query, cursor)
            spaces = format(next(turns), "016b").replace("0", "a+").replace("1", "a%20")
            ask.path = f"{ask.path}?z={spaces}"
            return ask

    return variant_of(Restless)


class Blind(HttpStream):
    """Takes an address that is gone for nothing to read."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        try:
            yield from super().pages(session, query)
        except BartackError as error:
            if "404" not in str(error):
                raise


def half(content: bytes) -> bytes | None:
    """Mend a document that breaks off, as lenient readers do."""
    if not content.startswith(b'{"data": [') or b'"meta"' in content:
        return None
    rows = content[len(b'{"data": [') :].split(b"}, ")[:-1]
    return b'{"data": [' + b", ".join(row + b"}" for row in rows) + b'], "meta": {"next": null}}'


def excused(content: bytes) -> bytes | None:
    return EMPTY if b'"something went wrong"' in content else None


def moved(content: bytes) -> bytes | None:
    return EMPTY if content.startswith(b'{"data_v2"') else None


def listless(content: bytes) -> bytes | None:
    with suppress(ValueError):
        document = json.loads(content)
        if isinstance(document, dict) and document.get("data", 0) is None:
            return EMPTY
    return None


def replaced(content: bytes) -> bytes | None:
    text = content.decode("utf-8", "replace")
    return text.encode() if "�" in text else None


def objects_only(page: Page) -> Page:
    return replace(page, rows=[row for row in page.rows if isinstance(row, dict)])


def with_ids(page: Page) -> Page:
    return replace(
        page, rows=[{"id": f"row-{n}", **row} if isinstance(row, dict) else row for n, row in enumerate(page.rows)]
    )


def known_fields(page: Page) -> Page:
    known = ("id", "name", "email", "state", "changed", "etag")
    return replace(
        page,
        rows=[{key: row[key] for key in known if key in row} if isinstance(row, dict) else row for row in page.rows],
    )


def filled_down(page: Page) -> Page:
    rows: list[Any] = []
    for row in page.rows:
        before = rows[-1] if rows else {}
        fill = isinstance(row, dict) and isinstance(before, dict) and not row.get("state", "-")
        rows.append({**row, "state": before.get("state")} if fill else row)
    return replace(page, rows=rows)


def without_doubles(page: Page) -> Page:
    rows: list[Any] = []
    for row in page.rows:
        if row not in rows:
            rows.append(row)
    return replace(page, rows=rows)


class Counting(HttpStream):
    """Declares as many rows as have come."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        come = query.seen or 0
        for page in super().pages(session, query):
            come += len(page.rows)
            yield replace(page, total=come if page.next is None else None)


class Waiving(HttpStream):
    """Declares one row more than there is."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in super().pages(session, query):
            yield replace(page, total=None if page.total is None else page.total + 1)


class Undated(HttpStream):
    """Dates its pages by the clock on the wall."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in super().pages(session, query):
            yield replace(page, fetched_at=datetime(2030, 1, 1, tzinfo=UTC))


class Timeless(HttpStream):
    """Claims to know what has changed, and asks for everything."""

    def _ask(self, query: Query, cursor: str | None) -> Any:
        return super()._ask(replace(query, since=None), cursor)


BROKEN: dict[str, HttpStream] = {
    "paging_ends": variant_of(Stuck),
    "failures_are_typed": sending(lambda error: RuntimeError("500") if "500" in error.message else None),
    "errors_hide_secrets": variant_of(Confiding),
    "survives_a_reset_at_every_request": hasty("closed before"),
    "survives_a_timeout": hasty("no answer within"),
    "survives_a_503": hasty("503"),
    "waits_as_long_as_the_source_says": sending(
        lambda error: SourceUnavailableError("slower") if "429" in error.message else None
    ),
    "survives_a_cut_answer": hasty("cut off"),
    "gives_up_in_time": variant_of(Persistent),
    "says_when_it_is_not_let_in": variant_of(Guessing),
    "says_when_it_may_not": sending(lambda error: WireError("403") if "403" in error.message else None),
    "goes_on_after_its_login_expired": variant_of(Resigned),
    "takes_no_404_for_nothing": variant_of(Blind),
    "takes_no_page_of_html_for_rows": answering(lambda content: EMPTY if b"<!DOCTYPE" in content else None),
    "takes_no_empty_answer_for_rows": answering(lambda content: None if content.strip() else EMPTY),
    "takes_no_half_document_for_rows": answering(half),
    "takes_no_error_in_a_200_for_rows": answering(excused),
    "notices_a_renamed_envelope": answering(moved),
    "notices_rows_that_are_no_list": answering(listless),
    "opens_no_connection_of_its_own": variant_of(Wayward),
    "asks_the_same_every_time": restless(),
    "lives_through_nulls": row_by_row(lambda row: crashes("email" in row and row["email"] is None)),
    "lives_through_missing_fields": row_by_row(lambda row: crashes("email" not in row)),
    "lives_through_other_types": row_by_row(lambda row: crashes(isinstance(row.get("email"), dict))),
    "lives_through_strange_texts": row_by_row(lambda row: crashes("\u202e" in str(row.get("email")))),
    "lives_through_huge_values": row_by_row(lambda row: crashes(len(str(row.get("email"))) > 60_000)),
    "counts_rows_that_are_no_objects": handing(objects_only),
    "rejects_rows_without_an_id": handing(with_ids),
    "keeps_or_counts_new_fields": handing(known_fields),
    "counts_rows_that_come_twice": handing(without_doubles),
    "notices_a_total_that_is_not_reached": variant_of(Counting),
    "accounting_holds": variant_of(Waiving),
    "asks_when_it_is_wanted": variant_of(Eager),
    "goes_on_from_every_page": variant_of(Forgetful),
    "stops_when_told": variant_of(Draining),
    "asks_for_changes_since": variant_of(Timeless),
    "tells_where_it_comes_from": variant_of(Undated),
    "survives_its_hostile_twins": answering(replaced),
    "rests_on_more_than_documents": variant_of(HttpStream, evidence="documented"),
}
"""By the check that each one fails."""
