"""Asks a source whether it can be read: configuration, reach, credentials, streams, clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bartack.errors import BartackError
from bartack.reading.source import Source
from bartack.transports.base import Query, Session

__all__ = ["Checked", "check_source"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was tried. ``next_step`` says what to do when it failed."""

    source: str
    what: str
    result: Literal["ok", "failed"]
    detail: str
    next_step: str | None = None


def check_source(name: str, find: Callable[[str], Source]) -> list[Checked]:
    """Try everything a read of this source needs; the first failure of each kind ends what builds on it."""
    try:
        source = find(name)
        feeds = source.feeds()
    except BartackError as error:
        return [_failed(name, "configuration", error)]
    done = [Checked(name, "configuration", "ok", f"{source.connector.name}, {len(feeds)} stream(s) mapped")]
    try:
        session = source.open()
    except BartackError as error:
        return [*done, _failed(name, "reach", error)]
    with session:
        done.append(Checked(name, "reach", "ok", "session opened"))
        done += _description(name, session)
        return [*done, *(_stream(source, stream, session) for stream in {feed.stream.name: None for feed in feeds})]


def _description(name: str, session: Session) -> list[Checked]:
    """Let a session that can describe its source do so."""
    describe = getattr(session, "described", None)
    if describe is None:
        return []
    try:
        return [Checked(name, "description", "ok", describe())]
    except BartackError as error:
        return [_failed(name, "description", error)]


def _stream(source: Source, name: str, session: Session) -> Checked:
    try:
        for page in source.stream(name).pages(session, Query(page_size=1)):
            total = f" of {page.total}" if page.total is not None else ""
            return Checked(source.name, f"stream {name}", "ok", f"{len(page.rows)} row(s){total} on the first page")
    except BartackError as error:
        return _failed(source.name, f"stream {name}", error)
    return Checked(source.name, f"stream {name}", "ok", "no rows")


def _failed(source: str, what: str, error: BartackError) -> Checked:
    return Checked(source, what, "failed", f"{type(error).__name__}: {error.message}", error.next_step)
