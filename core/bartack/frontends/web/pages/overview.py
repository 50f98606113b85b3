"""The page that an operator keeps open: how every source stands, what it did lately, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bartack.errors import ConfigError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import looking
from bartack.frontends.web.pages.charts import MOST, Chart, chart_of
from bartack.frontends.web.pages.desk import Desk
from bartack.hub import Hub
from bartack.replica.answers import Standing
from bartack.resilience.gate import SourceGate
from bartack.service.access import Access
from bartack.service.failures import safe_reason
from bartack.syncing.past import Account, accounts, past_syncs
from bartack.syncing.schedule import Turn
from bartack.syncing.status import StreamStatus

__all__ = ["routes"]

_GRAVE = ("bad", "warn", "idle", "good")
"""How a stream stands, the gravest first."""


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream: its status, the verdict over it in words and as a ``tone``, its last syncs, and all its rows.

    ``steps``: what to type next, for who may.
    """

    status: StreamStatus
    tone: str
    verdict: str
    reasons: tuple[str, ...]
    steps: tuple[str, ...]
    chart: Chart
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source, with the breaker in front of it and its turn in the schedule, where there is one."""

    name: str
    connector: str
    tone: str
    breaker: str
    turn: Turn | None
    streams: tuple[StreamView, ...]


def routes(context: Context) -> list[BaseRoute]:
    """Return the route of the overview."""

    def overview(request: Request) -> Response:
        access = context.access(request)
        sources = sources_of(context, access)
        desk = Desk(context.hub, access)
        causes = desk.causes()
        return context.page(
            request,
            "overview.html",
            sources=sources,
            summary=_summary(sources),
            causes=causes[:5],
            more_causes=max(0, len(causes) - 5),
            problems=len(desk.problems()),
            waiting=sum(len(one.numbers) for one in causes),
        )

    return [Route("/", looking(context, overview), name="start")]


def sources_of(context: Context, access: Access) -> list[SourceView]:
    """Return how the sources stand that may be seen."""
    hub = context.hub
    names = [name for name in hub.sources if access.sees_source(name)]
    if not names:
        return []
    statuses = hub.status()
    standings = [
        one for one in hub.standings(source=names) if one.contract == "*" or access.sees_contract(one.contract)
    ]
    books = [one for one in accounts(hub.store) if access.sees_contract(one.contract)]
    turns = {} if context.schedule is None else context.schedule.turns
    return [
        _source(hub, name, access, [one for one in statuses if one.source == name], standings, books, turns.get(name))
        for name in names
    ]


def _source(
    hub: Hub,
    name: str,
    access: Access,
    statuses: Sequence[StreamStatus],
    standings: Sequence[Standing],
    books: Sequence[Account],
    turn: Turn | None,
) -> SourceView:
    seen = {(one.source, one.stream) for one in standings}
    shown = [one for one in statuses if one.state == "unready" or (one.source, one.stream) in seen]
    streams = tuple(_stream(hub, one, access, standings, books) for one in shown)
    tones = {one.tone for one in streams}
    breaker = _breaker(hub, name)
    tone = "bad" if breaker == "open" else next((one for one in _GRAVE if one in tones), "idle")
    return SourceView(name, hub.config.sources[name].connector, tone, breaker, turn, streams)


def _stream(
    hub: Hub, status: StreamStatus, access: Access, standings: Sequence[Standing], books: Sequence[Account]
) -> StreamView:
    place = (status.source, status.stream)
    mine = [one for one in standings if (one.source, one.stream) == place]
    tone, verdict = _verdict(status, mine)
    reasons = dict.fromkeys([*status.reasons, *(reason for one in mine for reason in one.reasons)])
    told = tuple(one for one in reasons if not any(one != other and one in other for other in reasons))
    operates = access.may("review")
    shown, steps = (told, status.next_steps) if operates else (tuple(map(safe_reason, told)), ())
    syncs = () if status.state == "unready" else past_syncs(hub.store, *place, limit=MOST)
    rows_of_it = tuple(one for one in books if (one.source, one.stream) == place)
    return StreamView(status, tone, verdict, shown, steps, chart_of(syncs), rows_of_it)


def _verdict(status: StreamStatus, standings: Sequence[Standing]) -> tuple[str, str]:
    """Return how far the snapshot of a stream can be trusted: a tone, and the two axes in words."""
    if status.state == "unready":
        return "bad", "not ready"
    if status.as_of is None:
        return "idle", "never synced" if status.state == "never" else f"never synced, {status.state}"
    stale = any(one.freshness == "stale" for one in standings)
    words = f"{status.completeness or 'complete'}, {'stale' if stale else 'fresh'}"
    if status.state == "held":
        return "bad", f"{words}; a snapshot is held back"
    warns = stale or status.completeness not in (None, "complete") or bool(status.alarms)
    return "warn" if warns else "good", words


def _breaker(hub: Hub, name: str) -> str:
    try:
        gate: Any = hub.source(name).runtime.gate
    except ConfigError:
        return "closed"
    return gate.worst() if isinstance(gate, SourceGate) else "closed"


def _summary(sources: Sequence[SourceView]) -> str:
    """Return the whole page in one sentence, for who listens to it."""
    words = {"good": "well", "warn": "need a look", "bad": "in trouble", "idle": "never synced"}
    counted = [(sum(one.tone == tone for one in sources), words[tone]) for tone in ("good", "warn", "bad", "idle")]
    return (
        f"{len(sources)} {'source' if len(sources) == 1 else 'sources'}: " + ", ".join(_counted(counted))
        if sources
        else "no source that you may see"
    )


def _counted(counted: Sequence[tuple[int, str]]) -> Iterator[str]:
    yield from (f"{number} {what}" for number, what in counted if number)
