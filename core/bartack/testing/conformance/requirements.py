"""Capabilities: what a connector can do decides which checks it is held to, as in SQLAlchemy's suite for dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bartack.testing.conformance.bench import Bench

__all__ = ["REQUIREMENTS", "missing"]


def _http(bench: Bench) -> str | None:
    return None if bench.speaks_http else "it does not speak HTTP"


def _paging(bench: Bench) -> str | None:
    return None if any(len(bench.pages(one)) > 1 for one in bench.recordings) else "no recording has two pages"


def _incremental(bench: Bench) -> str | None:
    found = any(getattr(stream, "incremental", False) for stream in bench.source.streams)
    return None if found else "no stream can tell what has changed"


def _totals(bench: Bench) -> str | None:
    told = any(page.total is not None for one in bench.recordings for page in bench.pages(one))
    return None if told else "the source tells no total"


def _secrets(bench: Bench) -> str | None:
    return None if bench.secrets else "it has no secret settings"


def _json(bench: Bench) -> str | None:
    if not bench.speaks_http:
        return "it does not speak HTTP"
    return None if bench.speaks_json else "its answers are no JSON"


def _system(_: Bench) -> str | None:
    return None  # nobody can tell that from here: an author who has no access closes it


REQUIREMENTS: Mapping[str, Callable[[Bench], str | None]] = MappingProxyType(
    {
        "http": _http,
        "json": _json,
        "paging": _paging,
        "incremental": _incremental,
        "totals": _totals,
        "secrets": _secrets,
        "system": _system,
    }
)
"""By name: says why a connector lacks the capability, ``None`` where it has it."""


def missing(needs: tuple[str, ...], bench: Bench) -> str | None:
    """Return why a connector is not held to a check that ``needs`` something; ``None`` where it is."""
    for need in needs:
        if (why := REQUIREMENTS[need](bench)) is not None:
            return why
    return None
