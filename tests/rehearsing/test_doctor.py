"""A doctor finds what is wrong with recordings, and nothing where nothing is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack import registry
from bartack.errors import ConfigError
from bartack.reading.replayed import about_source, source_of
from bartack.recording import About, Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.fuse import network_fuse
from bartack.recording.messages import NO_ANSWER, Failure
from bartack.rehearsing.doctor import Doctor
from bartack.rehearsing.doctor_coverage import failures
from bartack.rehearsing.doctor_findings import CODES, SEVERITIES, Finding
from bartack.transports.base import Runtime

ROOT = Path(__file__).parents[2]
ESTATE = ROOT / "connectors/bartack_connectors/demo/estate"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
PLACE = "http/deals/all"
MAPPING = """
contract: deal/1
fields:
  title: {path: name, required: true}
  status: {path: state, values: {o: open, w: won, l: lost}}
  lost_reason: {path: reason}
"""
DEAL_STREAM = {"path": "/deals", "rows": "items", "key": "id", "mapping": "deals.yaml"}
SETTINGS = {"base_url": "https://crm.example.org", "streams": {"deals": DEAL_STREAM}}


def answered(target: str, document: object, status: int = 200) -> Interaction:
    headers = (("Content-Type", "application/json"),)
    request = RecordedRequest("GET", f"https://crm.example.org{target}")
    return Interaction(request, RecordedResponse(status, "", headers, json.dumps(document).encode()))


DEALS = answered("/deals", {"items": [{"id": 1, "name": "Sails", "state": "o", "reason": None}]})


class Folder:
    """Cassettes of one stream, and what they are read with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cassettes = path / "cassettes"
        (path / "deals.yaml").write_text(MAPPING, encoding="utf-8")

    def about(self, **settings: Any) -> About:
        """Return what a recording of now says of itself."""
        about = About(connector="http", source="crm", settings={**SETTINGS, **settings})
        runtime = Runtime(base_dir=str(self.path), clock=lambda: NOW)
        return about_source(source_of(about, registry.load(), runtime), stream="deals")

    def add(
        self, *items: Interaction, about: About | None = None, connector: str = "http", scenario: str = "all"
    ) -> Path:
        path = self.cassettes / connector / "deals" / f"{scenario}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        Cassette(path, items or (DEALS,), about=about if about is not None else self.about()).save()
        return path

    def findings(self, **how: Any) -> list[Finding]:
        runtime = Runtime(base_dir=str(self.path), clock=lambda: NOW)
        with network_fuse():
            return Doctor(lambda name: registry.load({name}), runtime, **how).examine(self.cassettes)

    def found(self, **how: Any) -> dict[str, Finding]:
        """Return what is wrong, without what is never shown."""
        return {one.code: one for one in self.findings(**how) if not one.code.startswith("uncovered.")}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_nothing_is_wrong_with_a_recording_of_now(folder: Folder) -> None:
    folder.add()
    assert folder.found() == {}


def test_nothing_is_wrong_with_our_own_recordings_but_what_they_never_show() -> None:
    recorded = max(
        about.recorded_at or NOW
        for about in (Cassette.load(path).about for path in (ROOT / "cassettes").glob("*/*/*.yaml"))
    )
    runtime = Runtime(base_dir=str(ESTATE), clock=lambda: recorded)
    doctor = Doctor(lambda name: registry.load({name}), runtime, tests=ROOT / "tests")
    found = doctor.examine(ROOT / "cassettes")
    assert {one.code for one in found if one.severity != "note" or not one.code.startswith("uncovered.")} <= {
        "stale.connector"
    }
    assert found == sorted(found)


def test_what_is_older_than_it_may_be_is_stale(folder: Folder) -> None:
    folder.add(about=replace(folder.about(), recorded_at=NOW - timedelta(days=91)))
    found = folder.found()
    assert list(found) == ["stale.age"]
    assert found["stale.age"].message == "it is 91 days old, more than 90"
    assert found["stale.age"].next_step.startswith("bartack cassette record crm --stream deals --out ")
    assert found["stale.age"].next_step.endswith("all.yaml --again")
    assert folder.found(most_age=timedelta(days=92)) == {}


def test_a_recording_without_a_date_is_stale(folder: Folder) -> None:
    folder.add(about=replace(folder.about(), recorded_at=None))
    assert list(folder.found()) == ["stale.age"]


