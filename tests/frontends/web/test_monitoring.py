"""What a monitoring system sees: figures of sources, store and requests, and whether questions can be answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import bartack
from bartack.frontends.web.app import application
from bartack.frontends.web.context import Context, environment
from bartack.frontends.web.metrics import Metrics
from bartack.frontends.web.sessions import Sessions
from bartack.hub import Hub
from bartack.service.access import Doors
from bartack.syncing.schedule import Schedule
from bartack.testing.clock import FakeClock
from bartack.transports.base import utcnow
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import running_vendor
from support.numbered import NOW
from support.serving import TOKENS, Served, running, serving

Sample = tuple[str, tuple[tuple[str, str], ...]]


def figures(text: str) -> dict[Sample, float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def at(name: str, **labels: str) -> Sample:
    return name, tuple(sorted(labels.items()))


def test_figures_tell_what_sources_did_how_the_store_stands_and_how_requests_were_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", "secret-of-the-crm")
    metrics = Metrics()
    with running_vendor() as vendor:
        vendor.on("/people", FIRST, LAST)
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url))
        (tmp_path / "people.yaml").write_text(PEOPLE)
        with bartack.open(tmp_path, listener=metrics) as hub:
            for _ in hub.sync():
                pass
            context = Context(hub, Doors(TOKENS), Sessions(utcnow), utcnow, environment(), metrics)
            with running(application(context)) as served:
                served.get("/api/v1/sources")
                served.get("/api/v1/sources/17/secret-path")
                answer = served.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    told = figures(answer.text)
    place = {"source": "crm", "stream": "people"}
    rows = {"accepted": 2, "quarantined": 1, "duplicate": 1, "tombstone": 1, "skipped": 0}
    for outcome, count in rows.items():
        assert told[at("bartack_records_total", **place, outcome=outcome)] == count
    assert told[at("bartack_fetch_duration_seconds_count", **place)] == 2
    assert told[at("bartack_request_duration_seconds_count", source="crm", outcome="ok")] == 2
    assert told[at("bartack_sync_duration_seconds_count", **place, completeness="complete")] == 1
    assert told[at("bartack_replica_records", **place, contract="person/1")] == 2
    assert told[at("bartack_quarantine_size", **place, contract="person/1")] == 1
    assert 0 <= told[at("bartack_freshness_age_seconds", **place, contract="person/1")] < 600
    verdict = at("bartack_verdict", **place, contract="person/1", completeness="complete", freshness="cached")
    assert told[verdict] == 1
    asked = {"method": "GET", "route": "/api/v1/sources", "status": "200"}
    assert told[at("bartack_http_request_duration_seconds_count", **asked)] == 1
    assert told[at("bartack_http_request_duration_seconds_count", method="GET", route="other", status="404")] == 1
    assert told[at("process_resident_memory_bytes")] > 1_000_000
    assert "secret" not in answer.text
    assert "Zo" not in answer.text


def test_two_servers_of_one_process_have_figures_of_their_own() -> None:
    one, other = Metrics(), Metrics()
    one.answered("GET", "/healthz", 200, 0.1)
    assert b'route="/healthz"' in one.text()
    assert b'route="/healthz"' not in other.text()


def test_readiness_names_the_sources_only_to_who_may_see_them(served: Served) -> None:
    assert set(served.get("/readyz").json()["sources"]) == {"crm", "billing", "legacy"}
    assert set(served.get("/readyz", "token-of-who-sees-crm").json()["sources"]) == {"crm"}
    assert served.get("/metrics", "token-of-who-sees-crm").status_code == 403
    first = served.get("/readyz", None)
    assert served.get("/readyz", None, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_store_that_cannot_be_read_is_not_ready_but_alive(laid_out: Path, tmp_path: Path) -> None:
    (tmp_path / "bartack.toml").write_text(
        (laid_out / "bartack.toml").read_text() + '\n[store]\nurl = "sqlite:///state.sqlite"\n'
    )
    for one in laid_out.iterdir():
        if one.is_file() and one.name != "bartack.toml":
            (tmp_path / one.name).write_bytes(one.read_bytes())
    (tmp_path / "state.sqlite").write_bytes(b"this is no database" * 1000)
    with bartack.open(tmp_path) as hub, serving(hub) as served:
        assert served.get("/healthz").status_code == 200
        answer = served.get("/readyz", None)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json() == {"ready": False, "problem": "StoreError"}
        assert served.get("/metrics").status_code == 503
        asked = served.get("/api/v1/sources")
        assert (asked.status_code, asked.headers["Content-Type"]) == (503, "application/problem+json")
        assert str(tmp_path) not in asked.text


def test_when_each_source_is_synced_is_told(hub: Hub) -> None:
    clock = FakeClock(NOW)
    waits = iter([False, True])

    def wait(seconds: float) -> bool:
        clock.go_on(seconds)
        return next(waits)

    schedule = Schedule(
        lambda source, stop: (), ["crm"], timedelta(minutes=5), clock=clock.now, random=lambda: 0.5, wait=wait
    )
    context = Context(hub, Doors(TOKENS), Sessions(utcnow), utcnow, environment(), Metrics(), schedule)
    with running(application(context)) as served:
        assert served.get("/readyz").json()["sources"]["crm"]["sync"]["ended_at"] is None
        schedule.run("crm")
        sync = served.get("/readyz").json()["sources"]["crm"]["sync"]
        assert (sync["state"], sync["outcome"], sync["failures"]) == ("stopped", "published", 0)
        assert sync["ended_at"] == "2026-11-23T10:00:01+00:00"
        ended = at("bartack_schedule_last_timestamp_seconds", source="crm")
        assert figures(served.get("/metrics").text)[ended] == NOW.timestamp() + 1
