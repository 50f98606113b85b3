"""The built-in connectors are held to the suite that everybody else is held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartack import registry
from bartack.config import SourceConfig
from bartack.reading.recorded import record, record_resumptions
from bartack.reading.source import prepare
from bartack.recording.library import RESUMED
from bartack.testing import ConformanceSuite, FaultServer
from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.catalogue import CHECKS
from bartack.testing.conformance.requirements import missing
from bartack.transports.base import Runtime
from support.fault_driving import ENVIRON
from support.fault_subjects import SUBJECTS, Subject

ROOT = Path(__file__).parents[2]


class TestTryton(ConformanceSuite):
    connector = "tryton"
    cassettes = ROOT / "cassettes"
    level = "dependable"


class TestSoap(ConformanceSuite):
    connector = "soap"
    cassettes = ROOT / "cassettes"
    base_dir = ROOT / "connectors/bartack_connectors/demo/estate"
    level = "dependable"


OF_ONE_STREAM: frozenset[str] = frozenset({"streams_are_recorded"})
"""A stand-in serves one stream of a system."""


@pytest.mark.parametrize(
    "subject",
    [one for one in SUBJECTS if one.name in ("http", "http-links", "hubspot", "salesforce")],
    ids=lambda one: one.name,
)
def test_a_connector_conforms_over_a_recording_of_its_stand_in(subject: Subject, tmp_path: Path) -> None:
    with FaultServer(subject.answer, shape=subject.shape) as server:
        table = dict(subject.settings(server.url, tmp_path))
        name = table.pop("connector")
        config = SourceConfig("crm", name, {key: value for key, value in table.items() if key != "limits"})
        runtime = Runtime(base_dir=str(tmp_path), environ=ENVIRON)
        source = prepare(config, registry.load({name}), runtime, "the test")
        place = tmp_path / "cassettes" / name / subject.stream
        take, cassette = record(source, subject.stream, place / "all.yaml")
        assert take.error is None
        cassette.save()
        resumed = record_resumptions(source, subject.stream, place / f"{RESUMED}.yaml")
        resumed.save()
    bench = Bench(name, tmp_path / "cassettes", base_dir=tmp_path)
    held = [one for one in CHECKS if one.level != "complete" and one.name not in OF_ONE_STREAM]
    assert [one for check in held if not missing(check.needs, bench) and (one := check.failure(bench))] == []
