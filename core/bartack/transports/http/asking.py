"""What is sent: a request in the making, how many rows it asks for, and since when."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from bartack.errors import ConfigError
from bartack.transports.http.paths import put
from bartack.transports.http.texts import safe_url

__all__ = ["Ask", "Since", "Size"]


@dataclass(slots=True)
class Ask:
    """A request in the making. Values go into the JSON body where there is one, else into the query."""

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any) -> None:
        """Set a parameter; in a JSON body ``name`` is a path (``params.limit``)."""
        if isinstance(self.json, dict):
            put(self.json, name, value)
        else:
            self.params[name] = value

    def __str__(self) -> str:
        query = urlencode({name: str(value) for name, value in self.params.items()})
        joint = "&" if "?" in self.path else "?"
        return f"{self.method} {safe_url(f'{self.path}{joint}{query}' if query else self.path)}"


@dataclass(frozen=True, slots=True)
class Size:
    """How a request says how many rows it wants: ``Size("limit", 100)``; ``most`` is what the source allows."""

    param: str
    rows: int
    most: int | None = None

    def of(self, wanted: int | None) -> int:
        """Return the page size for a caller's wish."""
        rows = self.rows if wanted is None else wanted
        if rows < 1:
            raise ConfigError(f"a page of {rows} rows cannot be asked for")
        return rows if self.most is None else min(rows, self.most)


@dataclass(frozen=True, slots=True)
class Since:
    """How to ask for rows changed at or after a moment.

    Parameters
    ----------
    param
        query parameter, or path in the JSON body, that takes the moment; with ``header=True`` the name of a header.
    format
        ``iso`` (``2026-11-23T10:00:00Z``), ``iso_ms``, ``date``, ``sql`` (``2026-11-23 10:00:00``, UTC), ``epoch``,
        ``epoch_ms``, ``http`` (as in ``If-Modified-Since``), or a ``strftime`` pattern. What the format cannot hold is
        cut off, so that the moment only ever moves back and nothing is missed.
    template
        what the moment is put into, at ``{since}``: a text (``modifiedon ge {since}``) or, for a JSON body, objects and
        lists with such texts.
    lookback
        time to go further back: for sources whose filter means "after", or where changes arrive late.
    path, method, json
        another way to ask, where the source has one for changes only (a search beside a list).
    """

    param: str
    format: str = "iso"
    template: Any = "{since}"
    header: bool = False
    lookback: timedelta = timedelta(0)
    path: str | None = None
    method: str | None = None
    json: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.format not in _FORMATS and "%" not in self.format:
            raise ConfigError(
                f"Since: {self.format!r} is no format",
                next_step=f"use one of {', '.join(_FORMATS)} or a strftime pattern",
            )

    def put(self, ask: Ask, since: datetime) -> None:
        """Write the moment into a request.

        Raises
        ------
        ConfigError
            ``since`` has no time zone.
        """
        if since.tzinfo is None:
            raise ConfigError("since needs a time zone", next_step="datetime(2026, 11, 23, tzinfo=UTC)")
        ask.path = self.path or ask.path
        ask.method = self.method or ask.method
        if self.json is not None:
            ask.json = copy.deepcopy(dict(self.json))
        value = self.value(since)
        if self.header:
            ask.headers[self.param] = str(value)
        else:
            ask.put(self.param, value)

    def value(self, since: datetime) -> Any:
        """Return what is sent for ``since``."""
        moment = since.astimezone(UTC) - self.lookback
        written = _FORMATS[self.format](moment) if self.format in _FORMATS else moment.strftime(self.format)
        return _filled(self.template, written)


def _filled(template: Any, value: str | int) -> Any:
    if isinstance(template, str):
        return value if template == "{since}" else template.replace("{since}", str(value))
    if isinstance(template, Mapping):
        return {key: _filled(part, value) for key, part in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(part, value) for part in template]
    return template


_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMATS: Mapping[str, Callable[[datetime], str | int]] = {
    "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "iso_ms": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
    "date": lambda moment: moment.strftime("%Y-%m-%d"),
    "sql": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "epoch": lambda moment: (moment - _EPOCH) // timedelta(seconds=1),
    "epoch_ms": lambda moment: (moment - _EPOCH) // _MILLISECOND,
    "http": lambda moment: format_datetime(moment.replace(microsecond=0), usegmt=True),
}
