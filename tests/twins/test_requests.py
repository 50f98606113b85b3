"""The matcher's score: what of a request can change without a replay noticing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.canonical import canonical
from bartack.recording.library import entries
from bartack.twins.requests import score_requests

ROOT = Path(__file__).parents[2]
SOAP = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">
<s:Header><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">
<w:UsernameToken><w:Username>u</w:Username><w:Nonce>abc</w:Nonce></w:UsernameToken></w:Security></s:Header>
<s:Body><Get xmlns="urn:x" kind="full"><Id>1</Id><Page>2</Page></Get></s:Body></s:Envelope>"""
GRAPHQL = json.dumps({"query": "query P($n: Int) { people(first: $n) { id name } }", "variables": {"n": 5}})


def cassette(*requests: tuple[str, str, str]) -> Cassette:
    answer = RecordedResponse(200, "OK", (), b"{}")
    made = [
        Interaction(RecordedRequest(method, uri, body=body.encode() or None), answer) for method, uri, body in requests
    ]
    return Cassette(Path("c.yaml"), made)


@pytest.mark.parametrize("entry", list(entries(ROOT / "cassettes", "tryton")), ids=str)
def test_no_request_of_a_project_cassette_can_change_unseen(entry: object) -> None:
    score = score_requests(Cassette.load(entry.path))  # type: ignore[attr-defined]
    assert score.of("unseen") == ()
    assert len(score.of("seen")) > 50


@pytest.mark.parametrize("entry", list(entries(ROOT / "cassettes", "soap")), ids=str)
def test_of_a_soap_call_nothing_can_change_unseen(entry: object) -> None:
    score = score_requests(Cassette.load(entry.path))  # type: ignore[attr-defined]
    assert score.of("unseen") == ()
    assert any("Envelope.Body" in spot.place for spot in score.of("seen"))


def test_no_request_that_real_clients_recorded_can_change_unseen(corpus: Path) -> None:
    seen = 0
    for path in sorted((corpus / "crm").rglob("*.yaml")):
        score = score_requests(Cassette.load(path))
        assert score.of("unseen") == (), path.name
        seen += len(score.of("seen"))
    assert seen > 5_000


@pytest.mark.parametrize(
    ("method", "uri", "body", "places"),
    [
        ("GET", "https://a.test/v1/people?limit=2&after=x", "", {"method", "host", "path step 2", "query after"}),
        ("POST", "https://a.test/q", '{"a": {"b": [1, true, null]}}', {"a.b.0", "a.b.1", "a.b.2", "a.b, emptied"}),
        ("POST", "https://a.test/q", "grant=x&page=2", {"form grant", "form page", "form page, left out"}),
        ("POST", "https://a.test/graphql", GRAPHQL, {"query", "variables.n", "query, name"}),
        ("POST", "https://a.test/soap", SOAP, {"Envelope.Body.Get.Id", "Envelope.Body.Get.Page"}),
        ("POST", "https://a.test/raw", "%PDF-1.7 and so on", {"body"}),
    ],
)
def test_a_request_is_changed_in_each_of_its_places_and_every_change_is_seen(
    method: str, uri: str, body: str, places: set[str]
) -> None:
    score = score_requests(cassette((method, uri, body)))
    assert score.of("unseen") == ()
    assert score.share == 1
    assert places <= {spot.place for spot in score.of("seen")}


def test_secrets_and_what_is_new_in_every_call_are_noise() -> None:
    score = score_requests(
        cassette(("POST", "https://a.test/soap", SOAP), ("GET", "https://a.test/x?api_key=scrubbed", ""))
    )
    noise = {spot.place for spot in score.of("noise")}
    assert "Envelope.Header.Security.UsernameToken.Nonce" in noise
    assert "query api_key" in noise
    assert not any("Body" in place for place in noise)


def test_a_matcher_that_passes_over_a_parameter_is_told_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bartack.recording.playback.canonical", lambda request: replace(canonical(request), query=()))
    score = score_requests(cassette(("GET", "https://a.test/people?page=2", "")))
    assert [spot.place for spot in score.of("unseen")] == ["query page", "query page, left out"]
    assert 0 < score.share < 1
