"""Which recording answers a request: what must be equal, what need not be, and what is said when there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import RecordingError
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, Scrubber
from bartack.recording.playback import Playback

URL = "https://crm.example/api/contacts"

WSSE = (
    '<o:Security xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" '
    'xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">'
    "<u:Timestamp><u:Created>{0}</u:Created></u:Timestamp><o:UsernameToken><o:Username>zoe</o:Username>"
    "<o:Password>{0}</o:Password><o:Nonce>{0}</o:Nonce></o:UsernameToken></o:Security>"
)
ADDRESSING = (
    '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:{0}</a:MessageID>'
    '<a:To xmlns:a="http://www.w3.org/2005/08/addressing">http://host{0}/</a:To>'
)
SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{}<s:Body>'
    '<m:Get xmlns:m="urn:m"><m:Id>{}</m:Id></m:Get></s:Body></s:Envelope>'
)


def request(url: str = URL, body: str | None = None, method: str = "POST") -> RecordedRequest:
    return RecordedRequest(method, url, (), None if body is None else body.encode("utf-8"))


def playback(*requests: RecordedRequest, repeats: bool = False, secrets: tuple[str, ...] = ()) -> Playback:
    """Record answers 1, 2, 3 ... to these requests."""
    scrub = Scrubber(secrets)
    recorded = [
        scrub.interaction(Interaction(one, RecordedResponse(200, "OK", (), str(number).encode())))
        for number, one in enumerate(requests, 1)
    ]
    return Playback(Cassette("crm.yaml", recorded, allow_playback_repeats=repeats), scrub)


def answer(tape: Playback, asked: RecordedRequest) -> str:
    return tape.answer(asked).response.body.decode()


def soap(identity: object = 1, header: str = "") -> str:
    return SOAP.format(f"<s:Header>{header}</s:Header>" if header else "", identity)


EQUAL = {
    "order of parameters": (request(f"{URL}?b=2&a=1"), request(f"{URL}?a=1&b=2")),
    "default port, case of the host": (request("https://CRM.example:443/a"), request("https://crm.example/a")),
    "escapes of the path": (request("https://crm.example/a%7Eb/%C3%BC x"), request("https://crm.example/a~b/ü%20x")),
    "secret parameters": (request(f"{URL}?hapikey=one&a=1"), request(f"{URL}?a=1&hapikey=two")),
    "user of the URL": (request("https://zoe:pw@crm.example/a"), request("https://crm.example/a")),
    "no body, empty body": (request(body=None), request(body="")),
    "order of JSON keys": (request(body='{"a": 1, "b": [1.50]}'), request(body='{"b":[1.5],"a":1}')),
    "secrets in JSON": (request(body='{"password": "one", "a": 1}'), request(body='{"a":1,"password":"two"}')),
    "order of a form": (request(body="b=2&a=%20"), request(body="a=+&b=2")),
    "boundary of parts": (request(body="--x\r\n\r\n1\r\n--x--"), request(body="--yy\r\n\r\n1\r\n--yy--")),
    "identical SOAP": (request(body=soap()), request(body=soap())),
    "another prefix": (request(body=soap()), request(body=soap().replace("m:", "n:").replace(":m=", ":n="))),
    "a default namespace": (
        request(body=soap()),
        request(body=soap().replace("m:", "").replace(":m=", "=")),
    ),
    "order of attributes": (request(body='<a x="1" y="2"/>'), request(body="<a y='2' x='1'></a>")),
    "white space, declaration": (
        request(body=soap()),
        request(body='<?xml version="1.0" encoding="utf-8"?>\n' + soap().replace("><", ">\n  <")),
    ),
    "WS-Security": (
        request(body=soap(header=WSSE.format("one"))),
        request(body=soap(header=WSSE.format("two"))),
    ),
    "WS-Security or none": (request(body=soap(header=WSSE.format("one"))), request(body=soap())),
    "WS-Addressing": (
        request(body=soap(header=ADDRESSING.format("1"))),
        request(body=soap(header=ADDRESSING.format("2"))),
    ),
    "prefix of a type": (
        request(body='<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:t" x:type="t:T"/>'),
        request(body='<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:u="urn:t" i:type="u:T"/>'),
    ),
}

DIFFERENT = {
    "method": (request(method="GET"), request(method="POST")),
    "host": (request("https://a.example/"), request("https://b.example/")),
    "port": (request("http://a.example:8080/"), request("http://a.example/")),
    "scheme": (request("http://a.example/"), request("https://a.example/")),
    "escaped slash": (request("https://crm.example/a%2Fb"), request("https://crm.example/a/b")),
    "value of a parameter": (request(f"{URL}?a=1"), request(f"{URL}?a=2")),
    "a page token": (request(f"{URL}?page_token=1"), request(f"{URL}?page_token=2")),
    "a repeated parameter": (request(f"{URL}?a=1&a=2"), request(f"{URL}?a=1")),
    "JSON value": (request(body='{"a": 1}'), request(body='{"a": 2}')),
    "JSON type": (request(body='{"a": "1.5"}'), request(body='{"a": 1.5}')),
    "JSON order of a list": (request(body="[1, 2]"), request(body="[2, 1]")),
    "a digit beyond doubles": (request(body="[0.12345678901234567891]"), request(body="[0.12345678901234567892]")),
    "SOAP value": (request(body=soap(1)), request(body=soap(999))),
    "SOAP namespace": (request(body=soap()), request(body=soap().replace("urn:m", "urn:other"))),
    "SOAP header of its own": (request(body=soap(header="<Tenant>a</Tenant>")), request(body=soap())),
    "type of an element": (
        request(body='<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:t" x:type="t:T"/>'),
        request(body='<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:other" x:type="t:T"/>'),
    ),
    "JSON and text": (request(body="[1"), request(body="[1 ")),
}


@pytest.mark.parametrize("difference", EQUAL)
def test_requests_that_mean_the_same_match(difference: str) -> None:
    recorded, asked = EQUAL[difference]
    assert answer(playback(recorded), asked) == "1"


@pytest.mark.parametrize("difference", DIFFERENT)
def test_requests_that_mean_something_else_do_not(difference: str) -> None:
    recorded, asked = DIFFERENT[difference]
    for one, other in ((recorded, asked), (asked, recorded)):
        with pytest.raises(RecordingError, match="there is no recording of"):
            playback(one).answer(other)


def test_a_request_matches_although_its_known_secret_is_another_one_now() -> None:
    recorded = playback(request(body='["db", 2, "first password"]'), secrets=("first password",))
    tape = Playback(recorded._cassette, Scrubber(["today's password"]))
    assert answer(tape, request(body='["db", 2, "today\'s password"]')) == "1"


def test_equal_requests_get_their_answers_in_the_order_of_recording() -> None:
    tape = playback(request(), request(f"{URL}/2"), request())
    assert [answer(tape, request()), answer(tape, request()), answer(tape, request(f"{URL}/2"))] == ["1", "3", "2"]


def test_the_last_answer_is_not_repeated() -> None:
    tape = playback(request(), request())
    answer(tape, request())
    answer(tape, request())
    with pytest.raises(RecordingError, match="was recorded 2x and is asked for once more"):
        tape.answer(request())


def test_the_last_answer_is_repeated_where_the_cassette_says_so(tmp_path: Path) -> None:
    tape = playback(request(), request(), repeats=True)
    assert [answer(tape, request()) for _ in range(4)] == ["1", "2", "2", "2"]


def test_what_was_not_played_is_known() -> None:
    tape = playback(request(), request(f"{URL}/2"), request())
    answer(tape, request())
    assert [item.response.body for item in tape.unplayed] == [b"2", b"3"]


def test_an_empty_cassette_has_no_answer() -> None:
    with pytest.raises(RecordingError, match=r"there is no recording of POST https://crm.example/api/contacts Next"):
        playback().answer(request())


FIRST_DIFFERENCES: dict[str, tuple[RecordedRequest, RecordedRequest]] = {
    "where the method is POST, not GET": (request(), request(method="GET")),
    "where the origin is https://crm.example:443, not https://other.example:443": (
        request(),
        request("https://other.example/api/contacts"),
    ),
    "where the path is /api/contacts, not /api/contact": (request(), request("https://crm.example/api/contact")),
    "where the parameter limit is 10, not 20": (request(f"{URL}?limit=10"), request(f"{URL}?limit=20")),
    "where there is no parameter after=2": (request(URL), request(f"{URL}?after=2")),
    "where there is a parameter after=2": (request(f"{URL}?after=2"), request(URL)),
    "where a parameter is repeated with other values": (request(f"{URL}?a=1&a=2"), request(f"{URL}?a=0&a=2")),
    'where the body\'s $.filters[0].value is "open", not "won"': (
        request(body='{"filters": [{"value": "open"}], "limit": 1}'),
        request(body='{"filters": [{"value": "won"}], "limit": 1}'),
    ),
    "where the body has no $.limit": (request(body='{"a": 1}'), request(body='{"a": 1, "limit": 5}')),
    "where the body has $.limit too": (request(body='{"a": 1, "limit": 5}'), request(body='{"a": 1}')),
    'where the body\'s Envelope/Body/Get/Id is "1", not "2"': (
        request(body=soap(1)),
        request(body=soap(2)),
    ),
}


@pytest.mark.parametrize("said", FIRST_DIFFERENCES)
def test_a_miss_names_the_nearest_recording_and_the_first_difference(said: str) -> None:
    recorded, asked = FIRST_DIFFERENCES[said]
    far = request("https://far.example/nothing/alike?x=1", method="DELETE")
    with pytest.raises(RecordingError) as caught:
        playback(far, recorded).answer(asked)
    assert said in str(caught.value)
    assert str(caught.value).startswith("crm.yaml: ")


def test_a_miss_does_not_show_a_secret() -> None:
    with pytest.raises(RecordingError) as caught:
        playback(request(f"{URL}?api_token=c4n4ry")).answer(
            request(f"{URL}/x?api_token=c4n4ry", body='{"password": "c4n4ry"}')
        )
    assert "c4n4ry" not in str(caught.value)


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
)


@given(DOCUMENTS, st.randoms())
def test_json_matches_however_it_is_laid_out(document: object, random: object) -> None:
    shuffle: Callable[[list[object]], None] = random.shuffle  # type: ignore[attr-defined]

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = list(value.items())
            shuffle(items)  # type: ignore[arg-type]
            return {key: shuffled(one) for key, one in items}
        return [shuffled(one) for one in value] if isinstance(value, list) else value

    recorded = request(body=json.dumps({"root": document}))
    asked = request(body=json.dumps({"root": shuffled(document)}, indent=1, ensure_ascii=True))
    assert answer(playback(recorded), asked) == "1"


def test_a_cassette_knows_what_none_of_its_replays_has_given(tmp_path: Path) -> None:
    asked = [RecordedRequest("GET", f"https://crm.example.org/{number}") for number in (1, 2, 3)]
    cassette = Cassette(tmp_path / "tape.yaml", [Interaction(one, RecordedResponse(200)) for one in asked])
    Playback(cassette, Scrubber()).answer(asked[0])
    Playback(cassette, Scrubber()).answer(asked[2])
    assert [item.request for item in cassette.unplayed] == [asked[1]]
