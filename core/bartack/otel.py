"""Events as OpenTelemetry metrics and spans, for a process that has set up an SDK.

Names have dots and no unit (https://opentelemetry.io/docs/specs/semconv/general/metrics/); attributes are names of
sources, streams and connectors, outcomes and hosts. Never an id, a value or an address with parameters.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bartack.events import BREAKER, OUTCOMES, Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["Telemetry"]

_SCOPE: Final = "bartack"
_API = ("opentelemetry.metrics", "opentelemetry.trace")
_CONFIGURED = ("OTEL_PYTHON_METER_PROVIDER", "OTEL_PYTHON_TRACER_PROVIDER")
_MOST_READS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Instrument:
    kind: str
    unit: str
    meaning: str


_INSTRUMENTS: Mapping[str, _Instrument] = MappingProxyType(
    {
        "bartack.fetch.duration": _Instrument("histogram", "s", "How long a page was waited for"),
        "bartack.request.duration": _Instrument("histogram", "s", "How long an exchange with a source took"),
        "bartack.read.duration": _Instrument("histogram", "s", "How long a stream was read"),
        "bartack.sync.duration": _Instrument("histogram", "s", "How long a stream was synced"),
        "bartack.quota.wait": _Instrument("histogram", "s", "How long a request waited for its turn"),
        "bartack.records": _Instrument("counter", "{record}", "Rows, by what became of them"),
        "bartack.retries": _Instrument("counter", "{retry}", "Pages that were asked for again"),
        "bartack.logins": _Instrument("counter", "{login}", "Log-ins of sessions"),
        "bartack.fallbacks": _Instrument("counter", "{fallback}", "Answers by the store in the place of a source"),
        "bartack.surprises": _Instrument("counter", "{surprise}", "Rows and pages that are not as known"),
        "bartack.alarms": _Instrument("counter", "{alarm}", "Signs that a stream degrades"),
        "bartack.breaker.state": _Instrument("gauge", "1", "0 closed, 1 half open, 2 open"),
        "bartack.quarantine.size": _Instrument("gauge", "{record}", "Rejects that wait for review"),
        "bartack.freshness.age": _Instrument("gauge", "s", "Age of what was last answered; 0 when it was read live"),
    }
)
_COUNTED: Mapping[str, str] = MappingProxyType(
    {
        "retry": "bartack.retries",
        "login": "bartack.logins",
        "fallback": "bartack.fallbacks",
        "surprise": "bartack.surprises",
        "alarm": "bartack.alarms",
    }
)
_TIMED: Mapping[str, str] = MappingProxyType(
    {
        "page": "bartack.fetch.duration",
        "request": "bartack.request.duration",
        "read": "bartack.read.duration",
        "sync": "bartack.sync.duration",
    }
)
_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "connector": "bartack.connector",
        "contract": "bartack.contract",
        "completeness": "bartack.completeness",
        "kind": "bartack.kind",
        "action": "bartack.action",
        "host": "server.address",
        "status": "http.response.status_code",
        "error": "error.type",
    }
)
"""Of an event's attributes, what metrics may be told apart by: few words each."""


