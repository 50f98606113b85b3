"""Every step of a read is told to whoever listens, in names and numbers only; a listener can break nothing."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bartack
from bartack import SourceUnavailableError, registry
from bartack.events import Event, Listeners
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import Answer, Vendor, running_vendor


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    monkeypatch.setenv("CRM_TOKEN", "s3cr3t-t0ken")
    (tmp_path / "people.yaml").write_text(PEOPLE)
    with running_vendor() as vendor:
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url))
        yield vendor


def steps(events: list[Event], *names: str) -> list[Event]:
    return [event for event in events if event.step in names]


def test_a_read_tells_its_pages_and_how_it_ended(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, LAST)
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        list(hub.read("person"))
    first, last, read = steps(events, "page", "read")
    assert [(one.step, one.source, one.stream, one.outcome) for one in (first, last, read)] == [
        ("page", "crm", "people", "ok"),
        ("page", "crm", "people", "ok"),
        ("read", "crm", "people", "ok"),
    ]
    columns = ("rows", "delivered", "rejected", "duplicates", "tombstones", "skipped")
    assert [first.attributes[name] for name in columns] == [3, 1, 1, 1, 0, 0]
    assert [last.attributes[name] for name in columns] == [2, 1, 0, 0, 1, 0]
    assert [read.attributes[name] for name in columns] == [5, 2, 1, 1, 1, 0]
    assert (read.attributes["completeness"], read.attributes["freshness"]) == ("complete", "live")
    assert len({one.attributes["trace"] for one in (first, last, read)}) == 1
    assert all(one.seconds is not None and one.seconds >= 0 for one in (first, last, read))
    with pytest.raises(AttributeError):
        read.outcome = "other"  # type: ignore[misc]


def test_events_hold_no_id_value_address_or_secret(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, LAST)
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        list(hub.read("person"))
    told = repr(events)
    for word in ("id-1", "id-3", "Zoë", "Müller", "Ann", "page-two", "cursor", "http://", "s3cr3t"):
        assert word not in told


def test_a_read_that_fails_tells_the_type_of_the_error(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", Answer({"message": "down for Zoë"}, 503))
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub, pytest.raises(SourceUnavailableError):
        list(hub.read("person"))
    (read,) = steps(events, "read")
    assert (read.outcome, read.attributes["completeness"]) == ("SourceUnavailableError", "failed")
    assert "Zoë" not in repr(events)


def test_a_read_that_cannot_log_in_is_told_too(tmp_path: Path, crm: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN")
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub, pytest.raises(bartack.ConfigError):
        list(hub.read("person"))
    assert [event.outcome for event in steps(events, "read")] == ["ConfigError"]


def test_a_read_that_is_left_early_tells_what_was_handed_on(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, LAST)
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        read = hub.read("person")
        next(iter(read))
        read.close()
    page, ended = steps(events, "page", "read")
    assert (page.attributes["rows"], page.attributes["delivered"]) == (3, 1)
    assert ended.attributes["completeness"] == "limited"


def test_a_sync_tells_its_pages_what_is_kept_and_how_it_ended(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, LAST)
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        list(hub.sync("crm"))
    told = steps(events, "page", "commit", "sync", "read")
    assert [(one.step, one.attributes["rows"]) for one in told[:4]] == [
        ("page", 3),
        ("commit", 3),
        ("page", 2),
        ("commit", 2),
    ]
    (sync,) = told[4:]
    assert (sync.step, sync.outcome, sync.attributes["published"], sync.attributes["waiting"]) == (
        "sync",
        "ok",
        True,
        1,
    )
    assert {one.attributes["trace"] for one in steps(events, "page", "sync")} == {sync.attributes["trace"]}


def test_a_sync_that_fails_tells_the_type_of_the_error(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, Answer({"message": "down"}, 503))
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        list(hub.sync("crm"))
    (sync,) = steps(events, "sync")
    assert (sync.outcome, sync.attributes["published"]) == ("SourceUnavailableError", False)


def test_mapping_a_saved_answer_is_no_read(tmp_path: Path, crm: Vendor) -> None:
    events: list[Event] = []
    with bartack.open(tmp_path, listener=events.append) as hub:
        assert len(hub.normalize("crm", "people", json.dumps(LAST)).records) == 1
    assert events == []


def test_a_listener_that_raises_is_named_once_and_stops_nothing(
    tmp_path: Path, crm: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    crm.on("/people", FIRST, LAST)

    def broken(event: Event) -> None:
        raise RuntimeError(f"cannot take {event}")

    with caplog.at_level(logging.DEBUG, "bartack"), bartack.open(tmp_path, listener=broken) as hub:
        assert len(list(hub.read("person"))) == 2
    (entry,) = caplog.records
    assert entry.getMessage() == "the listener Hub(listener=…) raises RuntimeError; this is said once, the read goes on"
    assert entry.exc_info is None


def test_the_others_hear_what_a_broken_listener_does_not() -> None:
    heard: list[Event] = []
    event = Event("login", datetime(2026, 1, 1, tzinfo=UTC), "crm")

    def broken(_event: Event) -> None:
        raise KeyError("x")

    Listeners([("broken", broken), ("good", heard.append)])(event)
    assert heard == [event]


def test_a_plugin_hears_every_step(tmp_path: Path, crm: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = (
        "from bartack import hookimpl\nheard = []\n\n@hookimpl\ndef bartack_event(event):\n    heard.append(event)\n"
    )
    site = tmp_path / "site"
    (site / "watcher-1.0.dist-info").mkdir(parents=True)
    (site / "watcher.py").write_text(plugin)
    (site / "watcher-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1.0\n")
    (site / "watcher-1.0.dist-info/entry_points.txt").write_text("[bartack]\nwatcher = watcher\n")
    monkeypatch.syspath_prepend(str(site))
    assert registry.load().listeners == ()
    crm.on("/people", FIRST, LAST)
    with (tmp_path / "bartack.toml").open("a") as file:
        file.write('[plugins]\nallow = ["watcher"]\n')
    try:
        with bartack.open(tmp_path) as hub:
            list(hub.read("person"))
            assert [event.step for event in steps(sys.modules["watcher"].heard, "page", "read")] == [
                "page",
                "page",
                "read",
            ]
    finally:
        sys.modules.pop("watcher", None)


def test_without_an_sdk_opentelemetry_is_not_even_imported(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST, LAST)
    code = (
        "import sys, bartack\n"
        f"with bartack.open({str(tmp_path)!r}) as hub: list(hub.read('person'))\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
