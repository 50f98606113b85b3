"""Facts are counts: they add up, survive a restart, and hold nothing personal."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.drift.baseline import Baseline
from bartack.drift.columns import columns
from bartack.drift.facts import MOST_PATHS, Facts
from bartack.drift.gate import judge
from bartack.drift.shape import Reading, Shape
from bartack.mapping.compiled import compile_mapping
from bartack.mapping.loader import load
from bartack.mapping.rules import Rule
from bartack.normalizers import builtin
from bartack.settings import Locale
from bartack_contracts import Person
from support.drifting import KINDS, NOW, Kind

CONTACTS, DEALS, OPPORTUNITIES = KINDS
KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.stream)


def gather(kind: Kind, pages: list[list[Any]]) -> Facts:
    facts = Facts(source="s", stream=kind.stream, contract=kind.mapping.model.contract)
    for page in pages:
        facts.page(page, kind.mapping.page(page, Counter()), kind.shape, at=NOW, seconds=0.5)
    return facts


@KIND
def test_facts_of_parts_add_up_to_those_of_the_whole(kind: Kind) -> None:
    rows = kind.rows(Random(1), 90)
    whole = gather(kind, [rows])
    parts = gather(kind, [rows[:7]]).add(gather(kind, [rows[7:60]])).add(gather(kind, [rows[60:]]))
    assert parts.model_copy(update={"pages": 1, "requests": whole.requests}) == whole
    assert whole.rows == whole.objects == whole.counts.total() == 90


@KIND
def test_a_read_that_was_killed_goes_on_with_its_facts(kind: Kind) -> None:
    rows = kind.rows(Random(2), 60)
    restored = Facts.model_validate_json(gather(kind, [rows[:30]]).model_dump_json())
    restored.page(rows[30:], kind.mapping.page(rows[30:], Counter()), kind.shape, at=NOW, seconds=0.5)
    assert restored == gather(kind, [rows[:30], rows[30:]])


def test_the_books_of_the_read_come_before_what_the_outcomes_say() -> None:
    rows = DEALS.rows(Random(3), 4)
    facts = Facts(source="s", stream="deals", contract="deal/1")
    facts.page(rows, DEALS.mapping.page(rows, Counter()), DEALS.shape, counts={"delivered": 3, "duplicates": 1})
    assert facts.counts == {"delivered": 3, "duplicates": 1}


def test_absent_null_blank_and_a_value_are_counted_apart() -> None:
    rows = [{"id": 1, "a": "x"}, {"id": 2, "a": None}, {"id": 3, "a": " "}, {"id": 4, "a": ""}, {"id": 5}]
    facts = Facts(source="s", stream="t", contract="person/1")
    facts.page(rows, [], Shape())
    a = facts.paths["a"]
    assert (facts.objects, a.sent, a.filled, a.blank, a.types) == (5, 4, 1, 2, {"string": 3, "null": 1})


def test_types_tell_what_json_and_sql_can_hold() -> None:
    values = [True, 1, Decimal("1.5"), "x", None, {"y": 1}, [1, "a"], datetime(2026, 1, 1), date(2026, 1, 1), b"x"]
    facts = Facts(source="s", stream="t", contract="person/1")
    facts.page([{"a": value} for value in values], [], Shape())
    names = "boolean integer decimal string null object array datetime date bytes".split()
    assert facts.paths["a"].types == dict.fromkeys(names, 1)
    assert facts.paths["a[]"].types == {"integer": 1, "string": 1}
    assert facts.paths["a.y"].within == "a"


def test_numbers_are_measured_in_text_where_the_contract_wants_a_number() -> None:
    rows = DEALS.rows(Random(4), 50)
    numbers = gather(DEALS, [rows]).paths["properties.amount"].numbers
    amounts = [one["properties"]["amount"] for one in rows if one["properties"]["amount"]]
    assert numbers.total() == len(amounts)
    assert gather(DEALS, [rows]).paths["properties.hubspot_owner_id"].numbers == {}, "digits of an id are no amount"


def test_only_words_of_closed_lists_are_kept() -> None:
    facts = gather(DEALS, [DEALS.rows(Random(5), 200)])
    kept = {path for path, one in facts.paths.items() if one.codes is not None}
    assert kept == {
        f"properties.{name}" for name in "dealstage deal_currency_code hs_is_closed hs_is_closed_won".split()
    }
    assert set(facts.paths["properties.deal_currency_code"].codes or ()) == {"EUR", "USD", "CHF"}


def test_a_word_that_is_also_a_name_is_not_kept() -> None:
    text = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {path: kind, values: {c: contact, l: lead}}
  lifecycle: {path: name, values: {lead: lead}}
custom_fields:
  balance: {path: balance, type: integer}
"""
    mapping = compile_mapping(load(text, "people.yaml"), Person, Rule(path="id"), builtin(), Locale())
    shape = Shape.of(mapping)
    assert (shape.at("kind").code, shape.at("name").code) == (True, False)
    assert shape.at("balance") == Reading(fields=("custom",), places=("custom",), personal=True)


