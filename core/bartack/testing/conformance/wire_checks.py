"""Level dependable, on the wire: the connector lives through what servers and networks do, and says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import requests

from bartack.errors import (
    AccessError,
    RecordingError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.recording import RecordedResponse
from bartack.recording.fuse import network_fuse
from bartack.recording.library import RESUMED
from bartack.testing.conformance.bench import Bench, Performance, Recording
from bartack.testing.conformance.check import Check, Finding, check
from bartack.testing.conformance.stage import CUT_OFF, RESET, Plan, always, at, json_answer, with_body

__all__ = ["WIRE"]

_REFUSED = json_answer(b'{"message": "no"}', 401)


def _differences(good: Performance, played: Performance, recording: Recording, what: str) -> Iterator[Finding]:
    """Yield what is not as in the good read."""
    if isinstance(played.take.error, RecordingError):
        yield f"{recording}: {what}: how it goes on was not recorded; record the stream's scenario {RESUMED!r}"
    elif not played.whole:
        yield f"{recording}: {what}: {played.ending}"
    elif played.records != good.records:
        yield f"{recording}: {what}: {len(played.records)} records instead of {len(good.records)}, or others"


def _survives(
    bench: Bench, what: str, act: RecordedResponse | Exception, *, everywhere: bool = False
) -> Iterator[Finding]:
    """Let ``act`` happen once, at the last request or at each in turn, and expect the good read."""
    for recording, one in bench.whole():
        requests_made = len(one.stage.asked)
        for number in range(1, requests_made + 1) if everywhere else (requests_made,):
            played = bench.perform(one.take.feed, recording, at(number, act))
            yield from _differences(one, played, recording, f"{what} at request {number}")


def _refuses(
    bench: Bench, what: str, plan: Callable[[int], Plan], kinds: tuple[type[Exception], ...], most: int = 40
) -> Iterator[Finding]:
    """Read with a plan for the number of requests of the good read, and expect one of some errors."""
    names = " or ".join(kind.__name__ for kind in kinds)
    for recording, one in bench.whole():
        played = bench.perform(one.take.feed, recording, plan(len(one.stage.asked)))
        if not isinstance(played.take.error, kinds):
            yield f"{recording}: {what} ends {played.ending}, not in {names}"
        elif len(played.stage.asked) > most + len(one.stage.asked):
            yield f"{recording}: {what} is answered with {len(played.stage.asked)} requests"


@check("dependable", "http", repair="keep no state of a page outside of its cursor: a page may be asked for again")
def survives_a_reset_at_every_request(bench: Bench) -> Iterator[Finding]:
    """A connection that breaks, at whichever request, costs a wait and no record."""
    yield from _survives(bench, "a reset", RESET, everywhere=True)


@check("dependable", "http", repair="let time-outs become SourceUnavailableError, which is asked again")
def survives_a_timeout(bench: Bench) -> Iterator[Finding]:
    """A time-out costs a wait and no record."""
    yield from _survives(bench, "a time-out", requests.ReadTimeout("nothing came"))


@check("dependable", "http", repair="let status 503 become SourceUnavailableError")
def survives_a_503(bench: Bench) -> Iterator[Finding]:
    """A server that is busy for a moment costs a wait and no record."""
    yield from _survives(bench, "status 503", json_answer(b'{"message": "busy"}', 503))


@check("dependable", "http", repair="let status 429 become SourceUnavailableError with retry_after")
def waits_as_long_as_the_source_says(bench: Bench) -> Iterator[Finding]:
    """After 429 with Retry-After nothing is asked before that time."""
    slow = json_answer(b'{"message": "slower"}', 429, {"Retry-After": "7"})
    yield from _survives(bench, "status 429", slow)
    for recording, one in bench.whole():
        played = bench.perform(one.take.feed, recording, at(1, slow))
        if played.clock.passed < 7:
            yield f"{recording}: {played.clock.passed:.1f} s were waited after Retry-After: 7"


@check("dependable", "http", repair="let an answer that is cut off become WireError, and never rows")
def survives_a_cut_answer(bench: Bench) -> Iterator[Finding]:
    """An answer that breaks off costs a wait and no record."""
    yield from _survives(bench, "a cut answer", CUT_OFF)


@check("dependable", "http", repair="retry in one place only: leave it to Bartack")
def gives_up_in_time(bench: Bench) -> Iterator[Finding]:
    """A source that stays down is given up after a few attempts, with an error that says so."""
    down = json_answer(b'{"message": "down"}', 503)
    yield from _refuses(bench, "status 503 for good", lambda _: always(lambda _: down), (SourceUnavailableError,), 8)


@check("dependable", "http", repair="let status 401 become AccessError")
def says_when_it_is_not_let_in(bench: Bench) -> Iterator[Finding]:
    """Credentials that are refused are an AccessError, after at most one new log-in."""
    yield from _refuses(bench, "status 401", lambda _: always(lambda _: _REFUSED), (AccessError,), 4)


@check("dependable", "http", repair="let status 403 become AccessError")
def says_when_it_may_not(bench: Bench) -> Iterator[Finding]:
    """A missing permission is an AccessError, not a page without rows."""
    denied = json_answer(b'{"message": "no permission"}', 403)
    kinds = (AccessError, SourceRefusedError)
    yield from _refuses(bench, "status 403", lambda _: always(lambda _: denied), kinds, 4)


@check("dependable", "http", repair="ask for a page again with the same session: Auth signs each request anew")
def goes_on_after_its_login_expired(bench: Bench) -> Iterator[Finding]:
    """A log-in that expires in the middle of a read is renewed, or said; never a shorter read that looks whole."""
    for recording, one in bench.whole():
        number = len(one.stage.asked)
        played = bench.perform(one.take.feed, recording, at(number, _REFUSED))
        if played.crash is not None or played.endless:
            yield f"{recording}: {played.ending}"
        elif played.take.error is None and played.records != one.records:
            yield f"{recording}: after the log-in has expired, a part of the records is read as all of them"
        elif played.take.error is not None and not isinstance(played.take.error, AccessError):
            yield f"{recording}: status 401 at request {number} ends {played.ending}"


@check("dependable", "http", repair="never take another status than those that are declared for an answer with rows")
def takes_no_404_for_nothing(bench: Bench) -> Iterator[Finding]:
    """An address that is gone is an error, not zero rows."""
    gone = json_answer(b'{"message": "no such path"}', 404)
    for recording, one in bench.whole():
        played = bench.perform(one.take.feed, recording, always(lambda _: gone))
        if played.take.error is None:
            yield f"{recording}: status 404 ends {played.ending}"


@check("dependable", "http", repair="decode answers with bartack.sdk's transports, which look at what is there")
def takes_no_page_of_html_for_rows(bench: Bench) -> Iterator[Finding]:
    """A page of HTML with status 200 (a log-in, a proxy, a maintenance page) is an error, not zero rows."""
    page = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"
    yield from _no_rows(bench, "HTML", lambda answer: with_body(answer, page, "text/html; charset=utf-8"))


@check("dependable", "http", repair="an answer needs the declared rows; an empty one has none")
def takes_no_empty_answer_for_rows(bench: Bench) -> Iterator[Finding]:
    """An answer without a body is an error, not zero rows."""
    yield from _no_rows(bench, "an empty body", lambda answer: with_body(answer, b""))


@check("dependable", "http", repair="decode strictly: a document that breaks off is none")
def takes_no_half_document_for_rows(bench: Bench) -> Iterator[Finding]:
    """Half a document with an honest length is an error, not half the rows."""
    yield from _no_rows(
        bench, "half a document", lambda answer: with_body(answer, answer.body[: len(answer.body) // 2])
    )


@check("dependable", "http", "json", repair="name where errors stand in an answer: errors=(ErrorBody(…),)")
def takes_no_error_in_a_200_for_rows(bench: Bench) -> Iterator[Finding]:
    """An error in an answer with status 200 is an error, not zero rows."""
    body = json.dumps({"error": {"code": 500, "message": "something went wrong"}}).encode()
    yield from _no_rows(bench, "an error in a 200", lambda answer: with_body(answer, body))


@check(
    "dependable", "http", "json", repair="name the path of the rows: rows='data'; a missing path is an error by itself"
)
def notices_a_renamed_envelope(bench: Bench) -> Iterator[Finding]:
    """Rows that moved elsewhere are SourceChangedError, not zero rows."""
    yield from _no_rows(bench, "a renamed envelope", lambda answer: with_body(answer, _renamed(answer.body)))


@check("dependable", "http", "json", repair="name the path of the rows; null and an object are no lists")
def notices_rows_that_are_no_list(bench: Bench) -> Iterator[Finding]:
    """A null or a text in the place of the list of rows is an error, not zero rows."""
    yield from _no_rows(bench, "null for the rows", lambda answer: with_body(answer, _unlisted(answer.body, None)))
    yield from _no_rows(bench, "a text for the rows", lambda answer: with_body(answer, _unlisted(answer.body, "none")))


@check("dependable", repair="reach the source through the session that open() returns, and nothing else")
def opens_no_connection_of_its_own(bench: Bench) -> Iterator[Finding]:
    """Everything goes through the session: what goes past it is neither recorded, nor held to deadlines and quotas."""
    for recording, one in bench.whole():
        with network_fuse() as heard:
            bench.perform(one.take.feed, recording)
        for where in dict.fromkeys(heard):
            yield f"{recording}: something wanted to reach {where}"


@check("dependable", "http", "secrets", repair="sign requests with an Auth: headers, not addresses")
def sends_no_secret_in_addresses(bench: Bench) -> Iterator[Finding]:
    """Secrets do not stand in addresses, which proxies and logs keep; where the API wants that, close ``secrets``."""
    for recording, one in bench.whole():
        if any(bench.canary in (request.url or "") for request in one.stage.asked):
            yield f"{recording}: the address of a request holds a secret"


@check("dependable", "http", repair="make requests of the query alone: no clock, no random number, no order of a set")
def asks_the_same_every_time(bench: Bench) -> Iterator[Finding]:
    """Two reads ask for the same, byte by byte: only so do recordings stay small in a diff."""
    for recording, one in bench.whole():
        again = bench.perform(one.take.feed, recording)
        first = [(request.method, request.url, request.body) for request in one.stage.asked]
        if first != [(request.method, request.url, request.body) for request in again.stage.asked]:
            yield f"{recording}: the requests of two reads differ"


def _no_rows(bench: Bench, what: str, change: Callable[[RecordedResponse], RecordedResponse]) -> Iterator[Finding]:
    """Change the last answer, each time it is asked for, and expect an error or a read that says it is not whole."""
    kinds = (SourceChangedError, SourceRefusedError, WireError, AccessError, SourceUnavailableError)
    for recording, one in bench.whole():
        if not one.records:
            continue
        number = len(one.stage.asked)
        changed = change(one.stage.answers[-1])
        played = bench.perform(one.take.feed, recording, at(number, changed, times=99))
        if played.crash is not None or played.endless:
            yield f"{recording}: {what}: {played.ending}"
        elif not isinstance(played.take.error, kinds) and played.take.report.completeness == "complete":
            yield f"{recording}: {what} is read as complete, with {len(played.records)} of {len(one.records)} records"


def _renamed(body: bytes) -> bytes:
    document = json.loads(body)
    if isinstance(document, dict):
        return json.dumps({f"{name}_v2": value for name, value in document.items()}).encode()
    return json.dumps({"items_v2": document}).encode()


def _unlisted(body: bytes, instead: Any) -> bytes:
    """Replace the first list that holds objects, or any list, wherever it stands."""

    def walk(value: Any) -> tuple[Any, bool]:
        if isinstance(value, list) and (not value or isinstance(value[0], dict)):
            return instead, True
        if isinstance(value, dict):
            changed = dict(value)
            for name, one in value.items():
                changed[name], done = walk(one)
                if done:
                    return changed, True
        return value, False

    return json.dumps(walk(json.loads(body))[0]).encode()


WIRE: tuple[Check, ...] = (
    survives_a_reset_at_every_request,
    survives_a_timeout,
    survives_a_503,
    waits_as_long_as_the_source_says,
    survives_a_cut_answer,
    gives_up_in_time,
    says_when_it_is_not_let_in,
    says_when_it_may_not,
    goes_on_after_its_login_expired,
    takes_no_404_for_nothing,
    takes_no_page_of_html_for_rows,
    takes_no_empty_answer_for_rows,
    takes_no_half_document_for_rows,
    takes_no_error_in_a_200_for_rows,
    notices_a_renamed_envelope,
    notices_rows_that_are_no_list,
    opens_no_connection_of_its_own,
    sends_no_secret_in_addresses,
    asks_the_same_every_time,
)
