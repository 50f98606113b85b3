"""Bodies mean the same or not: GraphQL, forms with files, MTOM, types and actions of SOAP; and a miss says where they part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import RecordingError
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, Scrubber
from bartack.recording.canonical import Canonical
from bartack.recording.differences import distance
from bartack.recording.playback import Playback

XSI = "http://www.w3.org/2001/XMLSchema-instance"
QUERY = (
    "query People($first: Int = 10, $name: String) { people(first: $first, filter: {name: $name, age: 3}) { id name } }"
)


def asking(body: str | bytes, **headers: str) -> RecordedRequest:
    content = body.encode() if isinstance(body, str) else body
    return RecordedRequest("POST", "https://crm.example/api", tuple(headers.items()), content)


def graphql(query: str, **more: Any) -> RecordedRequest:
    return asking(json.dumps({"query": query, **more}))


def form(boundary: str, *parts: tuple[str, str]) -> RecordedRequest:
    lines = [f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in parts]
    return asking("".join(lines) + f"--{boundary}--\r\n")


def mtom(boundary: str, cid: str, content: bytes, prefix: str = "s") -> RecordedRequest:
    envelope = (
        f'<{prefix}:Envelope xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/"><{prefix}:Body><Put xmlns="urn:m"><File>'
        f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{cid}"/></File></Put></{prefix}:Body></{prefix}:Envelope>'
    )
    head = f'--{boundary}\r\nContent-Type: application/xop+xml; type="text/xml"\r\nContent-ID: <root{cid}>\r\n\r\n{envelope}\r\n'
    attached = f"--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-ID: <{cid}>\r\n\r\n"
    return asking(head.encode() + attached.encode() + content + f"\r\n--{boundary}--".encode())


def typed(declared: str, value: str) -> RecordedRequest:
    return asking(f'<a xmlns:i="{XSI}" {declared} i:type="{value}"/>')


EQUAL: Mapping[str, tuple[RecordedRequest, RecordedRequest]] = {
    "GraphQL: white space, commas, comments": (
        graphql(QUERY),
        graphql(QUERY.replace(" ", "\n  ,").replace("{", "{ # a\n")),
    ),
    "GraphQL: order of arguments and variables": (
        graphql(QUERY),
        graphql(
            "query People($name: String, $first: Int = 10) { people(filter: {age: 3, name: $name}, first: $first) { id name } }"
        ),
    ),
    "GraphQL: order of definitions": (
        graphql("query Q { a { ...F } } fragment F on A { b }"),
        graphql("fragment F on A { b } query Q { a { ...F } }"),
    ),
    "GraphQL: the short form": (graphql("{ a }"), graphql("query { a }")),
    "GraphQL: no variables, none, null": (graphql("{ a }"), graphql("{ a }", variables=None, operationName=None)),
    "GraphQL: order of the values of variables": (
        graphql(QUERY, variables={"name": "Zoe", "first": 1}),
        graphql(QUERY, variables={"first": 1, "name": "Zoe"}),
    ),
    "GraphQL: a block string and a plain one": (
        graphql('{ a(b: "x\\ny") }'),
        graphql('{ a(b: """\n    x\n    y\n  """) }'),
    ),
    "parts: boundary and order": (
        form("one", ('name="a"', "1"), ('name="b"; filename="b.json"', '{"x": 1, "y": 2}')),
        form("two", ('name="b"; filename="b.json"', '{"y":2,"x":1}'), ('name="a"', "1")),
    ),
    "MTOM: boundary, ids, prefix": (mtom("b1", "one@x", b"\xff\x00file"), mtom("b2", "two@y", b"\xff\x00file", "soap")),
    "xsi:type by another prefix": (typed('xmlns:t="urn:t"', "t:T"), typed('xmlns:u="urn:t"', "u:T")),
    "JSON: 1.0 is 1": (asking('{"a": 1.0}'), asking('{"a": 1}')),
    "SOAPAction in quotes": (
        asking(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><A/></s:Body></s:Envelope>",
            SOAPAction='"a"',
        ),
        asking(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><A/></s:Body></s:Envelope>",
            SOAPAction="a",
        ),
    ),
}

DIFFERENT: Mapping[str, tuple[RecordedRequest, RecordedRequest, str]] = {
    "GraphQL: a field more": (graphql("{ a { b } }"), graphql("{ a { b c } }"), "the body's $.query is"),
    "GraphQL: order of fields, which the answer has too": (graphql("{ a b }"), graphql("{ b a }"), "$.query"),
    "GraphQL: an alias": (graphql("{ a }"), graphql("{ b: a }"), "$.query"),
    "GraphQL: another argument": (graphql("{ a(b: 1) }"), graphql("{ a(b: 2) }"), "$.query"),
    "GraphQL: order of a list": (graphql("{ a(b: [1, 2]) }"), graphql("{ a(b: [2, 1]) }"), "$.query"),
    "GraphQL: white space in a string": (graphql('{ a(b: "x y") }'), graphql('{ a(b: "x  y") }'), "$.query"),
    "GraphQL: a variable": (
        graphql(QUERY, variables={"first": 1}),
        graphql(QUERY, variables={"first": 2}),
        "the body's $.variables.first is 1, not 2",
    ),
    "GraphQL: another operation": (
        graphql("query A { a } query B { b }", operationName="A"),
        graphql("query A { a } query B { b }", operationName="B"),
        "the operation is A, not B",
    ),
    "parts: a value": (form("a", ('name="a"', "1")), form("a", ('name="a"', "2")), '$[0].body is "1", not "2"'),
    "parts: a file's name": (
        form("a", ('name="a"; filename="x"', "1")),
        form("a", ('name="a"; filename="y"', "1")),
        '$[0].file is "x", not "y"',
    ),
    "parts: order of one name": (
        form("a", ('name="a"', "1"), ('name="a"', "2")),
        form("a", ('name="a"', "2"), ('name="a"', "1")),
        "$[0].body",
    ),
    "MTOM: another file": (mtom("b", "c", b"\xff1"), mtom("b", "c", b"\xff2"), "Envelope/Body/Put/File/Include is"),
    "xsi:type of another namespace": (
        typed('xmlns:t="urn:t"', "t:T"),
        typed('xmlns:t="urn:u"', "t:T"),
        'the body\'s a/@type is "{urn:t}T", not "{urn:u}T"',
    ),
    "a default namespace and none, in a type": (
        asking(f'<a xmlns:i="{XSI}"><b xmlns="urn:t" i:type="T"/></a>'),
        asking(f'<a xmlns:i="{XSI}"><b xmlns="urn:t" i:type="U"/></a>'),
        "a/b/@type",
    ),
    "XML: white space within a value": (
        asking("<a><b>x y</b></a>"),
        asking("<a><b>x  y</b></a>"),
        'a/b is "x y", not "x  y"',
    ),
    "XML: an element more": (asking("<a><b/></a>"), asking("<a><b/><c/></a>"), "the body's a has no c"),
    "XML: an attribute": (asking("<a b='1'/>"), asking("<a b='2'/>"), 'the body\'s a/@b is "1", not "2"'),
    "SOAPAction": (
        asking(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><A/></s:Body></s:Envelope>",
            SOAPAction="a",
        ),
        asking(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><A/></s:Body></s:Envelope>",
            SOAPAction="b",
        ),
        "the operation is a, not b",
    ),
    "a document type": (asking("<!DOCTYPE a><a/>"), asking("<!DOCTYPE a> <a/>"), "at position"),
}


def playback(*requests: RecordedRequest) -> Playback:
    recorded = [Interaction(one, RecordedResponse(200)) for one in requests]
    return Playback(Cassette("crm.yaml", recorded), Scrubber())


@pytest.mark.parametrize("difference", EQUAL)
def test_what_means_the_same_matches(difference: str) -> None:
    recorded, asked = EQUAL[difference]
    assert playback(recorded).answer(asked).request == recorded


@pytest.mark.parametrize("difference", DIFFERENT)
def test_what_means_something_else_does_not_and_it_is_said_where(difference: str) -> None:
    recorded, asked, said = DIFFERENT[difference]
    with pytest.raises(RecordingError) as caught:
        playback(recorded).answer(asked)
    assert said in str(caught.value)


def test_a_soap_call_is_held_against_the_recordings_of_its_own_operation() -> None:
    body = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><{0} xmlns='urn:m'><Id>{1}</Id></{0}></s:Body></s:Envelope>"
    recorded = [asking(body.format(name, number)) for name, number in (("Delete", 7), ("Get", 1))]
    with pytest.raises(RecordingError, match=r'Envelope/Body/Get/Id is "1", not "7"'):
        playback(*recorded).answer(asking(body.format("Get", 7)))


@given(st.text(max_size=200))
def test_no_document_of_graphql_is_too_strange(query: str) -> None:
    recorded = graphql("{" + query)
    assert playback(recorded).answer(recorded).request == recorded


@given(st.binary(max_size=200))
def test_no_body_in_parts_is_too_strange(body: bytes) -> None:
    recorded = asking(b"--b\r\n" + body + b"\r\n--b--")
    assert playback(recorded).answer(recorded).request == recorded


@pytest.mark.parametrize("body", ["[" * 100_000, "<a>" * 50_000, '{"query": "' + "{" * 50_000 + '"}', "--a\n" * 20_000])
def test_a_body_that_is_nested_without_end_is_compared_as_it_is(body: str) -> None:
    recorded = asking(body)
    assert playback(recorded).answer(recorded).request == recorded


def test_a_miss_among_ten_thousand_does_not_look_at_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [RecordedRequest("GET", f"https://crm.example/contacts?page={number}") for number in range(10_000)]
    tape = playback(*pages)
    looked: list[object] = []

    def counted(asked: Canonical, recorded: Canonical) -> tuple[int, ...]:
        looked.append(recorded)
        return distance(asked, recorded)

    monkeypatch.setattr("bartack.recording.playback.distance", counted)
    with pytest.raises(RecordingError, match=r"where the parameter page is \d+, not -1"):
        tape.answer(RecordedRequest("GET", "https://crm.example/contacts?page=-1"))
    assert 0 < len(looked) <= 200
