"""What a surprise does is what the operator declared: for the source, the stream or the field; and it is told once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bartack.config import parse
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts
from bartack.drift.shape import Shape
from bartack.errors import ConfigError, SourceChangedError
from bartack.events import Event
from bartack.mapping.compiled import compile_mapping
from bartack.mapping.loader import load
from bartack.normalizers import builtin
from bartack.policies import Surprises
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.source import Feed, key_rule
from bartack.reading.surprises import policy_rows
from bartack.sdk import Page
from bartack_contracts import Deal, Record, Reject
from support.told import NOW, Told, hub, page

MAPPING = """
contract: deal/1
when: {path: kind, not_in: [draft]}
fields:
  deleted: gone
  title: {path: title, use: text, required: true}
  status: {path: state, values: {o: open, w: won}}
  amount: {path: money.amount, use: {money: {currency: EUR}}}
custom: true
"""


def deal(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Deal {number}", "state": "o", "money": {"amount": number + 1}, **more}


def deals(count: int, **more: Any) -> list[dict[str, Any]]:
    return [deal(number, **more) for number in range(count)]


class Reading:
    """One read of a stream whose baseline is 100 usual deals, under a policy."""

    def __init__(self, folder: Path, policy: dict[str, Any], *pages: Page, known: list[Any] | None = None) -> None:
        source = hub(folder, Told("deals", pages), surprises=policy).source("crm")
        self.events: list[Event] = []
        source = replace(source, runtime=replace(source.runtime, emit=self.events.append))
        mapping = compile_mapping(load(MAPPING, "deals.yaml"), Deal, key_rule("id"), builtin(), source.settings.locale)
        feed = Feed(source, source.stream("deals"), mapping)
        facts = Facts(source="crm", stream="deals", contract="deal/1")
        usual = deals(100) if known is None else known
        facts.page(usual, mapping.page(usual, Counter()), Shape.of(mapping))
        self.read = FeedRead(feed, Limit(None), baseline=Baseline().learn(facts, full=True))
        self.items: list[Item] = list(self.read.items(iter(pages)))

    @property
    def told(self) -> list[tuple[str, str]]:
        return [
            (str(one.attributes["kind"]), str(one.attributes["action"]))
            for one in self.events
            if one.step == "surprise"
        ]

    def issues(self, code: str) -> list[tuple[str, str, str]]:
        """Ref, severity and path of each issue with that code."""
        return [(one.ref.id, i.severity, str(i.path)) for one in self.items for i in one.issues if i.code == code]

    @property
    def kinds(self) -> Counter[type]:
        return Counter(Record if isinstance(one, Record) else Reject for one in self.items)


def shown(rows: list[dict[str, Any]], **said: Any) -> Page:
    return page(*rows, **said)


NEW = {"new_field": [*deals(30), deal(30, score=7), deal(31, score=8)]}
GONE = [{key: value for key, value in row.items() if key != "money"} for row in deals(30)]
ODD = [*deals(30), deal(30, money={"amount": "31 EUR"}), deal(31, money={"amount": "32 EUR"})]
CODES = [*deals(30), deal(30, state="paused"), deal(31, state="paused")]


def test_a_read_as_usual_tells_nothing(tmp_path: Path) -> None:
    reading = Reading(tmp_path, {}, shown(deals(50)))
    assert (reading.told, reading.kinds[Record], sum(reading.read.account.issues.values())) == ([], 50, 0)


@pytest.mark.parametrize("kind", ["new_field", "missing_field", "changed_type", "unknown_code"])
@pytest.mark.parametrize("action", ["accept", "warn", "reject", "stop"])
def test_every_surprise_does_what_was_declared(kind: str, action: str, tmp_path: Path) -> None:
    rows = {"missing_field": GONE, "changed_type": ODD, "unknown_code": CODES, **NEW}[kind]
    path = {"new_field": "score", "missing_field": "money", "changed_type": "money.amount", "unknown_code": "state"}[
        kind
    ]
    reading = Reading(tmp_path, {kind: action, "too_many_rejects": "accept"}, shown(rows))
    code = "code.unknown" if kind == "unknown_code" else f"surprise.{kind}"
    concerned = 30 if kind == "missing_field" else 2
    assert reading.told == ([] if action == "accept" else [(kind, action)])
    if action == "stop":
        error = reading.read.error
        assert isinstance(error, SourceChangedError)
        assert error.message.startswith(f"{kind}: ")
        assert path in error.message
        assert error.where == "crm/deals"
        assert (
            f"[sources.crm.surprises.streams.deals.fields.{path if '.' not in path else chr(34) + path + chr(34)}]"
            in str(error)
        )
        assert (reading.items, reading.read.completeness) == ([], "failed")
    elif action == "reject":
        assert reading.kinds[Reject] == concerned
        assert {(severity, at) for _, severity, at in reading.issues(code)} == {("error", path)}
        assert len(reading.issues(code)) == concerned
    else:
        assert reading.kinds == {Record: len(rows)}
        severities = [severity for _, severity, _ in reading.issues(code)]
        each = kind in ("changed_type", "unknown_code")
        if action == "warn":
            assert severities == ["warning"] * (concerned if each else 1)
        else:
            assert severities == (["info"] * 2 if kind == "unknown_code" else [])


def test_the_line_of_an_error_is_toml_that_can_be_followed(tmp_path: Path) -> None:
    import tomllib

    reading = Reading(tmp_path, {"changed_type": "stop"}, shown(ODD))
    step = str(reading.read.error and reading.read.error.next_step)
    table = step[step.index("[sources") : step.index("] in ") + 1]
    written = tomllib.loads(f'{table}\nchanged_type = "accept"')["sources"]["crm"]["surprises"]
    assert Reading(tmp_path, {"changed_type": "stop", **written}, shown(ODD)).kinds == {Record: 32}


def test_the_words_name_what_was_and_what_is(tmp_path: Path) -> None:
    reading = Reading(tmp_path, {"changed_type": "stop"}, shown(ODD))
    assert reading.read.error is not None
    assert reading.read.error.message == "changed_type: money.amount holds string where it held number"


def test_a_new_field_is_told_once_in_a_read_of_many_pages(tmp_path: Path) -> None:
    pages = [shown(deals(30, score=1), next="a"), shown([deal(40, score=2)], next="b"), shown([deal(50, score=3)])]
    reading = Reading(tmp_path, {}, *pages)
    assert reading.issues("surprise.new_field") == [("0", "warning", "score")]
    assert reading.told == [("new_field", "warn")]


def test_a_new_object_is_one_new_field(tmp_path: Path) -> None:
    reading = Reading(tmp_path, {}, shown(deals(3, details={"a": 1, "b": {"c": 2}})))
    assert reading.issues("surprise.new_field") == [("0", "warning", "details")]


def test_keys_that_are_data_do_not_fill_the_report(tmp_path: Path) -> None:
    rows = [deal(number, **{f"extra_{number}": 1}) for number in range(80)]
    reading = Reading(tmp_path, {}, shown(rows))
    assert len(reading.issues("surprise.new_field")) == 20


def test_a_field_that_comes_on_a_later_page_was_not_missing_before_enough_rows_were_seen(tmp_path: Path) -> None:
    reading = Reading(tmp_path, {"missing_field": "stop"}, shown(GONE[:2], next="a"), shown(deals(50)))
    assert reading.read.error is None


def test_small_pages_add_up_to_a_missing_field(tmp_path: Path) -> None:
    pages = [shown(GONE[at : at + 3], next=str(at)) for at in range(0, 27, 3)]
    reading = Reading(tmp_path, {"missing_field": "stop"}, *pages, shown(GONE[27:]))
    assert reading.read.error is not None
    assert "missing_field: money is not sent any more" in reading.read.error.message


def test_a_field_that_many_rows_never_had_is_not_missed(tmp_path: Path) -> None:
    known = [deal(number, note="x") if number % 2 else deal(number) for number in range(100)]
    assert Reading(tmp_path, {"missing_field": "stop"}, shown(deals(50)), known=known).read.error is None


def test_null_blank_and_decimals_are_no_other_type(tmp_path: Path) -> None:
    rows = [deal(1, money={"amount": None}), deal(2, money={"amount": " "}), deal(3, money={"amount": 2.5})]
    assert Reading(tmp_path, {"changed_type": "stop"}, shown(rows)).read.error is None


def test_without_a_baseline_nothing_is_new_and_codes_are_judged_all_the_same(tmp_path: Path) -> None:
    reading = Reading(
        tmp_path, {"unknown_code": "reject", "new_field": "stop"}, shown([*CODES, deal(99, score=1)]), known=[]
    )
    assert reading.kinds == {Record: 31, Reject: 2}


def test_too_many_rejects_stop_the_read_or_are_told(tmp_path: Path) -> None:
    rows = [*deals(10), *({"id": number, "state": "o"} for number in range(100, 120))]
    stopped = Reading(tmp_path, {"missing_field": "accept"}, shown(rows))
    assert stopped.read.error is not None
    assert stopped.told == [("too_many_rejects", "stop")]
    warned = Reading(tmp_path, {"missing_field": "accept", "too_many_rejects": "warn"}, shown(rows))
    assert (warned.read.error, warned.told) == (None, [("too_many_rejects", "warn")])
    patient = {"missing_field": "accept", "streams": {"deals": {"reject_share": 0.9}}}
    assert Reading(tmp_path, patient, shown(rows)).told == []


def test_deleted_and_skipped_rows_are_no_rejects(tmp_path: Path) -> None:
    rows = [deal(1, score=1), deal(2, score=1, gone=True), deal(3, score=1, kind="draft")]
    known = [deal(number, gone=False, kind="deal") for number in range(100)]
    reading = Reading(tmp_path, {"new_field": "reject"}, shown(rows), known=known)
    assert reading.read.account.counts == {"rejected": 1, "tombstones": 1, "skipped": 1}


POLICY: dict[str, Any] = {
    "new_field": "accept",
    "unknown_code": "warn",
    "streams": {
        "deals": {
            "unknown_code": "reject",
            "fields": {"state": {"unknown_code": "stop"}, "lines[].unit": {"changed_type": "accept"}},
        }
    },
}


@pytest.mark.parametrize(
    ("kind", "stream", "path", "expected"),
    [
        ("missing_field", "deals", "x", ("warn", "default")),
        ("new_field", "deals", "x", ("accept", "source")),
        ("unknown_code", "people", "state", ("warn", "source")),
        ("unknown_code", "deals", "x", ("reject", "stream")),
        ("unknown_code", "deals", "state", ("stop", "field")),
        ("changed_type", "deals", "lines[].unit", ("accept", "field")),
    ],
)
def test_the_nearest_decision_counts(kind: Any, stream: str, path: str, expected: tuple[str, str]) -> None:
    assert Surprises.model_validate(POLICY).decided(kind, stream, path) == expected


def test_status_can_say_where_each_decision_comes_from() -> None:
    rows = [tuple(row) for row in policy_rows(Surprises.model_validate(POLICY))]
    assert rows == [
        (None, None, "new_field", "accept", "source"),
        (None, None, "missing_field", "warn", "default"),
        (None, None, "changed_type", "warn", "default"),
        (None, None, "unknown_code", "warn", "source"),
        (None, None, "too_many_rejects", "stop", "default"),
        ("deals", None, "unknown_code", "reject", "stream"),
        ("deals", "lines[].unit", "changed_type", "accept", "field"),
        ("deals", "state", "unknown_code", "stop", "field"),
    ]


@pytest.mark.parametrize("table", [{"new_fields": "warn"}, {"too_many_rejects": "reject"}, {"unknown_code": "ignore"}])
def test_a_decision_that_does_not_exist_is_a_mistake_of_the_configuration(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"\[sources.crm.surprises\]"):
        parse({"sources": {"crm": {"connector": "http", "surprises": table}}}, Path())


def test_a_changed_decision_takes_effect_with_the_next_read(tmp_path: Path) -> None:
    decided = [
        Reading(tmp_path, {"unknown_code": action}, shown(CODES)).kinds[Reject] for action in ("warn", "reject", "warn")
    ]
    assert decided == [0, 2, 0]


def test_time_and_place_of_an_event(tmp_path: Path) -> None:
    (event,) = [one for one in Reading(tmp_path, {}, shown(CODES)).events if one.step == "surprise"]
    assert (event.at, event.source, event.stream) == (NOW, "crm", "deals")