def test_a_contract_that_changed_since_is_named(folder: Folder) -> None:
    folder.add(about=replace(folder.about(), contracts={"deal/1": "0.9 sha256:00"}))
    found = folder.found()
    assert list(found) == ["stale.contract"]
    assert "deal/1 has changed since (version 0.9, now 1." in found["stale.contract"].message


def test_a_mapping_that_changed_since_is_named(folder: Folder) -> None:
    folder.add()
    (folder.path / "deals.yaml").write_text(MAPPING + "  stage.id: {path: state}\n", encoding="utf-8")
    found = folder.found()
    assert list(found) == ["stale.mapping"]
    assert found["stale.mapping"].message == "the mapping deals has changed since"


def test_a_document_that_changed_since_is_named(folder: Folder) -> None:
    path = folder.cassettes / "soap/customers/all.yaml"
    path.parent.mkdir(parents=True)
    for one in ESTATE.glob("billing*"):
        shutil.copy(one, folder.path)
    recorded = Cassette.load(ROOT / "cassettes/soap/customers/all.yaml")
    runtime = Runtime(base_dir=str(folder.path), clock=lambda: NOW)
    about = about_source(source_of(recorded.about, registry.load(), runtime), stream="customers")
    assert set(about.documents) == {"wsdl"}
    Cassette(path, recorded.interactions, about=about).save()
    assert folder.found() == {}
    with (folder.path / "billing.wsdl").open("a", encoding="utf-8") as wsdl:
        wsdl.write("<!-- another -->")
    found = folder.found()
    assert list(found) == ["stale.document"]
    assert found["stale.document"].message == "the document wsdl has changed since"


def test_another_version_of_the_connector_is_a_note(folder: Folder) -> None:
    folder.add(about=replace(folder.about(), connector_version="0.0.1"))
    found = folder.found()
    assert list(found) == ["stale.connector"]
    assert found["stale.connector"].severity == "note"


def test_a_file_that_is_no_cassette_is_unreadable(folder: Folder) -> None:
    folder.add().write_text("no cassette", encoding="utf-8")
    assert list(folder.found()) == ["unreadable"]


def test_a_recording_that_lacks_an_answer_does_not_replay(folder: Folder) -> None:
    folder.add(answered("/people", {"items": []}))
    found = folder.found()
    assert set(found) == {"replay.error", "replay.unplayed"}
    assert "there is no recording of GET https://crm.example.org/deals" in found["replay.error"].message
    assert "1 of 1 recorded answers are not asked for" in found["replay.unplayed"].message


def test_settings_that_the_connector_does_not_accept_any_more_are_told(folder: Folder) -> None:
    about = folder.about()
    folder.add(about=replace(about, settings={**about.settings, "base_uri": "x"}))
    assert "base_uri" in folder.found()["replay.error"].message


def test_a_mapping_that_does_not_compile_any_more_is_told(folder: Folder) -> None:
    folder.add()
    (folder.path / "deals.yaml").write_text("contract: nothing/1\nfields: {}\n", encoding="utf-8")
    assert list(folder.found()) == ["replay.error"]


def test_a_recorded_failure_is_a_scenario_and_not_a_fault(folder: Folder) -> None:
    folder.add()
    folder.add(answered("/deals", {"error": "no"}, 403), scenario="forbidden")
    assert folder.found() == {}


def test_how_a_read_goes_on_is_no_read_of_its_own(folder: Folder) -> None:
    folder.add()
    folder.add(answered("/deals?page=2", {"items": []}), scenario="resumed")
    assert folder.found() == {}


def test_a_connector_that_is_not_there_makes_an_orphan(folder: Folder) -> None:
    folder.add(connector="nobodys")
    found = folder.found()
    assert list(found) == ["orphan.connector"]
    assert "nobodys" in found["orphan.connector"].message


def test_a_stream_that_is_not_there_makes_an_orphan(folder: Folder) -> None:
    path = folder.add()
    about = folder.about()
    streams = {"people": DEAL_STREAM}
    Cassette(path, [DEALS], about=replace(about, settings={**about.settings, "streams": streams})).save()
    assert folder.found()["orphan.stream"].message.endswith("its streams: people")


