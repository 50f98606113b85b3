"""What waits is grouped by what is wrong with it, and decided over together, each reject still by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError, ConflictError
from bartack.hub import Hub
from bartack.reviewing.review import Cause
from support.ledger import assert_balanced
from support.numbered import Estate, NumberedConnector, hub_of, person

MAPPING = NumberedConnector.mapping + "  birth_date: {path: born, use: date, required: true}\n"


def people(estate: Estate) -> type[NumberedConnector]:
    about = {"estates": {"people": estate}, "down": [], "mapping": MAPPING, "__module__": __name__}
    return type("People", (NumberedConnector,), about)


ROWS = [
    person(1, born="1970-01-31"),
    person(2, " ", born="1970-01-31"),
    person(3, born="31.01.1970"),
    person(4, " ", born="1970-01-31"),
    person(5, " ", born="soon"),
    person(6, " ", born="1970-01-31"),
]
NAME, BOTH = (2, 4, 6), (5,)


def hub_at(folder: Path, **tables: Any) -> Hub:
    surprises = {"too_many_rejects": "accept"}
    return hub_of(people(Estate(ROWS, incremental=False)), folder, sync={"gate": False}, surprises=surprises, **tables)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with hub_at(tmp_path) as made:
        list(made.sync())
        yield made


def rows_of(hub: Hub, cause: Cause) -> list[int]:
    return [int(hub.review.show(number).reject.id) for number in cause.numbers]


def test_rejects_of_the_same_cause_are_one_group_the_largest_first(hub: Hub) -> None:
    causes = hub.review.causes()
    assert [(rows_of(hub, one), [str(fault) for fault in one.faults]) for one in causes] == [
        ([2, 4, 6], ["name.full: required.blank"]),
        ([3], ["birth_date: required.unreadable"]),
        ([5], ["birth_date: required.unreadable", "name.full: required.blank"]),
    ]
    assert (causes[0].source, causes[0].stream, causes[0].contract) == ("crm", "people", "person/1")
    assert causes[0].example.field == "name.full"
    assert hub.review.causes(source="other") == ()


def test_a_group_keeps_its_key_while_rejects_come_and_go(hub: Hub) -> None:
    key = hub.review.causes()[0].key
    hub.review.dismiss(hub.review.cause(key).numbers[0], by="ann")
    assert len(hub.review.cause(key).numbers) == 2
    hub.review.each(hub.review.cause(key).numbers, lambda number: hub.review.dismiss(number, by="ann"))
    with pytest.raises(ConfigError, match="nothing waits for the cause"):
        hub.review.cause(key)


def test_one_decision_over_a_group_is_a_decision_over_each_of_it(hub: Hub) -> None:
    cause = hub.review.causes()[0]
    done = hub.review.each(cause.numbers, lambda number: hub.review.fix(number, {"name.full": "N. N."}, by="ann"))
    assert [one.effect for one in done.done] == ["created"] * 3
    assert done.refused == ()
    assert [one.number for one in hub.review.history()] == sorted(cause.numbers, reverse=True)
    assert_balanced(hub)
    again = hub.review.each(cause.numbers, lambda number: hub.review.undo(number, by="ann"))
    assert len(again.done) == 3
    assert hub.review.causes()[0] == cause
    assert_balanced(hub)


def test_who_was_faster_over_one_of_a_group_is_told_and_the_others_are_decided(hub: Hub) -> None:
    cause = hub.review.causes()[0]
    hub.review.fix(cause.numbers[1], {"name.full": "Zoë"}, by="bob")
    done = hub.review.each(cause.numbers, lambda number: hub.review.dismiss(number, by="ann"))
    assert [one.number for one in done.done] == [cause.numbers[0], cause.numbers[2]]
    ((number, error),) = done.refused
    assert number == cause.numbers[1]
    assert isinstance(error, ConflictError)
    assert "bob has corrected name.full" in error.message
    assert_balanced(hub)


def test_elements_of_a_list_are_one_place(tmp_path: Path) -> None:
    mapping = NumberedConnector.mapping.replace("use: email}", "use: email, required: true}")
    mapping = mapping.replace("{path: email, label: work}", "{path: a}, {path: b}")
    estate = Estate([person(1, " ", a="x", b="y@example.org"), person(2, " ", b="z", a="a@example.org")])
    about = {"estates": {"people": estate}, "mapping": mapping, "__module__": __name__}
    kind = type("People", (NumberedConnector,), about)
    with hub_of(kind, tmp_path, sync={"gate": False}, surprises={"too_many_rejects": "accept"}) as hub:
        list(hub.sync())
        assert [len(one.numbers) for one in hub.review.causes()] == [2]


def test_causes_of_masked_sources_show_no_value(tmp_path: Path) -> None:
    with hub_at(tmp_path, keep={"mask": True}) as hub:
        list(hub.sync())
        assert "31.01.1970" not in repr(hub.review.causes())
        assert "birth_date" in repr(hub.review.causes())
