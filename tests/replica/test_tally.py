"""How many records a stream has is counted once, and is right whatever happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from bartack.hub import Hub
from bartack.replica.indexing import rebuild
from support.numbered import NOW, Estate, hub_of, numbered, person


def told(hub: Hub) -> int:
    (one,) = hub.standings("person")
    return one.records


@contextmanager
def statements(hub: Hub) -> Iterator[list[str]]:
    """What is asked of the store in between."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(hub.store.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(hub.store.database.engine, "before_cursor_execute", note)


def test_records_are_not_counted_again_where_nothing_has_changed(tmp_path: Path) -> None:
    with hub_of(numbered(people=Estate([person(number) for number in range(5)])), tmp_path) as hub:
        list(hub.sync())
        assert told(hub) == 5
        with statements(hub) as asked:
            hub.get("crm/people/00003", cached=True)
            assert told(hub) == 5
        assert asked
        assert not any("count(" in one for one in asked if "documents" in one or "bartack_records" in one)


def test_an_erasure_whose_trace_is_forgotten_before_anybody_looks_is_counted(tmp_path: Path) -> None:
    estate = Estate([person(number) for number in range(3)])
    now = [NOW]
    with hub_of(numbered(people=estate), tmp_path, clock=lambda: now[0], keep={"records": "1s"}) as hub:
        list(hub.sync())
        assert told(hub) == 3
        hub.governance.erase(["crm/people/00001"], by="zoe")
        now[0] += timedelta(minutes=1)
        list(hub.sync())  # by its policy the store forgets that something was deleted
        assert told(hub) == there(hub) == 2


def test_a_deletion_that_is_forgotten_before_anybody_looks_leaves_the_index(tmp_path: Path) -> None:
    estate = Estate([person(number) for number in range(3)])
    now = [NOW]
    with hub_of(numbered(people=estate), tmp_path, clock=lambda: now[0], keep={"records": "1s"}) as hub:
        list(hub.sync())
        assert hub.query("person").total == 3
        del estate.rows[1]
        list(hub.sync(full=True))
        now[0] += timedelta(minutes=1)
        list(hub.sync())
        answer = hub.query("person")
        assert (answer.total, len(answer.records), told(hub)) == (2, 2, 2)


@settings(
    phases=[Phase.generate],
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 5)),
            st.tuples(st.just("drop"), st.integers(0, 5)),
            st.tuples(st.just("erase"), st.integers(0, 5)),
            st.tuples(st.sampled_from(["rebuild", "sync", "look", "look"]), st.just(0)),
        ),
        max_size=12,
    )
)
def test_the_count_is_that_of_the_records_after_whatever_happens(
    tmp_path_factory: Any, steps: list[tuple[str, int]]
) -> None:
    now = [NOW]
    estate = Estate([person(0), person(1)])
    tables: dict[str, Any] = {"keep": {"records": "1s"}}  # what was deleted is forgotten, and with it its changes
    with hub_of(numbered(people=estate), tmp_path_factory.mktemp("tally"), clock=lambda: now[0], **tables) as hub:
        list(hub.sync())
        for step, number in steps:
            now[0] += timedelta(minutes=1)
            identity = f"{number:05}"
            if step == "erase":
                hub.governance.erase([f"crm/people/{identity}"], by="zoe")
            elif step == "rebuild":
                rebuild(hub.store, hub.contracts)
            elif step != "look":
                estate.rows = [row for row in estate.rows if row["id"] != identity or step not in ("put", "drop")]
                if step == "put":
                    estate.rows.append(person(number, f"Person {len(estate.rows)} {now[0].minute}"))
                list(hub.sync(full=True))
            if step == "look":
                assert told(hub) == there(hub)
        assert told(hub) == there(hub)


def there(hub: Hub) -> int:
    return sum(1 for _ in hub.read("person", cached=True, allow_partial=True))
