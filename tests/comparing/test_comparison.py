"""What a comparison says, and how it proves itself."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.comparing import selftest
from bartack.comparing.comparison import Comparison, compare
from bartack.comparing.consumers import Consumer
from bartack.errors import ComparisonError
from support.drifting import KINDS, Kind, changed
from support.sides import Row, population, sampled, side

CONTACTS, DEALS, OPPORTUNITIES = KINDS


def compared(
    kind: Kind, before: list[Row], after: list[Row], consumers: tuple[Consumer, ...] = (), **how: Any
) -> Comparison:
    return compare(side("before", sampled(kind, before)), side("after", sampled(kind, after, **how)), consumers)


def test_a_field_that_is_gone_hits_just_the_consumer_that_reads_it() -> None:
    rows = list(population(CONTACTS))[:100]
    gone = changed(rows, "properties.email", lambda owner, name: owner.pop(name))
    consumers = (
        Consumer("mailing", ("person.emails.address",)),
        Consumer("dialler", ("person.phones",)),
        Consumer("directory", ("person.name",)),
    )
    (found,) = compared(CONTACTS, rows, gone, consumers).at_least(("BREAKING", "SILENT", "RISK"))
    assert (found.severity, found.kind, found.path) == ("BREAKING", "missing", "properties.email")
    assert found.consumers == ("mailing",)
    assert found.before.part > 90
    assert found.after == (0, 100)


def test_what_no_declared_consumer_reads_breaks_nobody_and_says_so() -> None:
    rows = list(population(CONTACTS))[:100]
    gone = changed(rows, "properties.email", lambda owner, name: owner.pop(name))
    (found,) = compared(CONTACTS, rows, gone, (Consumer("dialler", ("person.phones",)),)).findings
    assert found.severity == "RISK"
    assert "no declared consumer reads it" in found.why


def test_a_path_that_no_rule_reads_is_compatible_whatever_becomes_of_it() -> None:
    rows = [{**row, "webhook": f"https://example.org/{n}"} for n, row in enumerate(population(CONTACTS)[:60])]
    gone = changed(rows, "webhook", lambda owner, name: owner.pop(name))
    (found,) = compared(CONTACTS, rows, gone).findings
    assert (found.severity, found.why) == ("COMPATIBLE", "no rule of the mapping reads it")


def test_an_amount_as_text_is_compatible_where_the_mapping_reads_both() -> None:
    rows = list(population(OPPORTUNITIES))[:80]
    texts = changed(rows, "Amount", lambda owner, name: owner.update({name: owner[name] and str(owner[name])}))
    (found,) = compared(OPPORTUNITIES, rows, texts).findings
    assert (found.severity, found.kind, found.path) == ("COMPATIBLE", "type", "Amount")


def test_an_example_of_a_personal_field_shows_its_form_only() -> None:
    rows = list(population(CONTACTS))[:80]
    cut = changed(rows, "properties.email", lambda owner, name: owner.update({name: {"value": owner[name]}}))
    spoiled = changed(rows, "properties.firstname", lambda o, n: o.update({n: o[n] and f"<b>{o[n]}</b>"}))
    for result in (compared(CONTACTS, rows, cut), compared(CONTACTS, rows, spoiled)):
        assert result.at_least(("BREAKING", "SILENT"))
        told = str([one.to_document() for one in result.findings])
        assert not any(row["properties"]["email"] in told for row in rows if row["properties"]["email"])
        assert not any(f"{row['properties']['firstname']}" in told for row in rows if row["properties"]["firstname"])


def test_new_words_of_a_personal_field_are_nowhere_shown() -> None:
    rows = list(population(CONTACTS))

    def renamed(owner: Row, name: str) -> None:
        owner[name] = "Ottokar" if owner[name] in ("Peter", "Maria", "John", "Jane", "Grace") else owner[name]

    names = changed(rows[400:], "properties.firstname", renamed)
    found = compared(CONTACTS, rows[:400], names).findings
    assert any((one.path, one.kind) == ("properties.firstname", "values") for one in found)
    assert "Ottokar" not in str([one.to_document() for one in found])


def test_a_read_that_leaves_declared_rows_out_is_silent() -> None:
    rows = list(population(CONTACTS))[:100]
    (found,) = compared(CONTACTS, rows, rows[:60], total=100).findings
    assert (found.severity, found.kind) == ("SILENT", "paging")
    assert "60" in found.message


def test_a_total_that_is_not_told_any_more_is_a_risk() -> None:
    rows = list(population(CONTACTS))[:100]
    before, after = sampled(CONTACTS, rows, total=100), sampled(CONTACTS, rows)
    (found,) = compare(side("before", before), side("after", after)).findings
    assert (found.severity, found.kind) == ("RISK", "paging")


def test_fewer_than_five_rows_decide_nothing() -> None:
    rows = list(population(CONTACTS))[:4]
    gone = changed(rows, "properties.email", lambda owner, name: owner.pop(name))
    result = compared(CONTACTS, rows, gone)
    assert not result.at_least(("BREAKING", "SILENT", "RISK"))
    assert any(one.about == "properties.email" and "only 4 and 4" in one.reason for one in result.undecided)


def test_a_few_other_rows_are_a_risk_with_the_range_that_chance_allows() -> None:
    rows = [row for row in population(CONTACTS) if row["properties"]["email"]]
    gone = changed(rows[6:12], "properties.email", lambda owner, name: owner.pop(name))
    (found,) = compared(CONTACTS, rows[:6], gone).at_least(("BREAKING", "SILENT", "RISK"))
    assert found.severity == "RISK"
    assert found.to_document()["after"] == {"part": 0, "whole": 6, "interval": (0.0, 0.39)}


def test_the_same_few_records_without_a_field_break_it_for_there_is_no_chance_in_that() -> None:
    rows = [row for row in population(CONTACTS) if row["properties"]["email"]][:6]
    gone = changed(rows, "properties.email", lambda owner, name: owner.pop(name))
    (found,) = compared(CONTACTS, rows, gone).at_least(("BREAKING", "SILENT", "RISK"))
    assert (found.severity, found.before) == ("BREAKING", (6, 6))


def test_nothing_compared_is_a_failure_and_never_green() -> None:
    with pytest.raises(ComparisonError, match="nothing was compared"):
        compare(side("before", sampled(CONTACTS, [])), side("after", sampled(CONTACTS, [])))
    with pytest.raises(ComparisonError, match="nothing was compared"):
        compare(side("before"), side("after"))


def test_a_comparison_that_does_not_find_its_own_drift_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(population(CONTACTS))[:50]
    monkeypatch.setattr(selftest, "differences", lambda pair: [])
    with pytest.raises(ComparisonError, match="put in on trial was not found"):
        compared(CONTACTS, rows, rows)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.decimals(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["2026-11-23", "2026-11-23T10:00:00Z", "12,50", "-0", "1e400", "Infinity"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "a", "b.c", "d[]", "é"]), values, max_size=5), min_size=1, max_size=30
    )
)
def test_the_same_side_twice_gives_no_finding(rows: list[Row]) -> None:
    assert _found(rows, rows) == ()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_two_sides_always_give_the_same_findings_in_the_same_order(data: st.DataObject) -> None:
    rows = st.lists(st.dictionaries(st.sampled_from(["id", "a", "b", "c"]), values, max_size=4), max_size=15)
    before, after = data.draw(rows), data.draw(rows)
    assert _found(before, after) == _found(before, after)


def _found(before: list[Row], after: list[Row]) -> tuple[Any, ...]:
    try:
        return compared(CONTACTS, before, after).findings
    except ComparisonError:
        return ()


def test_the_same_records_in_another_order_give_no_finding() -> None:
    rows = list(population(DEALS))[:120]
    again = Random(3).sample(rows, len(rows))
    assert compared(DEALS, rows, again).findings == ()
