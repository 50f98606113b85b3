"""since: what has changed, where the stream can tell; where it cannot, the verdict says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from support.numbered import NOW, Estate, hub_of, numbered, person


@pytest.mark.parametrize("tells", [True, False])
def test_a_stream_that_cannot_tell_what_has_changed_is_read_in_full_and_says_so(tells: bool, tmp_path: Path) -> None:
    estate = Estate([person(1), person(2, minutes=60)], incremental=tells)
    since = NOW - timedelta(days=1) + timedelta(minutes=30)
    with hub_of(numbered(people=estate), tmp_path) as hub:
        people = hub.read("person", since=since)
        list(people)
        everything = hub.read("person")
        list(everything)
    verdict = people.report.verdict
    assert verdict.completeness == "complete"
    told = [reason.partition(": ")[2].partition(":")[0] for reason in verdict.reasons]
    assert told == ([] if tells else ["since_ignored"])
    assert everything.report.verdict.reasons == ()
