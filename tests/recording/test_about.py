"""A cassette says when and with what it was recorded, and can be read again by what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bartack
from bartack import registry
from bartack.errors import ConfigError, RecordingError
from bartack.reading.replayed import about_source, play, recorded_query, source_of, told_query
from bartack.recording import About, Cassette
from bartack.recording.library import entries
from bartack.transports.base import Query, Runtime
from support.http_vendor import Answer, running_vendor

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

TOML = """
[sources.helpdesk]
connector = "http"
base_url = "{url}"
record = "people.yaml"
timeout = 5.0
default_region = "DE"
auth = {{ kind = "bearer" }}
token = {{ file = "token.txt" }}
keep = {{ personal = "keep" }}
[sources.helpdesk.streams.people]
path = "/people"
rows = "items"
key = "id"
mapping = "people-rules.yaml"
"""

MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
"""


def test_what_is_not_known_is_left_out_and_read_back_as_not_known() -> None:
    assert About().to_document() == {}
    assert About.from_document({}) == About()


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(RecordingError, match="no offset"):
        About.from_document({"recorded_at": "2026-11-25T12:00:00"})


def test_a_recording_can_be_read_again_by_what_it_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "people-rules.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "token.txt").write_text("canary-4711-token", encoding="utf-8")
    with running_vendor() as vendor:
        vendor.on("/people", Answer({"items": [{"id": 1, "name": "Ada Lovelace"}, {"id": 2, "name": None}]}))
        (tmp_path / "bartack.toml").write_text(TOML.format(url=vendor.url), encoding="utf-8")
        with bartack.open(tmp_path, clock=lambda: NOON) as hub:
            live = list(hub.read("person", source="helpdesk", allow_partial=True))
    cassette = Cassette.load(tmp_path / "people.yaml")
    about = cassette.about
    assert (about.recorded_at, about.connector, about.source) == (NOON, "http", "helpdesk")
    assert about.settings["default_region"] == "DE"
    assert "canary-4711-token" not in (tmp_path / "people.yaml").read_text(encoding="utf-8")
    again = source_of(about, registry.load({"http"}), Runtime(clock=lambda: NOON, base_dir=str(tmp_path)))
    assert replace(about_source(again), personal="kept") == about
    take = play(again.feeds()[0], cassette)
    assert [str(record.ref) for record in live] == ["helpdesk/people/1"]
    assert [record.value for record in take.records] == [record.value for record in live]
    assert (take.report.rows, take.report.rejected, take.error) == (2, 1, None)


def test_a_request_that_was_not_recorded_ends_the_take_with_a_typed_error(tmp_path: Path) -> None:
    about = About(connector="hubspot")
    source = source_of(about, registry.load({"hubspot"}), Runtime())
    take = play(source.feeds(stream="contacts")[0], Cassette(tmp_path / "empty.yaml"), Query(page_size=10))
    assert isinstance(take.error, RecordingError)
    assert take.report.completeness == "failed"


def test_a_foreign_recording_needs_a_connector_by_name() -> None:
    with pytest.raises(ConfigError, match="which connector"):
        source_of(About(), registry.load(), Runtime())


def test_a_folder_of_cassettes_is_listed_by_connector_stream_and_scenario(tmp_path: Path) -> None:
    for name in ("crm/people/all.yaml", "crm/people/.draft.yaml", "erp/items/one.json", "notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [str(one) for one in entries(tmp_path)] == ["crm/people/all", "erp/items/one"]
    assert [str(one) for one in entries(tmp_path, "erp")] == ["erp/items/one"]


def test_what_was_asked_is_asked_again(tmp_path: Path) -> None:
    query = Query(since=NOON, page_size=4)
    about = About(query=told_query(query))
    cassette = Cassette(tmp_path / "part.yaml", about=about)
    cassette.save()
    assert recorded_query(Cassette.load(cassette.path).about) == query
    assert recorded_query(About()) == Query()
