"""What a served cassette decides, without sockets: which answer, which failure, which address."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.errors import ConfigError
from bartack.recording import (
    KEPT,
    About,
    Cassette,
    Failure,
    Headers,
    Interaction,
    Personal,
    RecordedRequest,
    RecordedResponse,
    Scrubber,
    ScrubKey,
    Tokens,
)
from bartack.recording.messages import NO_ANSWER
from bartack.recording.serving import Manner
from bartack.recording.serving.addresses import Addresses, origins
from bartack.recording.serving.service import Service
from bartack.recording.serving.wire import End, Wire, takes_gzip
from bartack.testing import FakeClock

ORIGIN = "https://crm.example.org"
LOCAL = "http://127.0.0.1:40123"
ADDRESSES = Addresses({ORIGIN: LOCAL})


def recorded(
    body: bytes = b"{}",
    *,
    uri: str = f"{ORIGIN}/people",
    headers: Headers = (("Content-Type", "application/json"),),
    seconds: float | None = None,
    failure: Failure | None = None,
    response: RecordedResponse | None = None,
) -> Interaction:
    answer = response or RecordedResponse(200, "OK", headers, body)
    return Interaction(RecordedRequest("GET", uri), answer, seconds=seconds, failure=failure)


def service(*items: Interaction, manner: Manner | None = None, clock: FakeClock | None = None) -> Service:
    cassette = Cassette(Path("people.yaml"), items)
    return Service([cassette], Scrubber(), ADDRESSES, manner or Manner(), (clock or FakeClock()).monotonic)


def asked(one: Service, target: str = "/people", body: bytes | None = None) -> tuple[float, Wire]:
    return one.reply(RecordedRequest("GET" if body is None else "POST", ORIGIN + target, (), body))


def body_of(wire: Wire) -> bytes:
    return wire.content.partition(b"\r\n\r\n")[2]


def head_of(wire: Wire) -> list[bytes]:
    return wire.content.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_answers_to_one_request_come_in_turn_round_and_round() -> None:
    polled = service(recorded(b"queued"), recorded(b"running"), recorded(b"done"))
    assert [body_of(asked(polled)[1]) for _ in range(7)] == [
        *(b"queued", b"running", b"done"),
        *(b"queued", b"running", b"done"),
        b"queued",
    ]
    assert polled.counts == {"answered": 7}


def test_what_was_never_recorded_gets_501_with_the_nearest_recording() -> None:
    one = service(recorded(uri=f"{ORIGIN}/people?limit=2"))
    wire = asked(one, "/people?limit=3")[1]
    assert head_of(wire)[0] == b"HTTP/1.1 501 Not Implemented"
    assert "the parameter limit is 2, not 3" in json.loads(body_of(wire))["error"]["message"]
    asked(one, "/people?limit=3")
    assert one.counts == {"unknown": 2}
    assert len(one.misses) == 1


def test_above_its_rate_it_answers_429_until_the_second_is_over() -> None:
    clock = FakeClock()
    one = service(recorded(), manner=Manner(rate=3), clock=clock)
    statuses = []
    for _ in range(5):
        statuses.append(head_of(asked(one)[1])[0][9:12])
        clock.go_on(0.1)
    assert statuses == [b"200", b"200", b"200", b"429", b"429"]
    assert b"Retry-After: 1" in head_of(asked(one)[1])
    clock.go_on(0.5)  # the first of the three is a second old now
    assert head_of(asked(one)[1])[0][9:12] == b"200"
    assert one.counts == {"answered": 4, "limited": 3}


def test_the_chosen_shares_fail_and_the_same_ones_each_time() -> None:
    manner = Manner(failing={"429": 0.2, "reset": 0.05, "timeout": 0.01}, seed=7)
    fates = [manner.failure(number) for number in range(1, 10_001)]
    assert fates == [manner.failure(number) for number in range(1, 10_001)]
    assert fates != [Manner(failing=manner.failing, seed=8).failure(number) for number in range(1, 10_001)]
    for start in range(0, 10_000, 100):
        assert Counter(fates[start : start + 100]) == {None: 74, "429": 20, "reset": 5, "timeout": 1}
    gaps = {b - a for a, b in pairwise(n for n, fate in enumerate(fates) if fate == "timeout")}
    assert len(gaps) > 20  # in no order that anybody knows beforehand


@given(
    shares=st.lists(st.floats(0, 1 / 3, allow_subnormal=False), min_size=1, max_size=3),
    seed=st.integers(),
    start=st.integers(0, 5),
)
@settings(max_examples=20, deadline=None)
def test_any_share_is_met_within_one_of_ten_thousand_requests(shares: list[float], seed: int, start: int) -> None:
    failing = dict(zip(("429", "reset", "timeout"), shares, strict=False))
    manner = Manner(failing=failing, seed=seed)
    counts = Counter(manner.failure(10_000 * start + number) for number in range(1, 10_001))
    for name, share in failing.items():
        assert abs(counts[name] - round(10_000 * share)) <= 1


@pytest.mark.parametrize(("share", "each"), [(0.1, 10), (0.07, 100), (0.29, 100), (0.005, 1000), (1.0, 10), (0.0, 10)])
def test_a_round_share_is_met_exactly_by_each_round_number_of_requests(share: float, each: int) -> None:
    manner = Manner(failing={"reset": share}, seed=3)
    fates = [manner.failure(number) for number in range(1, 5_001)]
    assert {fates[start : start + each].count("reset") for start in range(0, 5_000, each)} == {round(share * each)}


def test_a_failure_that_was_made_takes_no_recorded_answer_away() -> None:
    one = service(recorded(b"1"), recorded(b"2"), manner=Manner(failing={"429": 0.5}))
    bodies = [body_of(wire) for wire in (asked(one)[1] for _ in range(40)) if wire.content.startswith(b"HTTP/1.1 200")]
    assert 0 < len(bodies) < 40
    assert bodies == [b"1", b"2"] * (len(bodies) // 2) + [b"1"] * (len(bodies) % 2)


@pytest.mark.parametrize(
    ("latency", "seconds", "wait"), [(0.0, 0.3, 0.0), (0.2, 0.3, 0.2), ("recorded", 0.3, 0.3), ("recorded", None, 0.0)]
)
def test_answers_come_as_late_as_they_are_told_to(latency: float, seconds: float | None, wait: float) -> None:
    assert asked(service(recorded(seconds=seconds), manner=Manner(latency=latency)))[0] == wait


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"rate": 0}, "rate"),
        ({"latency": -1.0}, "latency"),
        ({"latency": float("nan")}, "latency"),
        ({"failing": {"503": 0.1}}, "failing"),
        ({"failing": {"429": 1.5}}, "failing.429"),
        ({"failing": {"429": float("nan")}}, "failing.429"),
        ({"failing": {"429": 0.6, "reset": 0.6}}, "failing"),
    ],
    ids=str,
)
def test_manners_out_of_range_are_refused(values: Mapping[str, object], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Manner(**values)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("text", "led"),
    [
        (f'{{"next": "{ORIGIN}/people?after=2"}}', f'{{"next": "{LOCAL}/people?after=2"}}'),
        (r'{"next": "https:\/\/crm.example.org\/p"}', r'{"next": "http:\/\/127.0.0.1:40123\/p"}'),
        ("?then=https%3A%2F%2Fcrm.example.org%2Fp", "?then=http%3A%2F%2F127.0.0.1%3A40123%2Fp"),
        ("HTTPS://CRM.example.org:443/p", f"{LOCAL}/p"),
        (f"Look at {ORIGIN}.", f"Look at {LOCAL}."),
        (f"{ORIGIN}.evil.test/p {ORIGIN}-two {ORIGIN}s {ORIGIN}:8443/p", None),
        ("http://crm.example.org/p", None),
        (f'<a xmlns="{ORIGIN}/ns" xmlns:b = \'{ORIGIN}/b\' href="{ORIGIN}/p"/>', None),
        (f"binary\0{ORIGIN}", None),
    ],
    ids=lambda text: str(text)[:40],
)
def test_recorded_addresses_become_local_ones(text: str, led: str | None) -> None:
    if led is None and "href" in text:
        led = text.replace(f'href="{ORIGIN}', f'href="{LOCAL}')
    assert ADDRESSES.here(text.encode()).decode() == (text if led is None else led)


@given(st.lists(st.sampled_from([ORIGIN, LOCAL, "https%3A%2F%2Fcrm.example.org", "/p?a=", "ü", " "])))
def test_what_is_led_here_is_led_back(pieces: list[str]) -> None:
    text = " ".join(pieces).encode()
    away = ADDRESSES.there(text)
    assert ADDRESSES.there(ADDRESSES.here(away)) == away


def test_each_host_and_port_is_an_origin_of_its_own() -> None:
    uris = [
        "https://a.test/1",
        "https://A.test:443/2",
        "http://a.test/3",
        "https://b.test:8443/4",
        "http://[::1]:80/",
        "x:y",
    ]
    assert origins(uris) == ["https://a.test", "http://a.test", "https://b.test:8443", "http://[::1]"]


def test_links_headers_and_lengths_fit_the_local_address() -> None:
    headers = (("Link", f'<{ORIGIN}/people?page=2>; rel="next"'), ("Content-Length", "999"), ("Alt-Svc", "h3"))
    wire = asked(service(recorded(f'"{ORIGIN}/x"'.encode(), headers=headers)))[1]
    body = f'"{LOCAL}/x"'.encode()
    assert body_of(wire) == body
    assert head_of(wire) == [
        b"HTTP/1.1 200 OK",
        f'Link: <{LOCAL}/people?page=2>; rel="next"'.encode(),
        b"Content-Length: %d" % len(body),
    ]


def test_a_request_that_names_the_local_address_finds_what_named_the_recorded_one() -> None:
    cassette_item = Interaction(
        RecordedRequest(
            "POST", f"{ORIGIN}/next?from=https%3A%2F%2Fcrm.example.org%2Fa", (), f'{{"at": "{ORIGIN}"}}'.encode()
        ),
        RecordedResponse(200, "OK", (), b"found"),
    )
    wire = asked(
        service(cassette_item), "/next?from=http%3A%2F%2F127.0.0.1%3A40123%2Fa", f'{{"at": "{LOCAL}"}}'.encode()
    )[1]
    assert body_of(wire) == b"found"


def test_a_recorded_header_never_makes_two() -> None:
    wire = asked(service(recorded(headers=(("X-Note", "a\r\nSet-Cookie: b=c"),))))[1]
    assert [line for line in head_of(wire) if line.lower().startswith(b"set-cookie")] == []


@pytest.mark.parametrize(
    ("kind", "end"),
    [("timeout", End.SILENCE), ("closed", End.CLOSE), ("reset", End.RESET), ("refused", End.RESET), ("dns", End.RESET)],
)
def test_where_no_answer_came_none_is_sent(kind: str, end: End) -> None:
    wire = asked(service(recorded(response=NO_ANSWER, failure=Failure(kind))))[1]
    assert wire == Wire(b"", end)


def test_of_several_recordings_each_answers_and_what_is_in_both_comes_in_turn() -> None:
    both = [recorded(b"1"), recorded(b"2")]
    cassettes = [Cassette("a.yaml", [both[0], recorded(b"a", uri=f"{ORIGIN}/a")]), Cassette("b.yaml", both[1:])]
    one = Service(cassettes, Scrubber(), ADDRESSES, Manner(), FakeClock().monotonic)
    assert [body_of(asked(one)[1]) for _ in range(3)] == [b"1", b"2", b"1"]
    assert [item.request.uri for item in one.shelf.unplayed] == [f"{ORIGIN}/a"]
    assert body_of(asked(one, "/a")[1]) == b"a"
    assert not one.shelf.unplayed


def test_recordings_of_different_keys_are_asked_one_after_the_other() -> None:
    target = "/b?email=zoe@riegelundnaht.de"
    scrubber = Scrubber(personal=Personal(Tokens(ScrubKey("the key it was recorded with"))))
    kept = Cassette("a.yaml", [recorded(b"a")], about=About(personal=KEPT))
    replaced = [
        scrubber.interaction(recorded(b, uri=ORIGIN + target + more)) for b, more in ((b"b", ""), (b"c", "&c=1"))
    ]
    assert scrubber.personal is not None
    cassettes = [kept, Cassette("b.yaml", replaced, about=About(personal=scrubber.personal.key_id))]
    one = Service(cassettes, scrubber, ADDRESSES, Manner(), FakeClock().monotonic)
    assert [body_of(asked(one, asks)[1]) for asks in ("/people", target, target + "&c=1")] == [b"a", b"b", b"c"]
    assert head_of(asked(one, "/c")[1])[0] == b"HTTP/1.1 501 Not Implemented"
    assert one.counts == {"answered": 3, "unknown": 1}


@pytest.mark.parametrize("was", ["gzip", "deflate", None])
@pytest.mark.parametrize("takes", ["gzip, deflate", "br", None])
def test_what_was_packed_is_packed_again_for_whoever_takes_it(was: str | None, takes: str | None) -> None:
    one = service(replace(recorded(f'"{ORIGIN}/x"'.encode()), response_encoding=was))
    headers = () if takes is None else (("Accept-Encoding", takes),)
    wire = one.reply(RecordedRequest("GET", f"{ORIGIN}/people", headers))[1]
    plain, body = f'"{LOCAL}/x"'.encode(), body_of(wire)
    assert b"Content-Length: %d" % len(body) in head_of(wire)
    packed = b"Content-Encoding: gzip" in head_of(wire)
    assert packed == (was is not None and takes == "gzip, deflate")
    assert (gzip.decompress(body) if packed else body) == plain


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0, *", False),
        ("gzip; q=0.0", False),
        ("", False),
    ],
)
def test_a_client_says_whether_it_takes_gzip(said: str, takes: bool) -> None:
    assert takes_gzip((("accept-encoding", said),)) is takes


def test_times_are_told_by_the_share_of_the_answers_within_them() -> None:
    one = service(recorded())
    assert one.within(0.99) is None
    for hundredths in range(100, 0, -1):
        one.finished(hundredths / 100)
    one.finished(None)  # no answer came
    assert (one.within(0.5), one.within(0.99), one.within(1.0)) == (0.5, 0.99, 1.0)
