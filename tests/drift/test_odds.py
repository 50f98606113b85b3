"""The statistics: what makes a difference, and what is chance."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.drift.measures import PER_DECADE, bins
from bartack.drift.odds import Share, level, ratio, rise

EIGHT = [Share(10, 1000)] * 8


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (10, 1000, False),
        (28, 1000, False),
        (50, 1000, True),  # +4 points
        (2, 100, False),
        (4, 4, False),  # too few to tell anything
        (5, 5, True),
        (2, 5, False),
    ],
)
def test_a_share_that_rose_beyond_chance(part: int, whole: int, expected: bool) -> None:
    assert (rise(Share(part, whole), EIGHT, least=0.02) is not None) is expected


def test_a_share_that_fell_did_not_rise() -> None:
    assert rise(Share(1, 1000), [Share(500, 1000)] * 4, least=0.02) is None


def test_what_never_was_can_rise() -> None:
    found = rise(Share(30, 1000), [Share(0, 1000)] * 4, least=0.02)
    assert found is not None
    assert (found.was, found.now) == (0.0, 0.03)


def test_windows_that_differ_by_nature_make_the_test_duller() -> None:
    restless = [Share(part, 1000) for part in (10, 90, 40, 120, 20, 60)]
    assert rise(Share(120, 1000), restless, least=0.02) is None
    assert rise(Share(120, 1000), [Share(56, 1000)] * 6, least=0.02) is not None


def test_one_odd_window_hides_nothing() -> None:
    assert rise(Share(80, 1000), [*EIGHT, Share(900, 1000)], least=0.02) is not None


def test_with_two_windows_only_gross_changes_count() -> None:
    assert rise(Share(100, 1000), EIGHT[:2], least=0.02) is None
    assert rise(Share(300, 1000), EIGHT[:2], least=0.02) is not None


shares = st.integers(0, 2000).flatmap(lambda whole: st.builds(Share, st.integers(0, whole), st.just(whole)))


@settings(max_examples=300, deadline=None)
@given(shares, st.lists(shares, max_size=9), st.floats(0, 1))
def test_any_counts_give_an_answer(now: Share, before: list[Share], least: float) -> None:
    found = rise(now, before, least=least)
    assert found is None or (found.now > found.was and found.now - found.was >= least)


def sizes(rng: Random, count: int, times: float = 1.0) -> Counter[int]:
    return Counter(bins(rng.lognormvariate(8, 1.5) * times for _ in range(count)))


@pytest.mark.parametrize("times", [0.01, 100, 1000])
def test_numbers_of_another_unit_are_seen(times: float) -> None:
    rng = Random(1)
    found = ratio(sizes(rng, 400, times), [sizes(rng, 1000) for _ in range(5)], least=5)
    assert found == pytest.approx(times, rel=0.25)


def test_numbers_that_grow_a_little_are_not() -> None:
    rng = Random(2)
    assert ratio(sizes(rng, 400, 2), [sizes(rng, 1000) for _ in range(5)], least=5) is None


def test_a_part_of_the_numbers_is_not_all_of_them() -> None:
    rng = Random(3)
    mixed = sizes(rng, 800) + sizes(rng, 200, 100)
    assert ratio(mixed, [sizes(rng, 1000) for _ in range(5)], least=5) is None


def test_a_few_large_numbers_are_chance() -> None:
    rng = Random(4)
    before = [sizes(rng, 1000) for _ in range(5)]
    assert sum(ratio(sizes(rng, 5), before, least=5) is not None for _ in range(500)) == 0


def test_a_constant_that_becomes_another_is_seen() -> None:
    assert ratio(Counter({0: 10}), [Counter({2 * PER_DECADE: 100})] * 3, least=5) == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (700, [1000, 1010, 995, 1003, 990, 1004], True),
        (900, [1000, 1010, 995, 1003, 990, 1004], False),
        (0, [1000, 1010, 995], True),
        (0, [3, 5, 4, 2, 6, 4, 5, 3], False),  # nothing of few is chance
        (700, [1000, 400, 2000, 1500, 700, 300], False),  # it varies by nature
        (700, [1000, 1000], False),  # two runs: nobody knows
        (300, [1000, 1000], True),
        (10, [], False),
        (700, [1000, 1010, 995, 1003, 990, 1004, 1001, 20], True),  # one odd run
    ],
)
def test_a_volume_that_is_another(now: int, before: list[int], expected: bool) -> None:
    assert (level(now, before, least=0.2) is not None) is expected
