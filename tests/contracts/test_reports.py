"""Every row is accounted for, or there is no report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bartack_contracts import Report, StreamReport, Verdict

FATES = ("delivered", "rejected", "duplicates", "tombstones", "skipped")

counts = st.fixed_dictionaries(dict.fromkeys(FATES, st.integers(0, 10**6)))


def stream_report(fates: dict[str, int], rows: int | None = None, **more: Any) -> StreamReport:
    parts: dict[str, Any] = {**fates, **more, "rows": sum(fates.values()) if rows is None else rows}
    return StreamReport(source="crm", stream="contacts", contract="person/1", completeness="complete", **parts)


@given(counts)
def test_rows_that_add_up_make_a_report(fates: dict[str, int]) -> None:
    report = stream_report(fates, unread={"etag": 2}, issues={"code.unknown": 1}, reasons=["because"])
    assert StreamReport.model_validate_json(report.model_dump_json()) == report


@given(counts, st.integers(0, 10**7))
def test_a_row_that_vanished_or_appeared_makes_none(fates: dict[str, int], rows: int) -> None:
    assume(rows != sum(fates.values()))
    with pytest.raises(ValidationError, match=f"{rows} rows, but {sum(fates.values())} accounted for"):
        stream_report(fates, rows)


@given(st.lists(counts, max_size=4))
def test_a_verdict_adds_up_its_streams(all_fates: list[dict[str, int]]) -> None:
    streams = tuple(stream_report(fates) for fates in all_fates)
    report = Report(streams=streams, verdict=Verdict.over(streams, completeness="complete"))
    assert report.verdict.rows == sum(stream.rows for stream in streams)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_a_verdict_that_forgets_a_stream_is_refused() -> None:
    stream = stream_report({"delivered": 2, "rejected": 1})
    verdict = Verdict(completeness="complete", freshness="live", rows=2, delivered=2)
    with pytest.raises(ValidationError, match="the verdict counts 2 rows, its streams 3"):
        Report(streams=(stream,), verdict=verdict)


@pytest.mark.parametrize("freshness", ["cached", "stale"])
def test_an_answer_that_is_not_live_says_how_old_it_is(freshness: Any) -> None:
    with pytest.raises(ValidationError, match=f"a {freshness} answer needs as_of"):
        Verdict.over((), completeness="complete", freshness=freshness)
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert Verdict.over((), completeness="complete", freshness=freshness, as_of=moment).as_of == moment


freshness = st.sampled_from(["live", "cached", "stale"])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(st.lists(st.tuples(freshness, moments), max_size=5))
def test_a_verdict_is_as_fresh_as_the_least_fresh_of_its_streams(ages: list[tuple[Any, datetime]]) -> None:
    streams = tuple(stream_report({}, freshness=one, as_of=moment) for one, moment in ages)
    verdict = Verdict.over(streams, completeness="complete")
    found = {one for one, _ in ages}
    assert verdict.freshness == next((one for one in ("stale", "cached") if one in found), "live")
    assert verdict.as_of == min((moment for _, moment in ages), default=None)
    assert Report(streams=streams, verdict=verdict).verdict == verdict


@pytest.mark.parametrize(("said", "is_so"), [("live", "cached"), ("live", "stale"), ("cached", "stale")])
def test_a_verdict_fresher_than_a_stream_of_it_is_refused(said: Any, is_so: Any) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    stream = stream_report({}, freshness=is_so, as_of=moment)
    verdict = Verdict.over([stream], completeness="complete", freshness=said)
    with pytest.raises(ValidationError, match=f"the verdict says {said}, a stream of it is {is_so}"):
        Report(streams=(stream,), verdict=verdict)


@pytest.mark.parametrize("said", ["cached", "stale"])
def test_a_stream_that_is_not_live_says_how_old_it_is(said: Any) -> None:
    with pytest.raises(ValidationError, match=f"a {said} answer needs as_of"):
        stream_report({}, freshness=said)
