"""Canaries in every place and spelling: each would be heard, and none is."""

from __future__ import annotations

from collections import Counter

import pytest

from bartack.recording import Personal, Scrubber, ScrubKey, Tokens
from support.scrub_positions import Position, cells, positions, survives

SCRUBBER = Scrubber((), Personal(Tokens(ScrubKey("a key for tests, 16+"))))
ALL = list(positions())


@pytest.mark.parametrize("position", ALL, ids=lambda one: f"{one.place} - {one.what}")
def test_nothing_secret_or_personal_is_left_in_any_place(position: Position) -> None:
    item = position.item.unpacked()
    assert survives(position.value, item), "the canary was never there"
    once = SCRUBBER.interaction(item)
    assert not survives(position.value, once)
    assert SCRUBBER.with_personal(SCRUBBER.personal and SCRUBBER.personal.again()).interaction(once) == once


def test_nor_in_rows_and_parameters_of_a_database() -> None:
    found = list(cells(SCRUBBER))
    assert [place for place, value, left in found if value in str(left) or str(value).encode() == left] == []
    assert len(found) == 18


def test_there_are_many_places() -> None:
    by_protocol = Counter(position.protocol for position in ALL)
    print("\n" + "\n".join(f"{protocol:24} {count:4} positions, 0 survive" for protocol, count in by_protocol.items()))
    assert sum(by_protocol.values()) >= 200
    assert len({position.place for position in ALL}) >= 55
