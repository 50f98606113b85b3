"""Filters and orders on contract fields: typed, exact, and alike in both databases."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartack.errors import ConfigError
from bartack.hub import Hub
from bartack_contracts import Record
from support.numbered import person
from support.replicas import invoice, invoices, people, synced

TOTALS = (
    "-3.5",
    "-0.01",
    "0",
    "0.1",
    "0.10",
    "9",
    "10",
    "10.00",
    "99.99",
    "100",
    "12345678901234567.01",
    "12345678901234567.02",
)


def estate(count: int = 60) -> list[dict[str, Any]]:
    chance = random.Random(7)
    return [
        invoice(
            number,
            total=chance.choice(TOTALS),
            status=chance.choice(["open", "paid", "void"]),
            minutes=chance.randrange(20),
            **({"customer": f"c{chance.randrange(5)}", "customer_name": chance.choice(["Ann", "ann", "Änne", "Bob"])} if chance.random() < 0.8 else {}),
            **({"paid": chance.choice(["2026-01-02", "2026-01-02T10:00:00+02:00", "2026-01-03"])} if chance.random() < 0.5 else {}),
            lines=[{"text": chance.choice(["Bolt", "Nut"]), "quantity": str(chance.randrange(4))} for _ in range(chance.randrange(3))],
            **({"score": chance.randrange(3)} if chance.random() < 0.5 else {}),
        )
        for number in range(count)
    ]  # fmt: skip


def refs(hub: Hub, **asked: Any) -> list[str]:
    """All pages of a query."""
    found: list[str] = []
    cursor = None
    while True:
        answer = hub.query("invoice", cursor=cursor, **asked)
        found += [record.ref.id for record in answer.records]
        if answer.next_cursor is None:
            assert answer.total == len(found)
            assert answer.verdict.completeness == "complete"
            return found
        assert answer.verdict.completeness == "limited"
        cursor = answer.next_cursor


VALUES: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "total.amount": lambda one: [one.total.amount],
    "status": lambda one: [one.status.value],
    "party.id": lambda one: [one.party.id] if one.party else [],
    "party.name": lambda one: [one.party.name] if one.party and one.party.name else [],
    "lines.quantity": lambda one: [line.quantity for line in one.lines],
    "updated_at": lambda one: [one.updated_at],
}
KNOWN: Mapping[str, Sequence[Any]] = {
    "total.amount": [Decimal(one) for one in TOTALS] + [Decimal("0.5")],
    "status": ["open", "paid", "void", "draft"],
    "party.id": ["c0", "c3", "c9"],
    "party.name": ["Ann", "ann", "Änne", "Bob", "Zoe"],
    "lines.quantity": [Decimal(one) for one in range(5)],
    "updated_at": [datetime.fromisoformat(f"2026-11-22T10:{minute:02}:00+00:00") for minute in (0, 3, 19)],
}
COMPARED = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le, "eq": operator.eq}


@st.composite
def wheres(draw: st.DrawFn) -> dict[str, Any]:
    where: dict[str, Any] = {}
    for path in draw(st.lists(st.sampled_from(sorted(KNOWN)), unique=True, max_size=3)):
        value = st.sampled_from(list(KNOWN[path]))
        ordered = path not in ("party.name", "party.id", "status")
        simple = [st.builds(lambda one: {"eq": one}, value), st.builds(lambda one: {"ne": one}, value)]
        simple += [st.builds(lambda one: {"in": one}, st.lists(value, max_size=3))]
        simple += [st.builds(lambda one: {"exists": one}, st.booleans())]
        if ordered:
            simple += [st.builds(lambda name, one: {name: one}, st.sampled_from(["gt", "gte", "lt", "lte"]), value)]
            simple += [st.builds(lambda one, other: {"gte": one, "lt": other}, value, value)]
        where[path] = draw(st.one_of(*simple))
    return where


def fits(record: Record[Any], where: Mapping[str, Mapping[str, Any]]) -> bool:
    """The same question, asked in Python."""
    for path, tests in where.items():
        values = VALUES[path](record.value)
        together = {name: value for name, value in tests.items() if name not in ("ne", "exists")}
        if together and not any(all(_holds(name, one, value) for name, value in together.items()) for one in values):
            return False
        if "ne" in tests and tests["ne"] in values:
            return False
        if "exists" in tests and bool(values) != tests["exists"]:
            return False
    return True


def _holds(name: str, one: Any, value: Any) -> bool:
    return one in value if name == "in" else bool(COMPARED[name](one, value))


@pytest.fixture
def hub(tmp_path: Path, store: dict[str, Any] | None) -> Hub:
    return synced(invoices(*estate()), tmp_path, store)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=wheres(),
    order=st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=2),
    size=st.integers(1, 70),
    down=st.booleans(),
)
def test_a_query_gives_what_the_same_question_in_python_gives(
    hub: Hub, where: dict[str, Any], order: list[str], size: int, down: bool
) -> None:
    everything = hub.query("invoice", limit=1000).records
    assert len(everything) == 60
    wanted = [record for record in everything if fits(record, where)]
    asked = [f"-{path}" if down else path for path in order]
    found = refs(hub, where=where, order_by=asked, limit=size)
    assert sorted(found) == sorted(record.ref.id for record in wanted)
    by_id = {record.ref.id: record.value for record in everything}
    if order and order[0] != "party.name":  # texts are ordered without case and accents, which Python does not
        ends = [VALUES[order[0]](by_id[one]) for one in found]
        best = [(max if down else min)(one) for one in ends if one]
        assert best == sorted(best, reverse=down)
        assert [bool(one) for one in ends] == sorted((bool(one) for one in ends), reverse=True), "absent ones come last"


def test_numbers_are_compared_exactly_beyond_what_a_float_holds(hub: Hub) -> None:
    exact = hub.query("invoice", where={"total.amount": "12345678901234567.01"}, limit=100).records
    assert exact
    assert {str(record.value.total.amount) for record in exact} == {"12345678901234567.01"}


def test_a_page_goes_on_where_the_last_one_ended_though_records_come_and_go(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    rows = [invoice(number, total=str(number)) for number in range(30)]
    kind = invoices(*rows)
    with synced(kind, tmp_path, store) as hub:
        first = hub.query("invoice", order_by="-total.amount", limit=10)
        held = kind.estates["invoices"].rows
        held[:] = [row for row in held if row["id"] not in ("00025", "00015")]  # one that was seen, one that was not
        held.append(invoice(90, total="1000"))
        list(hub.sync(full=True))
        second = hub.query("invoice", order_by="-total.amount", limit=100, cursor=first.next_cursor)
        seen = [record.ref.id for record in (*first.records, *second.records)]
        assert seen == [f"{number:05}" for number in range(29, -1, -1) if number != 15]


def test_a_date_and_a_moment_stand_side_by_side_in_one_field(hub: Hub) -> None:
    found = hub.query(
        "invoice", where={"paid_at": {"gte": "2026-01-02", "lt": "2026-01-03"}}, order_by="paid_at", limit=100
    )
    days = [record.value.paid_at for record in found.records]
    assert {type(one) for one in days} == {date, datetime}
    assert [isinstance(one, datetime) for one in days] == sorted(isinstance(one, datetime) for one in days)


def test_a_text_is_equal_exactly_and_begins_in_any_case(hub: Hub) -> None:
    exact = {record.value.party.name for record in hub.query("invoice", where={"party.name": "ann"}, limit=100).records}
    begins = {
        record.value.party.name
        for record in hub.query("invoice", where={"party.name": {"prefix": "AN"}}, limit=100).records
    }
    assert exact == {"ann"}
    assert begins == {"ann", "Ann", "Änne"}


def test_custom_fields_are_asked_for_by_their_key(hub: Hub) -> None:
    found = hub.query("invoice", where={"custom.score": {"gte": 1}}, limit=100)
    scores = [next(one.value for one in record.value.custom if one.key == "score") for record in found.records]
    assert scores
    assert set(scores) == {1, 2}


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"nam": 1}, "has no field 'nam'"),
        ({"numbr": "x"}, "did you mean 'number'"),
        ({"statu": "x"}, "did you mean 'status'"),
        ({"status": "opn"}, "none of its words"),
        ({"total": 5}, "total has several values"),
        ({"total.amount": "a lot"}, "is no number"),
        ({"total.amount": float("nan")}, "is no number"),
        ({"total.amount": True}, "is no number"),
        ({"updated_at": "2026-01-01"}, "is no datetime"),
        ({"updated_at": datetime(2026, 1, 1)}, "is no datetime"),
        ({"issue_date": "20260101x"}, "is no date"),
        ({"total.amount": {"like": 1}}, "no operator 'like'"),
        ({"total.amount": {"prefix": "1"}}, "prefix asks how a text begins"),
        ({"number": {"exists": "yes"}}, "exists is true or false"),
        ({"number": {}}, "nothing is asked"),
        ({"number": {"in": "abc"}}, "in takes a list"),
        ("number", "where is a mapping"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_and_says_what_would(tmp_path: Path, where: Any, says: str) -> None:
    with synced(invoices(invoice(1)), tmp_path) as hub, pytest.raises(ConfigError, match=says) as told:
        hub.query("invoice", where=where)
    assert told.value.next_step


def test_a_limit_is_kept_within_bounds(tmp_path: Path) -> None:
    with synced(invoices(invoice(1)), tmp_path) as hub:
        for limit in (0, -1, 1001):
            with pytest.raises(ConfigError, match="limit"):
                hub.query("invoice", limit=limit)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one[:-1],
        lambda one: one + "A",
        lambda one: one.swapcase(),
        lambda one: "",
        lambda one: "\u2603",
        lambda one: "A" * 9000,
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    with synced(invoices(*(invoice(number) for number in range(5))), tmp_path) as hub:
        cursor = hub.query("invoice", limit=2).next_cursor
        assert cursor is not None
        with pytest.raises(ConfigError, match="not one of this question"):
            hub.query("invoice", limit=2, cursor=spoil(cursor))


def test_a_cursor_of_another_question_is_refused(tmp_path: Path) -> None:
    with synced(invoices(*(invoice(number) for number in range(5))), tmp_path) as hub:
        cursor = hub.query("invoice", limit=2).next_cursor
        for asked in ({"where": {"status": "open"}}, {"order_by": "number"}, {"masked": True}, {"source": "crm"}):
            with pytest.raises(ConfigError, match="not one of this question"):
                hub.query("invoice", cursor=cursor, **asked)
        with pytest.raises(ConfigError, match="not one of this question"):
            hub.changes("invoice", cursor=cursor)


def test_a_cursor_holds_in_another_process_and_another_limit(tmp_path: Path) -> None:
    kind = invoices(*(invoice(number) for number in range(5)))
    with synced(kind, tmp_path) as hub:
        cursor = hub.query("invoice", limit=2).next_cursor
    with synced(kind, tmp_path) as again:
        assert [one.ref.id for one in again.query("invoice", limit=50, cursor=cursor).records] == [
            "00002",
            "00003",
            "00004",
        ]


def test_what_a_source_masks_cannot_be_found_out_by_asking(tmp_path: Path, store: dict[str, Any] | None) -> None:
    row = person(1, "Zoë Müller", email="zoe@example.org")
    with synced(people(row), tmp_path, store, keep={"mask": True}) as hub:
        (record,) = hub.query("person").records
        assert record.value.name.full == "***"
        for asked in (
            {"where": {"emails.address": "zoe@example.org"}},
            {"order_by": "name.full"},
            {"where": {"custom.x": 1}},
        ):
            with pytest.raises(ConfigError, match="personal"):
                hub.query("person", **asked)
        assert hub.query("person", where={"kind": "contact"}).total == 1


def test_a_contract_that_nobody_feeds_is_told_of(tmp_path: Path) -> None:
    with (
        synced(invoices(invoice(1)), tmp_path) as hub,
        pytest.raises(ConfigError, match=r"no stream of crm feeds ticket/1"),
    ):
        hub.query("ticket")


def test_records_are_fetched_by_their_refs_in_that_order_and_those_that_are_not_there_are_named(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    with synced(people(*(person(number) for number in range(5))), tmp_path, store) as hub:
        answer = hub.get_many(["crm/people/00003", "bartack://crm/people/00001", "crm/people/77", "crm/people/00003"])
        assert [record.ref.id for record in answer.records] == ["00003", "00001"]
        assert answer.notices == ("there is no record crm/people/77",)
        assert (answer.total, answer.verdict.completeness) == (2, "complete")
        with pytest.raises(ConfigError, match="no source named 'erp'"):
            hub.get_many(["erp/people/1"])
        with pytest.raises(ConfigError, match="source/stream/id"):
            hub.get_many(["what somebody typed"])
