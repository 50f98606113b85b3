"""Drifts put into recordings of real systems, SOAP and JSON, and what the same recordings say when nothing drifted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

import bartack
from bartack.comparing.comparison import Comparison, Side, compare
from bartack.comparing.consumers import Consumer
from bartack.comparing.documents import RawSample, endpoints, raw_sample
from bartack.comparing.findings import Finding
from bartack.comparing.running import compare_recordings
from bartack.comparing.sides import Reader, side_of
from bartack.errors import RecordingError
from bartack.reading.source import Source
from bartack.recording import Cassette, RecordedResponse
from bartack.registry import load
from bartack.transports.base import Runtime

ALARMS = ("BREAKING", "SILENT", "RISK")
Rewrite = Callable[[bytes], bytes]


def rewritten(cassette: Cassette, body: Rewrite, **response: Any) -> Cassette:
    """The recording as it would be, had the source answered so."""

    def changed(answer: RecordedResponse) -> RecordedResponse:
        return replace(answer, body=body(answer.body), **response)

    whole = [replace(one, response=changed(one.response)).unpacked() for one in cassette.interactions]
    return Cassette(cassette.path, whole)


def text(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Rewrite:
    return lambda body: re.sub(pattern, by, body.decode()).encode()


def rows(change: Callable[[dict[str, Any]], Any]) -> Rewrite:
    """Changes each party of an answer of Tryton."""

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        for row in document["result"] if isinstance(document.get("result"), list) else ():
            if "contact_mechanisms." in row:
                change(row)
        return json.dumps(document).encode()

    return rewrite


def tag(name: str, new: str) -> Rewrite:
    return text(rf"(</?ns1:){name}>", rf"\1{new}>")


def content(name: str, change: Callable[[str], str]) -> Rewrite:
    return text(rf"(<ns1:{name}>)([^<]*)", lambda found: found[1] + change(found[2]))


def drifted(source: Source, recording: str, body: Rewrite, *consumers: Consumer, **response: Any) -> Comparison:
    before = Cassette.load(Path(source.runtime.base_dir) / recording)
    reader = Reader(lambda name: load({name}), source.runtime, source=source)
    was, now = (side_of([one], reader)[0] for one in (before, rewritten(before, body, **response)))
    return compare(was, now, consumers)


@pytest.fixture(scope="module")
def estate(laid_out: Path) -> dict[str, Source]:
    """The sources of the demo: a real SOAP service written in PHP, and a real Tryton."""
    with bartack.open(laid_out) as hub:
        return {name: hub.source(name) for name in ("billing", "crm")}


def cents(amount: str) -> str:
    return str(int(float(amount) * 100)) if re.fullmatch(r"-?\d+\.\d+", amount) else amount


def an_hour_on(moment: str) -> str:
    return (datetime.fromisoformat(moment) + timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("name", "body", "kind", "severity", "about"),
    [
        ("an element is renamed", tag("email", "mail"), "renamed", "BREAKING", "email"),
        ("an element is gone", text(r"<ns1:city>[^<]*</ns1:city>", ""), "missing", "BREAKING", "city"),
        ("amounts are in cents", content("balance", cents), "scale", "SILENT", "balance"),
        ("clocks are an hour ahead", content("created", an_hour_on), "zone", "SILENT", "created"),
        ("names are cut off", content("name", lambda t: t[:6]), "length", "SILENT", "name"),
        ("UTF-8 is read as Latin-1", content("name", lambda t: t.encode().decode("latin-1")), "encoding", "SILENT", "name"),
        ("truth is told in numbers", content("active", lambda t: {"true": "9", "false": "8"}.get(t, t)), "recoded", "SILENT", "active"),
        ("the list is renamed", tag("customer", "client"), "read", "BREAKING", "customers"),
        ("another namespace, which is read", text("urn:legacy.customers", "urn:modern.customers"), "namespace", "COMPATIBLE", "namespaces"),
    ],
)  # fmt: skip
def test_a_drift_of_a_real_soap_service_is_found(
    estate: dict[str, Source], name: str, body: Rewrite, kind: str, severity: str, about: str
) -> None:
    found = drifted(estate["billing"], "billing.yaml", body).findings
    assert any(one.kind == kind and one.severity == severity and named(one, about) for one in found), name


def named(one: Finding, about: str) -> bool:
    return about in (one.path or "") or about in one.stream or about in one.message


def moved(row: dict[str, Any]) -> None:
    row["partner_name"] = row.pop("name")


@pytest.mark.parametrize(
    ("name", "body", "kind", "severities", "path"),
    [
        ("a field is renamed", rows(moved), "renamed", ("BREAKING",), "name"),
        ("a list is gone", rows(lambda row: row.pop("contact_mechanisms.")), "missing", ("BREAKING",), "'contact_mechanisms.'"),
        ("moments are texts", rows(lambda row: row.update(write_date="2026-11-23 10:38")), "type", ("BREAKING", "SILENT"), "write_date"),
        ("one code for everybody", rows(lambda row: row.update(code="X")), "constant", ALARMS, "code"),
    ],
)  # fmt: skip
def test_a_drift_of_a_real_tryton_is_found(
    estate: dict[str, Source], name: str, body: Rewrite, kind: str, severities: Sequence[str], path: str
) -> None:
    found = drifted(estate["crm"], "crm.yaml", body).findings
    assert any(one.kind == kind and one.severity in severities and one.path == path for one in found), name


def test_a_lost_element_hits_just_the_consumer_of_its_field(estate: dict[str, Source]) -> None:
    consumers = (
        Consumer("dunning", ("person.emails.address",)),
        Consumer("letters", ("person.addresses",)),
        Consumer("totals", ("invoice.total",)),
    )
    found = drifted(estate["billing"], "billing.yaml", text(r"<ns1:email>[^<]*</ns1:email>", ""), *consumers)
    hit = [one for one in found.findings if one.consumers]
    assert [(one.path, one.consumers) for one in hit] == [("email", ("dunning",))]


def test_a_fault_in_the_place_of_every_answer_breaks_the_stream(estate: dict[str, Source]) -> None:
    fault = b"<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body><Fault><faultcode>Server</faultcode>"
    fault += b"<faultstring>the service has moved</faultstring></Fault></Body></Envelope>"
    found = drifted(estate["billing"], "billing.yaml", lambda _: fault, status=500)
    broken = {one.kind for one in found.at_least(("BREAKING",))}
    assert broken == {"read", "status"}


def test_a_recording_beside_itself_gives_no_finding(estate: dict[str, Source]) -> None:
    for name in ("billing", "crm"):
        assert drifted(estate[name], f"{name}.yaml", lambda body: body).findings == ()


def test_every_recording_of_the_corpus_beside_itself_gives_no_finding(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = Reader(lambda name: load({name}), Runtime())
    compared = 0
    for path in sorted(corpus.rglob("*.yaml")):
        for found in compare_recordings(path, path, reader):
            compared += 1
            assert found.findings == (), path
    with capsys.disabled():
        print(f"\n{compared} recordings of real systems beside themselves: no finding")
    assert compared > 100


def test_two_halves_of_real_rows_raise_no_alarm(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, alarms = 0, []
    for path in sorted(corpus.rglob("*.yaml")):
        for name, whole in halves(path):
            rng = Random(str(path))
            rng.shuffle(whole)
            middle = len(whole) // 2
            found = compare(raw("before", name, whole[:middle]), raw("after", name, whole[middle:]))
            pairs += 1
            alarms += [f"{path.name} {name}: {one.message}" for one in found.at_least(ALARMS)]
    with capsys.disabled():
        print(f"\n{pairs} lists of real rows, half against half: {len(alarms)} alarms")
    assert pairs >= 40
    assert alarms == []


def halves(path: Path) -> list[tuple[str, list[Any]]]:
    """The lists of at least twenty objects in a recording; those of XML-RPC are no rows."""
    try:
        found = [(name, raw_sample(one).rows) for name, one in endpoints(Cassette.load(path)).items()]
    except RecordingError:
        return []
    return [(name, list(some)) for name, some in found if len(some) >= 20 and "xmlrpc" not in name]


def raw(label: str, name: str, some: list[Any]) -> Side:
    return Side(label, [RawSample(name, "", (), (), raw=some)])