class Telemetry:
    """A listener that speaks to OpenTelemetry's API, with the process' providers unless others are given.

    The API is imported (95 ms) with the first event, and only if somebody in this process has imported it already, as
    every set-up of an SDK does, or the environment names a provider.
    """

    def __init__(
        self, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        self._providers = (meter_provider, tracer_provider)
        self._lock = threading.Lock()
        self._exporter: _Exporter | None = None

    def __call__(self, event: Event) -> None:
        """Export one event."""
        if self._exporter is None:
            if not self._wanted():
                return
            with self._lock:
                self._exporter = self._exporter or _Exporter(*self._providers)
        self._exporter.export(event)

    def _wanted(self) -> bool:
        return (
            any(self._providers)
            or any(module in sys.modules for module in _API)
            or any(name in os.environ for name in _CONFIGURED)
        )


class _Exporter:
    """The instruments, and the spans of reads that are under way."""

    def __init__(self, meter_provider: MeterProvider | None, tracer_provider: TracerProvider | None) -> None:
        from opentelemetry import metrics, trace

        self._trace = trace
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._instruments: dict[str, Any] = {
            name: getattr(meter, f"create_{one.kind}")(name, unit=one.unit, description=one.meaning)
            for name, one in _INSTRUMENTS.items()
        }
        self._reads: dict[str, Span] = {}

    def export(self, event: Event) -> None:
        self._measure(event)
        if event.step == "page":
            self._page_span(event)
        elif event.step in ("read", "sync"):
            self._end_read(event)

    def _measure(self, event: Event) -> None:
        labels, about = _labels(event), event.attributes
        timed, counted = _TIMED.get(event.step), _COUNTED.get(event.step)
        if timed is not None and event.seconds is not None:
            self._instruments[timed].record(event.seconds, labels)
        if counted is not None:
            self._instruments[counted].add(1, labels)
        match event.step:
            case "page":
                for column, outcome in OUTCOMES.items():
                    if about.get(column):
                        self._instruments["bartack.records"].add(about[column], {**labels, "bartack.outcome": outcome})
            case "quota":
                self._instruments["bartack.quota.wait"].record(about["wait"], labels)
            case "breaker":
                self._instruments["bartack.breaker.state"].set(BREAKER[str(about["state"])], labels)
            case "fallback":
                self._instruments["bartack.freshness.age"].set(about["age"], labels)
            case "read" if about.get("freshness") == "live":
                self._instruments["bartack.freshness.age"].set(0, _place(event))
        if "waiting" in about:
            self._instruments["bartack.quarantine.size"].set(about["waiting"], _place(event))

    def _page_span(self, event: Event) -> None:
        parent = self._read_span(event)
        began, ended = _interval(event)
        span = self._tracer.start_span(
            "bartack.page",
            self._trace.set_span_in_context(parent),
            attributes=_details(event),
            start_time=began,
        )
        span.end(ended)

    def _read_span(self, event: Event) -> Span:
        """Return the span of the read an event belongs to; a read begins where its first page was asked for."""
        trace = str(event.attributes.get("trace", ""))
        span = self._reads.get(trace)
        if span is None:
            span = self._tracer.start_span("bartack.read", start_time=_interval(event)[0])
            if trace:
                self._keep(trace, span)
        return span

    def _keep(self, trace: str, span: Span) -> None:
        """Remember the span of a read that is under way; of those whose end was never told, not too many."""
        if len(self._reads) >= _MOST_READS:
            self._reads.pop(next(iter(self._reads))).end()
        self._reads[trace] = span

    def _end_read(self, event: Event) -> None:
        span = self._read_span(event)
        self._reads.pop(str(event.attributes.get("trace", "")), None)
        span.update_name(f"bartack.{event.step}")
        span.set_attributes(_details(event))
        if event.outcome != "ok":
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(_interval(event)[1])


def _place(event: Event) -> dict[str, str | int | float | bool]:
    """Return which source and stream an event is of."""
    place: dict[str, str | int | float | bool] = {"bartack.source": event.source}
    if event.stream is not None:
        place["bartack.stream"] = event.stream
    return place


def _labels(event: Event) -> dict[str, str | int | float | bool]:
    labels = _place(event)
    labels |= {ours: event.attributes[name] for name, ours in _ATTRIBUTES.items() if name in event.attributes}
    if event.outcome != "ok":
        labels["error.type"] = event.outcome
    return labels


def _details(event: Event) -> dict[str, str | int | float | bool]:
    """Return the attributes of a span: those of metrics, and the counts."""
    counts = {f"bartack.{name}": event.attributes[name] for name in ("rows", *OUTCOMES) if name in event.attributes}
    return {**_labels(event), **counts}


def _interval(event: Event) -> tuple[int, int]:
    """Return when a step began and ended, in nanoseconds since 1970."""
    ended = (event.at - _EPOCH) // timedelta(microseconds=1) * 1000
    return ended - int((event.seconds or 0) * 1e9), ended
