"""What the gate says of a run: one alarm a change, with words; nothing of chance, of few rows, or of what follows from another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from bartack.drift.alarms import Alarm, Judgement
from bartack.drift.baseline import WINDOWS, Baseline
from bartack.drift.facts import Facts
from bartack.drift.gate import judge
from support.drifting import KINDS, NOW, Kind, changed, grown

CONTACTS, DEALS, OPPORTUNITIES = KINDS
AMOUNT = "properties.amount"


@cache
def baseline(kind: Kind, runs: int = 6, rows: int = 400) -> Baseline:
    known = Baseline()
    for seed in range(runs):
        known = known.learn(kind.facts(kind.rows(Random(seed), rows)), full=True)
    return known


def rows_of(kind: Kind, count: int = 400) -> list[dict[str, Any]]:
    return kind.rows(Random("now"), count)


def judged(kind: Kind, rows: list[dict[str, Any]], *, full: bool = True) -> Judgement:
    return judge(baseline(kind), kind.facts(rows), full=full)


def only(judgement: Judgement) -> Alarm:
    (alarm,) = judgement.alarms
    return alarm


def put(value: Any) -> Callable[[dict[str, Any], str], None]:
    return lambda owner, name: owner.update({name: value})


def test_a_run_like_the_others_is_published() -> None:
    assert judged(DEALS, rows_of(DEALS)) == Judgement(publish=True)


def test_the_first_run_is_published() -> None:
    facts = DEALS.facts(rows_of(DEALS, 20))
    assert judge(None, facts, full=True) == judge(Baseline(), facts, full=True) == Judgement(publish=True)


def test_a_missing_field_is_named_and_holds_the_snapshot_back() -> None:
    judgement = judged(DEALS, changed(rows_of(DEALS), AMOUNT, lambda owner, name: owner.pop(name)))
    alarm = only(judgement)
    assert not judgement.publish
    assert (alarm.kind, alarm.path, alarm.fields, alarm.severity) == ("missing_field", AMOUNT, ("amount",), "hold")
    assert alarm.message == "properties.amount is not sent any more; it feeds amount"
    assert "mapping" in alarm.next_step


def test_a_renamed_field_is_one_alarm_that_names_both() -> None:
    rows = changed(rows_of(DEALS), AMOUNT, lambda owner, name: owner.update({"value_eur": owner.pop(name)}))
    alarm = only(judged(DEALS, rows))
    assert (alarm.kind, alarm.was, alarm.now) == ("renamed_field", AMOUNT, "properties.value_eur")


def test_a_renamed_envelope_is_one_alarm_not_one_a_field() -> None:
    rows = [{"props" if key == "properties" else key: value for key, value in row.items()} for row in rows_of(DEALS)]
    alarm = only(judged(DEALS, rows))
    assert (alarm.kind, alarm.path, alarm.now) == ("renamed_field", "properties", "props")


def test_another_field_in_its_place_is_no_rename() -> None:
    def other(owner: dict[str, Any], name: str) -> None:
        owner.pop(name)
        owner["remark"] = "a long text about something else"

    kinds = [one.kind for one in judged(DEALS, changed(rows_of(DEALS), AMOUNT, other)).alarms]
    assert kinds == ["missing_field", "new_field"]


def test_a_field_no_rule_reads_warns() -> None:
    alarm = only(
        judged(OPPORTUNITIES, changed(rows_of(OPPORTUNITIES), "Region__c", lambda owner, name: owner.pop(name)))
    )
    assert (alarm.kind, alarm.severity, alarm.fields) == ("missing_field", "warn", ())


def test_what_a_list_is_searched_by_counts_as_read() -> None:
    rows = rows_of(DEALS)
    for row in rows:
        del row["associations"]["companies"]["results"][0]["type"]
    alarm = only(judged(DEALS, rows))
    assert (alarm.path, alarm.fields, alarm.severity) == (
        "associations.companies.results[].type",
        ("organization",),
        "hold",
    )


def test_a_new_field_warns() -> None:
    rows = [{**row, "Score__c": 7} for row in rows_of(OPPORTUNITIES)]
    judgement = judged(OPPORTUNITIES, rows)
    assert (only(judgement).kind, only(judgement).path, judgement.publish) == ("new_field", "Score__c", True)


def test_a_type_flip_is_seen_within_a_page() -> None:
    rows = changed(
        rows_of(OPPORTUNITIES, 100), "Amount", lambda o, n: o.update({n: None if o[n] is None else str(o[n])})
    )
    alarm = next(one for one in judged(OPPORTUNITIES, rows, full=False).alarms)
    assert (alarm.kind, alarm.path) == ("changed_type", "Amount")
    assert (alarm.was, alarm.now) == ("number; string in 0.0%", "string in 100.0%")


def test_whole_and_decimal_numbers_are_of_one_type() -> None:
    rows = changed(rows_of(OPPORTUNITIES), "Amount", lambda o, n: o.update({n: o[n] and int(o[n])}))
    assert judged(OPPORTUNITIES, rows).alarms == ()


def test_amounts_a_hundred_times_as_large_are_named_so() -> None:
    rows = changed(rows_of(DEALS), AMOUNT, lambda o, n: o.update({n: grown(o[n])}))
    alarm = only(judged(DEALS, rows))
    assert (alarm.kind, alarm.path, alarm.severity) == ("scale", AMOUNT, "hold")
    assert 80 < float(alarm.now.split()[0]) < 125


def test_fewer_rows_hold_a_snapshot_back_and_of_changes_they_do_not() -> None:
    fewer = rows_of(DEALS, 270)
    judgement = judged(DEALS, fewer)
    assert (only(judgement).kind, judgement.publish) == ("volume", False)
    assert judged(DEALS, fewer, full=False) == Judgement(publish=True)


def test_no_rows_at_all_hold_a_snapshot_back() -> None:
    alarm = only(judged(DEALS, []))
    assert (alarm.kind, alarm.was, alarm.now) == ("volume", "about 400 rows", "0 rows")


def test_a_code_that_was_never_there_is_named_and_published() -> None:
    rows = rows_of(DEALS)
    for row in rows[:15]:
        row["properties"]["dealstage"] = "on_hold"
    judgement = judged(DEALS, rows)
    assert (only(judgement).kind, only(judgement).path, judgement.publish) == ("new_code", "properties.dealstage", True)
    assert "'on_hold'" in only(judgement).message


def test_names_decoded_wrongly_are_seen() -> None:
    rows = changed(
        rows_of(CONTACTS), "properties.firstname", lambda o, n: o.update({n: o[n] and o[n].encode().decode("latin-1")})
    )
    alarm = only(judged(CONTACTS, rows))
    assert (alarm.kind, alarm.path, alarm.severity) == ("encoding", "properties.firstname", "hold")


def test_a_date_in_another_form_is_seen_at_the_field_that_stays_empty() -> None:
    rows = changed(rows_of(OPPORTUNITIES), "CreatedDate", lambda o, n: o.update({n: f"on {o[n][:10]}"}))
    found = {(one.kind, *one.fields) for one in judged(OPPORTUNITIES, rows).alarms}
    assert found == {("empty_field", "created_at"), ("empty_field", "opened_at")}


def test_values_that_cannot_be_read_any_more_are_seen_by_their_remarks() -> None:
    rows = changed(rows_of(CONTACTS), "properties.phone", lambda o, n: o.update({n: o[n] and "ask the desk"}))
    judgement = judged(CONTACTS, rows)
    alarm = only(judgement)
    assert (alarm.kind, alarm.fields, judgement.publish) == ("issues", ("phones",), True)
    assert alarm.now.startswith("phone.unreadable in ")


def test_rejected_rows_without_another_reason_hold_a_snapshot_back() -> None:
    rows = rows_of(DEALS)
    for row in rows[:60]:
        row["id"] = {"of": "another form"}
    found = [one.kind for one in judged(DEALS, rows).alarms]
    assert found == ["changed_type"], "the path is named, the rejects follow from it"
    facts = DEALS.facts(rows_of(DEALS))
    facts.counts.update({"delivered": -60, "rejected": 60})
    judgement = judge(baseline(DEALS), facts, full=True)
    assert (only(judgement).kind, only(judgement).severity) == ("rejected", "hold")


def test_a_mass_deletion_holds_a_snapshot_back() -> None:
    facts = DEALS.facts(rows_of(DEALS))
    facts.counts.update({"delivered": -90, "tombstones": 90})
    assert only(judge(baseline(DEALS), facts, full=True)).kind == "tombstones"


def test_a_source_that_became_slow_warns() -> None:
    def run(seconds: float) -> Facts:
        facts = DEALS.facts(rows_of(DEALS))
        facts.requests.clear()
        for at in range(10):
            facts.page([], [], DEALS.shape, seconds=seconds * (1 + at / 20))
        return facts

    known = Baseline()
    for _ in range(3):
        known = known.learn(run(0.2), full=True)
    assert judge(known, run(0.3), full=True).alarms == ()
    judgement = judge(known, run(1.0), full=True)
    assert (only(judgement).kind, judgement.publish) == ("latency", True)


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_handful_of_rows_raises_no_alarm_however_odd(count: int) -> None:
    rows = [{"id": str(number), "other": {"form": True}} for number in range(count)]
    assert judged(DEALS, rows, full=False) == Judgement(publish=True)


def test_changes_are_compared_with_changes() -> None:
    open_deals = [row for row in rows_of(DEALS, 1000) if row["properties"]["hs_is_closed"] == "false"]
    for row in open_deals:
        row["properties"]["closed_lost_reason"] = None
    known = baseline(DEALS)
    assert judge(known, DEALS.facts(open_deals[:300]), full=False).alarms == ()
    for at in range(0, 200, 50):
        known = known.learn(DEALS.facts(open_deals[at : at + 50]), full=False)
    assert judge(known, DEALS.facts(open_deals[300:]), full=False).alarms == ()
    assert not judge(known, DEALS.facts(open_deals[300:]), full=True).publish


def test_what_another_mapping_makes_of_rows_is_no_drift() -> None:
    facts = OPPORTUNITIES.facts(rows_of(OPPORTUNITIES))
    facts.filled["created_at"], facts.counts["rejected"] = 0, 100
    assert {one.kind for one in judge(baseline(OPPORTUNITIES), facts, full=True).alarms} == {"empty_field", "rejected"}
    del facts.paths["Region__c"]
    facts.mapping = "sha256:0"
    assert judge(baseline(OPPORTUNITIES), facts, full=True).alarms == ()
    del facts.paths["Amount"]
    assert only(judge(baseline(OPPORTUNITIES), facts, full=True)).path == "Amount"


def test_a_flood_of_paths_makes_none_missing_or_new() -> None:
    flood = DEALS.facts([{**row, **{f"key {n} of {at}": 1 for n in range(9)}} for at, row in enumerate(rows_of(DEALS))])
    assert flood.unlisted
    assert judge(baseline(DEALS).learn(flood, full=True), DEALS.facts(rows_of(DEALS)), full=True).alarms == ()
    assert {one.kind for one in judge(baseline(DEALS), flood, full=True).alarms} <= {"new_field"}


def test_five_odd_rows_are_odd_but_no_storm() -> None:
    rows = changed(rows_of(DEALS, 5), "properties.dealstage", lambda owner, name: owner.pop(name))
    assert [one.kind for one in judged(DEALS, rows, full=False).alarms] == ["missing_field"]


def test_one_run_before_is_enough_for_gross_changes_only() -> None:
    known = baseline(DEALS, runs=1)
    some = rows_of(DEALS)
    for row in some[:40]:
        row["properties"]["amount"] = None
    assert judge(known, DEALS.facts(some), full=True).alarms == ()
    none = changed(rows_of(DEALS), AMOUNT, put(None))
    assert only(judge(known, DEALS.facts(none), full=True)).kind == "null_rate"


def test_one_odd_run_among_the_good_ones_does_not_count() -> None:
    known = baseline(DEALS, runs=3).learn(DEALS.facts(changed(rows_of(DEALS), AMOUNT, put(None))), full=True)
    for seed in range(10, 13):
        known = known.learn(DEALS.facts(DEALS.rows(Random(seed), 400)), full=True)
    some = rows_of(DEALS)
    for row in some[:40]:
        row["properties"]["amount"] = None
    assert only(judge(known, DEALS.facts(some), full=True)).path == AMOUNT


def test_a_stream_that_varies_by_nature_is_known_to() -> None:
    known = Baseline()
    for seed, share in enumerate([0.02, 0.3, 0.1, 0.25, 0.05, 0.2]):
        rng = Random(seed)
        rows = changed(DEALS.rows(rng, 400), AMOUNT, lambda o, n: o.update({n: None}) if rng.random() < share else None)  # noqa: B023
        known = known.learn(DEALS.facts(rows), full=True)
    rng = Random(99)
    rows = changed(rows_of(DEALS), AMOUNT, lambda o, n: o.update({n: None}) if rng.random() < 0.3 else None)
    assert judge(known, DEALS.facts(rows), full=True).alarms == ()


def test_small_runs_are_put_together_and_old_windows_forgotten() -> None:
    known = Baseline()
    small = DEALS.facts(rows_of(DEALS, 50))
    for _ in range(200):
        known = known.learn(small, full=False)
    assert len(known.changes) == len(known.windows) == WINDOWS
    assert {window.rows for window in known.windows[:-1]} == {500}


def test_learning_leaves_the_earlier_baseline_and_the_facts_alone() -> None:
    small = DEALS.facts(rows_of(DEALS, 50))
    first = Baseline().learn(small, full=True)
    before = first.model_dump_json(), small.model_dump_json()
    first.learn(small, full=True)
    assert (first.model_dump_json(), small.model_dump_json()) == before


def test_volumes_are_those_of_the_weekday_once_weeks_are_known() -> None:
    known = Baseline()
    for day in range(28):
        at = NOW + timedelta(days=day)
        facts = Facts(source="s", stream="t", contract="deal/1", began=at, rows=1000 if at.weekday() < 5 else 200)
        known = known.learn(facts, full=True)
    monday, saturday = NOW, NOW + timedelta(days=5)
    assert set(known.volumes(monday, full=True)) == {1000}
    assert set(known.volumes(saturday, full=True)) == {200}
    assert known.volumes(monday, full=False) == []


def test_what_is_meant_to_be_so_becomes_the_baseline() -> None:
    facts = DEALS.facts(changed(rows_of(DEALS), AMOUNT, lambda owner, name: owner.pop(name)))
    assert not judge(baseline(DEALS), facts, full=True).publish
    assert judge(Baseline.anew(facts, full=True), facts, full=True) == Judgement(publish=True)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.stream)
def test_the_same_facts_give_the_same_alarms_also_through_json(kind: Kind) -> None:
    rows = changed(rows_of(kind), kind.usual[3], lambda owner, name: owner.pop(name))
    known = Baseline.model_validate_json(baseline(kind).model_dump_json())
    facts = Facts.model_validate_json(kind.facts(rows).model_dump_json())
    assert known == baseline(kind)
    assert judge(known, facts, full=True) == judged(kind, rows)
