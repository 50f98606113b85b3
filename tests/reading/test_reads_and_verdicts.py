"""How a read ends: the books balance, and the verdict says what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bartack.errors import ConfigError, IncompleteRead, SourceChangedError, SourceUnavailableError
from bartack_contracts import Person, Record, Reject
from support.told import NOW, Told, hub, page, person


def test_every_row_ends_in_one_column_of_the_books(tmp_path: Any) -> None:
    rows = [
        person(1),
        person(2),
        {"id": 3, "name": ""},
        person(1),
        {"id": 4, "gone": True},
        {"id": 5, "type": "firm"},
        "text",
    ]
    people = hub(tmp_path, Told("people", (page(*rows, total=7),))).read(Person)
    items = list(people.items())
    (stream,) = people.report.streams
    assert (stream.rows, stream.delivered, stream.rejected) == (7, 2, 2)
    assert (stream.duplicates, stream.tombstones, stream.skipped) == (1, 1, 1)
    assert [type(item) is Reject for item in items] == [False, False, True, True]
    assert people.report.verdict.completeness == "complete"


def test_the_same_ref_with_another_payload_is_handed_on_with_an_issue(tmp_path: Any) -> None:
    told = Told("people", (page(person(1), {"id": 1, "name": "Somebody else"}),))
    first, second = hub(tmp_path, told).read(Person)
    assert [issue.code for issue in second.issues] == ["row.conflict"]
    assert not first.issues


def test_the_order_of_keys_does_not_make_another_payload(tmp_path: Any) -> None:
    told = Told("people", (page({"id": 1, "name": "A"}), page({"name": "A", "id": 1})))
    people = hub(tmp_path, told).read(Person)
    assert len(list(people)) == 1
    assert people.report.verdict.duplicates == 1


@pytest.mark.parametrize(
    ("steps", "completeness", "words"),
    [
        ((page(person(1), total=1),), "complete", ""),
        ((page(total=0),), "complete", ""),
        ((page(person(1), total=100),), "partial", "total_mismatch: the source declared 100 rows, 1 arrived"),
        ((page(total=5),), "suspicious_empty", "declared 5 rows, 0 arrived"),
        ((page(person(1), has_more=True),), "partial", "more_pages"),
        ((page(person(1), partial="half of the answer failed"),), "partial", "half of the answer"),
        ((page(person(1), next="2"), SourceUnavailableError("gone")), "partial", "SourceUnavailableError: gone"),
    ],
)
def test_the_verdict_says_what_is_missing(tmp_path: Any, steps: Any, completeness: str, words: str) -> None:
    people = hub(tmp_path, Told("people", steps)).read(Person, allow_partial=True)
    list(people)
    assert people.report.verdict.completeness == completeness
    assert words in " ".join(people.report.verdict.reasons)


def test_an_incomplete_read_raises_after_its_last_record(tmp_path: Any) -> None:
    people = hub(tmp_path, Told("people", (page(person(1), total=2),))).read(Person)
    seen = []
    with pytest.raises(IncompleteRead, match="total_mismatch") as caught:
        for record in people:
            seen.append(record)
    assert len(seen) == 1
    assert caught.value.report.verdict.completeness == "partial"


def test_an_error_before_the_first_row_is_raised_itself(tmp_path: Any) -> None:
    people = hub(tmp_path, Told("people", (SourceChangedError("'items' is missing"),))).read(Person)
    with pytest.raises(SourceChangedError, match=r"^crm/people: 'items' is missing"):
        list(people)
    assert people.report.verdict.completeness == "failed"


def test_the_callers_limit_makes_a_read_limited_not_partial(tmp_path: Any) -> None:
    told = Told("people", (page(person(1), person(2), person(3), total=3),))
    people = hub(tmp_path, told).read(Person, limit=2)
    assert len(list(people)) == 2
    assert people.report.verdict.completeness == "limited"
    everything = hub(tmp_path, told).read(Person, limit=3)
    assert len(list(everything)) == 3
    assert everything.report.verdict.completeness == "complete"


def test_who_stops_iterating_has_a_limited_read(tmp_path: Any) -> None:
    people = hub(tmp_path, Told("people", (page(person(1), person(2)), page(person(3))))).read(Person)
    for _ in people:
        break
    assert people.report.verdict.completeness == "limited"
    assert people.report.verdict.rows == 1


def test_a_source_that_is_down_does_not_take_the_others_with_it(tmp_path: Any) -> None:
    streams = (Told("people", (SourceUnavailableError("down"),)), Told("staff", (page(person(9), total=1),)))
    people = hub(tmp_path, *streams).read(Person, allow_partial=True)
    assert [str(record.ref) for record in people] == ["crm/staff/9"]
    assert people.report.verdict.completeness == "partial"
    assert [stream.completeness for stream in people.report.streams] == ["failed", "complete"]


def test_a_session_that_cannot_be_opened_fails_all_its_streams(tmp_path: Any) -> None:
    made = hub(tmp_path, Told("people", ()), unopenable=SourceUnavailableError("refused"))
    people = made.read(Person, allow_partial=True)
    assert list(people) == []
    assert people.report.verdict.completeness == "failed"
    assert [type(error) for error in people.errors] == [SourceUnavailableError]


def test_require_hands_out_nothing_of_an_incomplete_read(tmp_path: Any) -> None:
    told = Told("people", (page(person(1), total=2),))
    with pytest.raises(IncompleteRead):
        hub(tmp_path, told).read(Person).require(complete=True)
    assert len(hub(tmp_path, told).read(Person).require()) == 1


def test_require_refuses_values_that_are_too_old(tmp_path: Any) -> None:
    told = Told("people", (page(person(1), fetched_at=NOW - timedelta(hours=2)),))
    with pytest.raises(IncompleteRead, match="7200 s old"):
        hub(tmp_path, told).read(Person).require(max_age="1h")
    assert hub(tmp_path, told).read(Person).require(max_age="3h").report.verdict.as_of == NOW - timedelta(hours=2)
    with pytest.raises(ConfigError, match="no age"):
        hub(tmp_path, told).read(Person).require(max_age="soon")


def test_a_record_carries_where_it_comes_from(tmp_path: Any) -> None:
    (record,) = hub(tmp_path, Told("people", (page(person(1)),))).read(Person)
    assert str(record.ref) == "crm/people/1"
    assert record.provenance.connector == "made"
    assert record.provenance.fetched_at == NOW
    assert record.provenance.payload.startswith("sha256:")
    assert record.provenance.mapping.startswith("sha256:")
    assert Record[Person].model_validate_json(record.model_dump_json()) == record


def test_since_needs_a_zone_and_reaches_the_stream(tmp_path: Any) -> None:
    told = Told("people", (page(),))
    with pytest.raises(ConfigError, match="no time zone"):
        hub(tmp_path, told).read(Person, since=datetime(2026, 1, 1))
    list(hub(tmp_path, told).read(Person, since=NOW))
    assert told.asked[-1].since == NOW


def test_a_read_is_iterated_once(tmp_path: Any) -> None:
    people = hub(tmp_path, Told("people", (page(person(1)),))).read(Person)
    list(people)
    with pytest.raises(ConfigError, match="once"):
        list(people)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"contract": "persn"}, "person"),
        ({"contract": "invoice"}, "feeds invoice/1"),
        ({"contract": "person", "source": "crn"}, "no source named 'crn'"),
        ({"contract": "person", "stream": "peple"}, "did you mean 'people'"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(tmp_path: Any, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        hub(tmp_path, Told("people", ())).read(asked.pop("contract"), **asked)
