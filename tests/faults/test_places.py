"""A source that cannot be reached, or whose certificate proves nothing: typed, in time, and nothing is sent to a stranger."""

from __future__ import annotations

import pytest

from bartack.testing.places import PLACE_FAULTS, PlaceFault
from support.fault_driving import CALM, HASTY, promises_of, read_at
from support.fault_subjects import SUBJECTS, Subject
from support.fault_table import Tally

OVER_HTTP = [subject for subject in SUBJECTS if subject.only is None]


@pytest.mark.parametrize("subject", OVER_HTTP, ids=lambda one: one.name)
@pytest.mark.parametrize("place", PLACE_FAULTS, ids=lambda one: one.name)
def test_a_place_that_is_none_is_told_as_such(subject: Subject, place: PlaceFault, tally: Tally) -> None:
    waits = place.name in {"connect_timeout", "accepts_only", "tls_stall"}
    with place.at(subject.answer) as made:
        ended = read_at(subject, made.url, **(HASTY if waits else CALM), ca_bundle=made.ca_bundle)
    problems = promises_of(subject, ended)
    expected = [] if place.expected is None else [place.expected]
    kinds = [type(error) for error in ended.errors]
    if kinds != expected or (ended.completeness == "complete") != (place.expected is None):
        problems.append(f"{ended.completeness}: {ended.errors}")
    tally.count(subject.name, "T", problems)
    assert problems == []
    if place.name.startswith("tls_") and place.name not in {"tls_good", "tls_cut", "tls_ragged"} and made.server:
        assert made.server.requests == []  # not even a header, in which a token would be
