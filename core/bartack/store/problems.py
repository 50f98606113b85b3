"""What somebody who is served reported of a record: a note for a person, which changes nothing by itself.

Kept apart from rejects: those are rows, and the books of every run count them; a note is an opinion over a row that became a
record. It holds for one payload, so that a person sees whether the source has sent something else since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, and_, func, select, update

from bartack.store.tables import problems
from bartack_contracts import Ref

__all__ = ["Problem", "ProblemState", "get", "listed", "put", "settle", "waiting_of"]

ProblemState = Literal["waiting", "settled"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with the record ``ref``, by its ``number``: ``words`` of ``who``, about a ``field`` of it where one is named.

    ``digest``: of the payload that the record was made of when it was reported. ``times``: how often the same was reported.
    """

    number: int
    source: str
    stream: str
    contract: str
    id: str
    digest: str
    field: str | None
    words: str
    who: str
    times: int
    first_seen: datetime
    last_seen: datetime
    state: ProblemState
    settled_by: str | None
    settled_at: datetime | None
    note: str | None

    @property
    def ref(self) -> Ref:
        """Which record it is about."""
        return Ref(self.source, self.stream, self.id)


def put(
    connection: Connection,
    ref: Ref,
    contract: str,
    digest: str,
    *,
    field: str | None,
    words: str,
    who: str,
    now: datetime,
) -> tuple[int, bool]:
    """Write a problem down; return its number, and whether it is new: the same that waits already is only counted."""
    about = {"source": ref.source, "stream": ref.stream, "id": ref.id, "contract": contract, "digest": digest}
    told = {**about, "words": words, "who": who, "state": "waiting"}
    same = and_(*(problems.c[name] == one for name, one in told.items()), problems.c.field.is_not_distinct_from(field))
    before = connection.execute(select(problems.c.number).where(same)).scalar()
    if before is not None:
        again = update(problems).where(problems.c.number == before)
        connection.execute(again.values(times=problems.c.times + 1, last_seen=now))
        return int(before), False
    made = connection.execute(problems.insert().values(**told, field=field, times=1, first_seen=now, last_seen=now))
    (number,) = made.inserted_primary_key or (0,)
    return int(number), True


def get(connection: Connection, number: int) -> Problem | None:
    """Return one problem."""
    row = connection.execute(select(problems).where(problems.c.number == number)).mappings().one_or_none()
    return None if row is None else _problem(row)


def listed(connection: Connection, *, source: str | None, state: ProblemState | None) -> list[Problem]:
    """Return problems, the oldest first."""
    asked = select(problems).order_by(problems.c.number)
    for column, wanted in ((problems.c.source, source), (problems.c.state, state)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    return [_problem(row) for row in connection.execute(asked).mappings()]


def waiting_of(connection: Connection, who: str) -> int:
    """Return how many problems wait that somebody reported."""
    mine = and_(problems.c.state == "waiting", problems.c.who == who)
    return int(connection.execute(select(func.count()).select_from(problems).where(mine)).scalar_one())


def settle(connection: Connection, number: int, *, by: str, note: str | None, now: datetime) -> bool:
    """Write down that a person has looked at it; false where it does not wait any more."""
    mine = and_(problems.c.number == number, problems.c.state == "waiting")
    settled = {"state": "settled", "settled_by": by, "settled_at": now, "note": note}
    return connection.execute(update(problems).where(mine).values(**settled)).rowcount == 1


def _problem(row: RowMapping) -> Problem:
    return Problem(**row)