def test_a_path_with_many_words_is_no_code_and_keeps_none() -> None:
    rows = DEALS.rows(Random(6), 100)
    for number, row in enumerate(rows):
        row["properties"]["dealstage"] = f"stage {number}"
    assert gather(DEALS, [rows]).paths["properties.dealstage"].codes is None


SECRET = "Quetzalcoatl"


def marked(value: Any, number: int) -> Any:
    """The value with something personal in the place of every text."""
    if isinstance(value, dict):
        return {key: marked(inner, number) for key, inner in value.items()} | {f"{SECRET}@example.org": SECRET}
    if isinstance(value, list):
        return [marked(inner, number) for inner in value]
    return f"{SECRET} Zoë, {number}" if isinstance(value, str) else value


@KIND
def test_nothing_personal_is_in_facts_baselines_or_alarms(kind: Kind) -> None:
    known = Baseline()
    for seed in range(4):
        known = known.learn(gather(kind, [kind.rows(Random(seed), 200)]), full=True)
    facts = gather(kind, [[marked(row, at) for at, row in enumerate(kind.rows(Random(9), 200))]])
    judgement = judge(known, facts, full=True)
    assert judgement.alarms
    for text in (facts.model_dump_json(), known.learn(facts, full=True).model_dump_json(), judgement.model_dump_json()):
        assert SECRET not in text
        assert "Zo" not in text


def test_a_flood_of_paths_is_cut_and_counted_but_never_those_that_are_read() -> None:
    facts = Facts(source="s", stream="t", contract="person/1")
    flood = {f"field{number}": 1 for number in range(MOST_PATHS + 7)}
    facts.page([{**flood, "last": 1}], [], Shape({"last": Reading(fields=("title",))}))
    assert (len(facts.paths), facts.unlisted, "last" in facts.paths) == (MOST_PATHS + 1, 7, True)


def test_what_a_mapping_leaves_out_on_purpose_is_not_looked_at() -> None:
    rows = [{"id": 1, "etag": "x", "links": {"self": "y", "other_url": "z"}, "attributes": {"type": "T", "url": [1]}}]
    facts = Facts(source="s", stream="t", contract="person/1")
    facts.page(rows, [], Shape(ignored=(("etag",), ("attributes",), ("links", "*_url"))))
    assert set(facts.paths) == {"id", "links", "links.self"}


def test_keys_that_are_data_are_no_paths() -> None:
    found = columns([{"by_id": {"4711": {"n": 1}, "4712": {"n": 2}}, "a@b.example": 1}])
    assert set(found) == {"by_id", "by_id.*", "by_id.*.n", "*"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=True) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["id", "properties", "a.b", ""]), values) | values, max_size=6))
def test_whatever_a_source_sends_can_be_counted(rows: list[Any]) -> None:
    facts = gather(DEALS, [rows])
    assert facts.rows == len(rows) == facts.counts.total()
    again = Facts.model_validate_json(facts.model_dump_json())
    assert again == facts
    judge(Baseline().learn(facts, full=True), again, full=True)
    json.loads(facts.model_dump_json())
