"""Whatever people and the source do in turns, the books balance, what is erased is gone, and what was decided holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bartack.errors import BartackError, ConflictError
from bartack.hub import Hub
from bartack.store import tables
from support.numbered import NOW, Estate, NumberedConnector, hub_of, person

OTHER_MAPPING = NumberedConnector.mapping.replace("{path: name,", "{first: [name, email],")
ROWS, STEPS = 5, 40


class History:
    """One store that lives through random steps of people, of the source, and of the mapping's author."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.now = NOW
        self.estate = Estate([self.row(n) for n in range(ROWS)], page_size=2, incremental=seed % 2 == 0)
        self.estate.now = lambda: self.now
        self.mapping = NumberedConnector.mapping
        self.erased: set[str] = set()
        self.dismissed: set[tuple[str, str]] = set()
        self.did: list[str] = []

    def row(self, number: int) -> dict[str, Any]:
        chance = self.chance
        minutes = int((self.now - NOW).total_seconds() // 60)
        more = {"email": f"p{number}@example.org"} if chance.random() < 0.3 else {}
        name = " " if chance.random() < 0.7 else f"Name {chance.randrange(100)}"
        return person(number, name, minutes=minutes, gone=chance.random() < 0.05, **more)

    def hub(self) -> Hub:
        kind = type(
            "Numbered",
            (NumberedConnector,),
            {"estates": {"people": self.estate}, "down": [], "mapping": self.mapping, "__module__": __name__},
        )
        surprises = {"too_many_rejects": "accept"}
        keep = {"rejects": "2h"} if self.chance.random() < 0.2 else {}
        return hub_of(
            kind, self.folder, clock=lambda: self.now, sync={"gate": False}, surprises=surprises, keep=keep
        )  # fmt: skip

    def run(self) -> None:
        actions: list[Callable[[Hub], None]] = [
            *[self.change] * 5, *[self.sync] * 5, self.full, self.interrupted, self.remap,
            *[self.fix] * 2, self.dismiss, *[self.undo] * 2, self.retry, self.erase, *[self.lift] * 2,
        ]  # fmt: skip
        for _ in range(STEPS):
            action = self.chance.choice(actions)
            self.did.append(action.__name__)
            self.now += timedelta(minutes=20)
            with self.hub() as hub:
                action(hub)
                self.check(hub)

    def sync(self, hub: Hub) -> None:
        list(hub.sync())

    def full(self, hub: Hub) -> None:
        list(hub.sync(full=True))

    def interrupted(self, hub: Hub) -> None:
        pages = iter(range(self.chance.randrange(1, 3)))
        list(hub.sync(stop=lambda: next(pages, None) is None))

    def change(self, hub: Hub) -> None:
        at = self.chance.randrange(len(self.estate.rows))
        self.estate.rows[at] = self.row(int(self.estate.rows[at]["id"]))

    def remap(self, hub: Hub) -> None:
        self.mapping = OTHER_MAPPING if self.mapping != OTHER_MAPPING else NumberedConnector.mapping

    def fix(self, hub: Hub) -> None:
        number = self.some(hub)
        if number is not None:
            with suppress(ConflictError):  # it does not wait any more
                hub.review.fix(number, {"name.full": f"Fixed {self.chance.randrange(3)}"}, by="ann")

    def dismiss(self, hub: Hub) -> None:
        number = self.some(hub)
        if number is not None:
            try:
                hub.review.dismiss(number, by="bob")
            except ConflictError:
                return
            reject = hub.review.show(number).reject
            self.dismissed.add((reject.id, reject.digest))

    def undo(self, hub: Hub) -> None:
        number = self.some(hub)
        if number is None:
            return
        reject, before = hub.review.show(number).reject, self.decisions(hub)
        try:
            hub.review.undo(number, by="cyd")
        except ConflictError:
            assert self.decisions(hub) == before, self.did
            return
        self.dismissed.discard((reject.id, reject.digest))
        assert self.decisions(hub) == before - {(reject.id, reject.digest)}
        assert hub.review.show(number).reject.state == "waiting"

    def decisions(self, hub: Hub) -> set[tuple[str, str]]:
        with hub.store.read() as connection:
            found = connection.execute(select(tables.decisions.c.id, tables.decisions.c.digest))
            return {(row.id, row.digest) for row in found}

    def retry(self, hub: Hub) -> None:
        done = hub.review.retry()
        assert done.examined == done.covered + done.moot + done.waiting
        assert not done.errors

    def erase(self, hub: Hub) -> None:
        number = self.chance.randrange(ROWS)
        found = hub.governance.find({"email": f"p{number}@example.org"}).found
        if found:
            hub.governance.erase(found, by="ann")
            gone = {one.ref.id for one in found}
            self.erased |= gone
            self.dismissed = {one for one in self.dismissed if one[0] not in gone}

    def lift(self, hub: Hub) -> None:
        if self.erased:
            some = self.chance.choice(sorted(self.erased))
            assert hub.governance.lift(f"crm/people/{some}")
            self.erased.discard(some)

    def some(self, hub: Hub) -> int | None:
        numbers = [one.number for one in hub.review.list(state=self.chance.choice(["waiting", "waiting", None]))]
        return self.chance.choice(numbers) if numbers else None

    def check(self, hub: Hub) -> None:
        assert hub.audit().findings == (), self.did
        with hub.store.read() as connection:
            for table in (tables.records, tables.staged, tables.rejects, tables.decisions):
                ids = set(connection.execute(select(table.c.id)).scalars())
                assert not ids & self.erased, (self.did, table.name)
            contents = select(tables.history).where(tables.history.c.erased_at.is_not(None))
            for row in connection.execute(contents).mappings():
                assert (row["body"], row["note"], row["before"], row["payload"]) == ("{}", None, None, None)
            waiting = connection.execute(
                select(tables.rejects.c.id, tables.rejects.c.digest).where(tables.rejects.c.state == "waiting")
            )
            again = {(row.id, row.digest) for row in waiting} & self.dismissed
        assert again == set(), self.did


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_things_happen_the_books_balance(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    try:
        history.run()
    except BartackError as error:
        raise AssertionError(f"{history.did}: {error}") from error


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_in_many_more_orders(tmp_path: Path, seed: int) -> None:
    test_in_whatever_order_things_happen_the_books_balance(tmp_path, seed)
