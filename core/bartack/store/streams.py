"""Where each stream stands: since when to ask, how old its snapshot is, what it usually looks like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from bartack.store.tables import streams
from bartack.store.upsert import upsert

__all__ = ["Standing", "put_standing", "standing", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream is synced.

    ``high_water``: last change that was seen, by the source's own clock; the next incremental sync asks from there.
    ``full_at``: when it was last read in full. ``as_of``: when the snapshot that readers see was true; ``made_by``: what
    made it. ``baselines``: what the stream usually looks like, by contract, as JSON.
    """

    source: str
    stream: str
    high_water: datetime | None = None
    full_at: datetime | None = None
    as_of: datetime | None = None
    run: int | None = None
    completeness: str | None = None
    made_by: str | None = None
    baselines: Mapping[str, Any] = field(default_factory=dict)


def standing(connection: Connection, source: str, stream: str) -> Standing:
    """Return where a stream stands; one that was never synced stands nowhere."""
    asked = select(streams).where(streams.c.source == source, streams.c.stream == stream)
    row = connection.execute(asked).mappings().one_or_none()
    return Standing(source, stream) if row is None else _standing(row)


def standings(connection: Connection) -> list[Standing]:
    """Return where all streams stand that were ever synced."""
    asked = select(streams).order_by(streams.c.source, streams.c.stream)
    return [_standing(row) for row in connection.execute(asked).mappings()]


def put_standing(connection: Connection, now: Standing) -> None:
    """Write down where a stream stands."""
    values = {name: getattr(now, name) for name in Standing.__dataclass_fields__}
    upsert(connection, streams, [{**values, "baselines": json.dumps(dict(now.baselines), ensure_ascii=False)}])


def _standing(row: RowMapping) -> Standing:
    return Standing(**{**row, "baselines": json.loads(row["baselines"])})