@pytest.mark.parametrize(
    ("test", "is_orphan"),
    [
        ('@pytest.mark.cassette("http/deals/all.yaml")', False),
        ('class TestCrm(ConformanceSuite):\n    connector = "http"', False),
        ('@pytest.mark.cassette("http/people/all.yaml")', True),
    ],
)
def test_what_no_test_refers_to_is_an_orphan(folder: Folder, test: str, is_orphan: bool) -> None:
    folder.add()
    (folder.path / "test_crm.py").write_text(test, encoding="utf-8")
    assert ("orphan.test" in folder.found(tests=folder.path)) is is_orphan


def test_doubled_recordings_and_interactions_are_told(folder: Folder) -> None:
    path = folder.add()
    shutil.copy(path, path.with_name("copy.yaml"))
    folder.add(DEALS, DEALS, scenario="twice")
    found = folder.findings()
    assert [one.place for one in found if one.code == "duplicate.cassette"] == ["http/deals/copy"]
    assert [one.place for one in found if one.code == "duplicate.interaction"] == ["http/deals/twice"]


def gaps(folder: Folder, rows: Iterable[object]) -> dict[str, str]:
    folder.add(answered("/deals", {"items": list(rows)}))
    return {one.code: one.message for one in folder.findings() if one.code.startswith("uncovered.")}


def test_fields_that_were_never_seen_so_are_told(folder: Folder) -> None:
    told = gaps(folder, [{"id": 1, "name": "Sails", "state": "o", "reason": None}, {"id": 2, "name": "", "state": "w"}])
    assert told == {
        "uncovered.value": "deal/1: never with a value: lost_reason",
        "uncovered.null": "deal/1: never null: title, status",
        "uncovered.absent": "deal/1: never left out or blank: status",
        "uncovered.word": "deal/1: status is never won, lost",
        "uncovered.failure": "never seen: 4xx, 429, 5xx, timeout",
    }


def test_fields_that_were_seen_in_every_way_are_not_told(folder: Folder) -> None:
    whole = [{"id": n, "name": "Sails", "state": state, "reason": "price"} for n, state in enumerate("owl")]
    gone = [{"id": 4}, {"id": 5, "name": None, "state": None, "reason": None}]
    assert set(gaps(folder, whole + gone)) == {"uncovered.failure"}


def test_the_kinds_of_failure_are_told_apart() -> None:
    fault = RecordedResponse(500, "", (), b"<s:Envelope><s:Body><s:Fault/></s:Body></s:Envelope>")
    late = Interaction(DEALS.request, NO_ANSWER, failure=Failure("timeout"))
    reset = Interaction(DEALS.request, NO_ANSWER, failure=Failure("reset"))
    assert failures([DEALS, reset]) == set()
    assert failures([answered("/a", {}, 404)]) == {"4xx"}
    assert failures([answered("/a", {}, 429)]) == {"429"}
    assert failures([Interaction(DEALS.request, fault), late]) == {"5xx", "fault", "timeout"}


def test_a_folder_without_recordings_is_refused(folder: Folder) -> None:
    with pytest.raises(ConfigError, match="there is no cassette"):
        folder.findings()


def test_every_code_has_a_severity_and_they_are_ordered() -> None:
    assert set(CODES.values()) == set(SEVERITIES)
    finding = Finding("a/b", "stale.age", "", "")
    assert [finding.at_least(one) for one in SEVERITIES] == [True, True, False]


def test_a_recording_of_a_database_is_read_like_any_other(tmp_path: Path) -> None:
    import sqlite3

    import bartack
    from bartack.frontends.cli import main
    from bartack.recording.sql import SqlCassette

    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        database.execute("INSERT INTO people VALUES (1, 'Ada Lovelace')")
    database.close()
    (tmp_path / "people.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\n",
        encoding="utf-8",
    )
    (tmp_path / "bartack.toml").write_text(
        '[sources.crm]\nconnector = "sql"\nurl = "sqlite:///crm.db"\nrecord = "cassettes/sql/people/all.yaml"\n'
        '[sources.crm.streams.people]\ntable = "people"\nkey = "id"\nmapping = "people.yaml"\n',
        encoding="utf-8",
    )
    with bartack.open(tmp_path) as hub:
        assert len(list(hub.read("person"))) == 1
    cassettes = tmp_path / "cassettes"
    doctor = ["cassette", "doctor", str(cassettes), "--config", str(tmp_path), "--fail-on", "warning"]
    assert main(doctor) == 0
    cassette = SqlCassette.load(cassettes / "sql/people/all.yaml")
    for statement in cassette.statements[:1]:
        cassette.append(statement)
    cassette.save()
    assert main(doctor) == 1
