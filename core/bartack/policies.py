"""What an operator decides about a source, whatever its connector: the tables of ``bartack.toml`` that Bartack itself reads.

::

    [store]
    url = "sqlite:///state.sqlite"        # or postgresql://…; a URL with a password: { env = "NAME" }

    [sources.crm.limits]                  # how hard the source may be asked
    [sources.crm.surprises]               # what happens when it sends something new
    [sources.crm.sync]                    # how it is synced
    [sources.crm.keep]                    # what is kept of it, and how long

    [serve]                               # who may ask, where Bartack serves
    [serve.tokens.agent]                  # one of them, and what it may see
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bartack.settings import DatabaseUrl, Secret

__all__ = [
    "POLICIES",
    "Action",
    "Age",
    "Decided",
    "FieldSurprises",
    "Keep",
    "Limits",
    "QuotaLimit",
    "Role",
    "ServeSettings",
    "StoreSettings",
    "StreamSurprises",
    "Surprise",
    "Surprises",
    "SyncPolicy",
    "TokenPolicy",
]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _age(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match is None:
        msg = "an age is written like 90s, 30m, 1h or 2d"
        raise ValueError(msg)
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


Age = Annotated[timedelta, BeforeValidator(_age)]
"""A length of time, written ``90s``, ``30m``, ``1h`` or ``2d``; a bare number is seconds."""

Action = Literal["accept", "warn", "reject", "stop"]
"""What a surprise does: nothing; an issue; the row is rejected; the read ends with an error."""


class _Policy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class QuotaLimit(_Policy):
    """At most ``requests`` in any ``per`` seconds."""

    requests: int = Field(ge=1, description="so many requests")
    per: float = Field(gt=0, description="in so many seconds")


class Limits(_Policy):
    """``[sources.NAME.limits]``: how hard a source may be asked, and how long it is waited for."""

    attempts: int = Field(4, ge=1, le=10, description="how often a page is asked for before the read ends")
    longest_wait: Age = Field(
        timedelta(seconds=60), le=timedelta(seconds=60), description="longest sleep in this process; 60s at most"
    )
    quota: QuotaLimit | None = Field(None, description="{ requests, per }; the connector's where it is left out")
    reserve: float = Field(
        0.1, ge=0, lt=1, description="share of the vendor's own limit that is left to the business: 0.4 uses 60 %"
    )
    concurrency: int = Field(8, ge=1, description="calls under way at the same time")


Surprise = Literal["new_field", "missing_field", "changed_type", "unknown_code", "too_many_rejects"]
"""What a source may do that it never did before."""

Flood = Literal["accept", "warn", "stop"]
"""What too many rejected rows do; they are rejected already."""


class FieldSurprises(_Policy):
    """``….fields."PATH"``: what happens at one native path; what is left out is as for the stream."""

    new_field: Action | None = None
    missing_field: Action | None = None
    changed_type: Action | None = None
    unknown_code: Action | None = None


class StreamSurprises(FieldSurprises):
    """``[sources.NAME.surprises.streams.STREAM]``; what is left out is as for the source."""

    too_many_rejects: Flood | None = None
    reject_share: float | None = Field(None, gt=0, le=1)
    fields: dict[str, FieldSurprises] = Field(default_factory=dict, description="by native path")


class Decided(NamedTuple):
    """What is to happen, and where that was said."""

    action: Action
    origin: Literal["default", "source", "stream", "field"]


class Surprises(_Policy):
    """``[sources.NAME.surprises]``: what happens when a source sends something else than it used to."""

    new_field: Action = Field("warn", description="a native path that was never seen")
    missing_field: Action = Field("warn", description="a native path that rows had, and none has any more")
    changed_type: Action = Field("warn", description="a value of another JSON type than its path ever had")
    unknown_code: Action = Field("warn", description="a code that the mapping's table does not know")
    too_many_rejects: Flood = Field("stop", description="more rejected rows than reject_share")
    reject_share: float = Field(0.5, gt=0, le=1, description="share of rejected rows, of at least 20")
    streams: dict[str, StreamSurprises] = Field(default_factory=dict)

    def decided(self, kind: Surprise, stream: str, path: str | None = None) -> Decided:
        """Return what happens on a surprise: as decided for the field, else the stream, else the source, else the default.

        ``path``: the native path, ``[]`` for whichever element of a list.
        """
        of_stream = self.streams.get(stream, StreamSurprises())
        of_field = of_stream.fields.get(path) if path is not None else None
        at_field = getattr(of_field, kind, None)
        if at_field is not None:
            return Decided(at_field, "field")
        at_stream = getattr(of_stream, kind)
        if at_stream is not None:
            return Decided(at_stream, "stream")
        return Decided(getattr(self, kind), "source" if kind in self.model_fields_set else "default")

    def most_rejects(self, stream: str) -> float:
        """Return the share of rejected rows beyond which there are too many."""
        own = self.streams.get(stream)
        return (own.reject_share if own is not None else None) or self.reject_share


class SyncPolicy(_Policy):
    """``[sources.NAME.sync]``: how a source is synced into the store."""

    streams: tuple[str, ...] = Field((), description="only these; all that feed a contract, where it is left out")
    lookback: Age = Field(timedelta(minutes=5), description="how far behind the last change a sync looks again")
    full_every: Age = Field(timedelta(days=7), description="a full refresh, which finds deletions, after so long")
    gate: bool = Field(default=True, description="hold back a snapshot that looks degraded")


class Keep(_Policy):
    """``[sources.NAME.keep]``: what the store keeps of a source, and how long."""

    payload: Literal["keep", "encrypt", "drop"] = Field("keep", description="raw rows of records")
    raw: Age | None = Field(None, description="how long raw rows of records are kept; for good where left out")
    rejects: Age | None = Field(None, description="how long decided rejects are kept")
    records: Age | None = Field(None, description="how long records are kept that the source deleted")
    mask: bool = Field(default=False, description="answer personal fields of this source masked")
    personal: Literal["replace", "keep"] = Field(
        "replace", description="personal data in recordings; keep it only where it is invented"
    )


POLICIES: Mapping[str, type[BaseModel]] = MappingProxyType(
    {"limits": Limits, "surprises": Surprises, "sync": SyncPolicy, "keep": Keep}
)
"""The tables below any ``[sources.NAME]``."""


class StoreSettings(_Policy):
    """``[store]``: where Bartack keeps its own state."""

    url: DatabaseUrl = Field(
        default_factory=lambda: DatabaseUrl("sqlite:///.bartack/state.sqlite"),
        description="SQLAlchemy URL: an SQLite file, relative to bartack.toml, or PostgreSQL",
    )
    key: Secret | None = Field(None, description="key of encrypted payloads (Fernet, 44 characters)")


Role = Literal["reader", "reporter", "reviewer"]
"""What a token may do: ask; ask and report problems; ask, report, and decide in the review queue."""


class TokenPolicy(_Policy):
    """``[serve.tokens.NAME]``: one that may ask; its name is who decides, where it decides."""

    token: Secret = Field(description="the bearer token: { env = … } or { file = … }")
    role: Role = Field("reader", description="reader, reporter or reviewer")
    sources: tuple[str, ...] | None = Field(None, description="only these sources; all where it is left out")
    contracts: tuple[str, ...] | None = Field(None, description="only these contracts: person, invoice/1")
    mask: bool = Field(default=False, description="answer personal fields masked, whatever the source's policy")


class ServeSettings(_Policy):
    """``[serve]``: who may ask, where Bartack serves."""

    tokens: dict[str, TokenPolicy] = Field(default_factory=dict, description="by name")
    hosts: tuple[str, ...] = Field((), description="names it may be asked under, besides this machine's own")
    report: bool = Field(default=False, description="let agents report problems into the review queue")
