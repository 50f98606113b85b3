"""What OpenTelemetry is told: names, units, attributes; spans of reads with their pages below."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import bartack
from bartack.events import Event, Step
from bartack.otel import Telemetry
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import running_vendor

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Sdk:
    """An SDK in memory."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._spans = InMemorySpanExporter()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.listener = Telemetry(MeterProvider([self._reader]), tracers)

    def tell(self, step: Step, outcome: str = "ok", seconds: float | None = None, /, **about: Any) -> None:
        self.listener(Event(step, AT, "crm", "people", outcome, seconds, about))

    @property
    def metrics(self) -> dict[str, tuple[str, list[tuple[dict[str, Any], Any]]]]:
        """Each metric: its unit, and its points as attributes and value (of a histogram: the sum)."""
        found = {}
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = [
                        (dict(point.attributes or {}), point.value if hasattr(point, "value") else point.sum)
                        for point in metric.data.data_points
                    ]
                    found[metric.name] = (metric.unit or "", points)
        return found

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())


@pytest.fixture
def sdk() -> Sdk:
    return Sdk()


PLACE = {"bartack.source": "crm", "bartack.stream": "people"}


@pytest.mark.parametrize(
    ("told", "name", "unit", "attributes", "value"),
    [
        (("request", "ok", 0.25, {"host": "crm.example", "status": 200}), "bartack.request.duration", "s",
         {"server.address": "crm.example", "http.response.status_code": 200}, 0.25),
        (("request", "WireError", 0.5, {"host": "crm.example"}), "bartack.request.duration", "s",
         {"server.address": "crm.example", "error.type": "WireError"}, 0.5),
        (("page", "ok", 0.5, {"connector": "http", "rows": 0}), "bartack.fetch.duration", "s",
         {"bartack.connector": "http"}, 0.5),
        (("retry", "ok", None, {"attempt": 2, "wait": 1.5, "error": "WireError"}), "bartack.retries", "{retry}",
         {"error.type": "WireError"}, 1),
        (("quota", "ok", None, {"wait": 1.5}), "bartack.quota.wait", "s", {}, 1.5),
        (("breaker", "ok", None, {"host": "h", "state": "open"}), "bartack.breaker.state", "1", {"server.address": "h"}, 2),
        (("login", "AccessError", None, {}), "bartack.logins", "{login}", {"error.type": "AccessError"}, 1),
        (("sync", "ok", 3.0, {"connector": "http", "completeness": "complete", "trace": "t"}), "bartack.sync.duration", "s",
         {"bartack.connector": "http", "bartack.completeness": "complete"}, 3.0),
        (("sync", "ok", 3.0, {"waiting": 7}), "bartack.quarantine.size", "{record}", {}, 7),
        (("review", "ok", None, {"action": "fix", "waiting": 6}), "bartack.quarantine.size", "{record}", {}, 6),
        (("fallback", "ok", None, {"age": 3600.0, "error": "SourceUnavailableError"}), "bartack.freshness.age", "s",
         {"error.type": "SourceUnavailableError"}, 3600.0),
        (("fallback", "ok", None, {"age": 1.0}), "bartack.fallbacks", "{fallback}", {}, 1),
        (("read", "ok", 1.0, {"freshness": "live"}), "bartack.freshness.age", "s", {}, 0),
        (("surprise", "ok", None, {"kind": "new_field", "action": "warn"}), "bartack.surprises", "{surprise}",
         {"bartack.kind": "new_field", "bartack.action": "warn"}, 1),
        (("alarm", "ok", None, {"kind": "null_rate", "field": "emails"}), "bartack.alarms", "{alarm}",
         {"bartack.kind": "null_rate"}, 1),
    ],
)  # fmt: skip
def test_a_step_becomes_a_metric(
    sdk: Sdk, told: Any, name: str, unit: str, attributes: dict[str, Any], value: Any
) -> None:
    step, outcome, seconds, about = told
    sdk.tell(step, outcome, seconds, **about)
    assert sdk.metrics[name] == (unit, [(PLACE | attributes, value)])


def test_rows_are_counted_by_what_became_of_them(sdk: Sdk) -> None:
    for _ in range(2):
        sdk.tell(
            "page", "ok", 0.1, rows=10, delivered=6, rejected=1, duplicates=2, tombstones=1, skipped=0, connector="http"
        )
    unit, points = sdk.metrics["bartack.records"]
    assert unit == "{record}"
    assert {attributes.pop("bartack.outcome"): value for attributes, value in points} == {
        "accepted": 12,
        "quarantined": 2,
        "duplicate": 4,
        "tombstone": 2,
    }
    assert all(attributes == PLACE | {"bartack.connector": "http"} for attributes, _ in points)


def test_pages_are_spans_below_the_read_they_belong_to(sdk: Sdk) -> None:
    sdk.tell("page", "ok", 2.0, rows=3, trace="a")
    sdk.tell("page", "ok", 1.0, rows=9, trace="b")  # another read, at the same time
    sdk.tell("page", "ok", 1.0, rows=4, trace="a")
    sdk.tell("read", "WireError", 5.0, rows=7, completeness="partial", trace="a")
    sdk.tell("sync", "ok", 5.0, rows=9, trace="b")
    read, sync = (span for span in sdk.spans if span.name != "bartack.page")
    assert (read.name, sync.name) == ("bartack.read", "bartack.sync")
    below = [span for span in sdk.spans if span.parent is not None and span.parent.span_id == read.context.span_id]
    assert [(span.name, (span.attributes or {})["bartack.rows"]) for span in below] == [
        ("bartack.page", 3),
        ("bartack.page", 4),
    ]
    assert read.parent is None
    assert read.attributes == PLACE | {"bartack.rows": 7, "bartack.completeness": "partial", "error.type": "WireError"}
    assert (read.status.status_code, sync.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    assert read.start_time == below[0].start_time == int((AT - timedelta(seconds=2)).timestamp() * 1e9)
    assert read.end_time == int(AT.timestamp() * 1e9)


def test_a_read_without_pages_is_a_span_too(sdk: Sdk) -> None:
    sdk.tell("read", "AccessError", 1.0, trace="a")
    (span,) = sdk.spans
    assert (span.name, span.status.status_code) == ("bartack.read", StatusCode.ERROR)


@pytest.fixture
def read_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sdk: Sdk) -> Sdk:
    """The telemetry of one whole read."""
    monkeypatch.setenv("CRM_TOKEN", "s3cr3t-t0ken")
    (tmp_path / "people.yaml").write_text(PEOPLE)
    with running_vendor() as vendor:
        vendor.on("/people", FIRST, LAST)
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url))
        with bartack.open(tmp_path, listener=sdk.listener) as hub:
            list(hub.read("person"))
    return sdk


def test_a_real_read_is_measured_and_traced(read_all: Sdk) -> None:
    _, points = read_all.metrics["bartack.records"]
    outcomes = {attributes["bartack.outcome"]: value for attributes, value in points}
    assert outcomes == {"accepted": 2, "quarantined": 1, "duplicate": 1, "tombstone": 1}
    assert [span.name for span in read_all.spans] == ["bartack.page", "bartack.page", "bartack.read"]
    assert len({span.context.trace_id for span in read_all.spans}) == 1


def test_no_id_value_address_or_secret_is_exported(read_all: Sdk) -> None:
    told = json.dumps([read_all.metrics, [json.loads(span.to_json()) for span in read_all.spans]], default=str)
    for word in ("id-1", "id-3", "Zoë", "Zo\\u00eb", "Ann", "cursor", "http://", "s3cr3t"):
        assert word not in told
