"""Figures for Prometheus: what sources did, how the store stands, and how requests were answered.

Names are those of :mod:`bartack.otel` as Prometheus writes them: ``bartack.fetch.duration`` in seconds is
``bartack_fetch_duration_seconds``. Labels are names of sources, streams, contracts and outcomes: few words each, and never an id,
a value or an address with parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.registry import Collector

from bartack.events import BREAKER, OUTCOMES, Event

if TYPE_CHECKING:
    from bartack.replica.answers import Standing
    from bartack.syncing.schedule import Turn

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_1_0_0

_WAITS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ANSWERS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of one process, in a registry of its own. A listener for the hub; safe in threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        place = ("source", "stream")
        self._pages = self._histogram("bartack_fetch_duration_seconds", "How long a page was waited for", place)
        self._requests = self._histogram(
            "bartack_request_duration_seconds", "How long an exchange with a source took", ("source", "outcome")
        )
        self._syncs = self._histogram(
            "bartack_sync_duration_seconds", "How long a stream was synced", (*place, "completeness")
        )
        self._records = self._counter("bartack_records", "Rows, by what became of them", (*place, "outcome"))
        self._counted = {
            "retry": self._counter("bartack_retries", "Pages that were asked for again", place),
            "login": self._counter("bartack_logins", "Log-ins of sessions", place),
            "fallback": self._counter("bartack_fallbacks", "Answers by the store in the place of a source", place),
            "surprise": self._counter("bartack_surprises", "Rows and pages that are not as known", place),
            "alarm": self._counter("bartack_alarms", "Signs that a stream degrades", place),
        }
        self._breakers = Gauge(
            "bartack_breaker_state", "0 closed, 1 half open, 2 open", ("source", "host"), registry=self.registry
        )
        self._answers = Histogram(
            "bartack_http_request_duration_seconds",
            "How long a request of a client took",
            ("method", "route", "status"),
            buckets=_ANSWERS,
            registry=self.registry,
        )

    def __call__(self, event: Event) -> None:
        """Take in one step of a read or sync."""
        place, about = (event.source, event.stream or ""), event.attributes
        if event.step in self._counted:
            self._counted[event.step].labels(*place).inc()
        elif event.step == "breaker":
            self._breakers.labels(event.source, about["host"]).set(BREAKER[str(about["state"])])
        elif event.step == "request" and event.seconds is not None:
            self._requests.labels(event.source, event.outcome).observe(event.seconds)
        elif event.step == "sync" and event.seconds is not None:
            self._syncs.labels(*place, about["completeness"]).observe(event.seconds)
        elif event.step == "page":
            if event.seconds is not None:
                self._pages.labels(*place).observe(event.seconds)
            for column, outcome in OUTCOMES.items():
                self._records.labels(*place, outcome).inc(float(about.get(column, 0)))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Take in how a request was answered; ``route``: its path as a pattern."""
        self._answers.labels(method, route, str(status)).observe(seconds)

    def watch(self, standings: Callable[[], Sequence[Standing]], turns: Callable[[], Mapping[str, Turn]]) -> None:
        """Tell with every look at the figures, too, how the store stands, and when each source is synced."""
        self.registry.register(_Watch(standings, turns))

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, labels: Iterable[str]) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, labels: Iterable[str]) -> Histogram:
        return Histogram(name, meaning, labels, buckets=_WAITS, registry=self.registry)


class _Watch(Collector):
    """Asks the store and the schedule when somebody looks."""

    def __init__(self, standings: Callable[[], Sequence[Standing]], turns: Callable[[], Mapping[str, Turn]]) -> None:
        self._standings = standings
        self._turns = turns

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: else the store would be asked for it."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield how all stands now."""
        yield from _store(self._standings())
        yield from _schedule(self._turns())


def _store(standings: Sequence[Standing]) -> Iterator[Metric]:
    place = ["source", "stream", "contract"]
    live = GaugeMetricFamily("bartack_replica_records", "Live records in the store", labels=place)
    waiting = GaugeMetricFamily("bartack_quarantine_size", "Rejects that wait for review", labels=place)
    age = GaugeMetricFamily("bartack_freshness_age_seconds", "Age of what the store has", labels=place)
    verdict = GaugeMetricFamily(
        "bartack_verdict", "1 for the verdict that a stream has", labels=[*place, "completeness", "freshness"]
    )
    for one in standings:
        labels = [one.source, one.stream, one.contract]
        live.add_metric(labels, one.records)
        waiting.add_metric(labels, one.waiting)
        if one.age is not None:
            age.add_metric(labels, one.age)
        verdict.add_metric([*labels, one.completeness or "failed", one.freshness or "never"], 1)
    return iter((live, waiting, age, verdict))


def _schedule(turns: Mapping[str, Turn]) -> Iterator[Metric]:
    label = ["source"]
    running = GaugeMetricFamily("bartack_schedule_running", "1 while a source is synced", labels=label)
    failures = GaugeMetricFamily("bartack_schedule_failures", "Scheduled syncs that failed in a row", labels=label)
    last = GaugeMetricFamily("bartack_schedule_last_timestamp_seconds", "When the last one ended", labels=label)
    due = GaugeMetricFamily("bartack_schedule_next_timestamp_seconds", "When the next one is due", labels=label)
    for name, turn in turns.items():
        running.add_metric([name], turn.state == "running")
        failures.add_metric([name], turn.failures)
        if turn.ended_at is not None:
            last.add_metric([name], turn.ended_at.timestamp())
        if turn.next_at is not None:
            due.add_metric([name], turn.next_at.timestamp())
    return iter((running, failures, last, due))
