"""What twins once found in a connector of this project, kept as it was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bartack import registry
from bartack.errors import SourceChangedError
from bartack.reading.replayed import play, source_of
from bartack.recording import Cassette, Interaction
from bartack.transports.base import Runtime

USERS = Path(__file__).parents[2] / "cassettes/tryton/users/all.yaml"


def answering(one: Interaction, result: bytes) -> Interaction:
    return replace(one, response=replace(one.response, body=b'{"id": 0, "result": ' + result + b"}")).unpacked()


def test_tryton_that_sends_null_in_the_place_of_rows_has_sent_no_row() -> None:
    cassette = Cassette.load(USERS)
    *preferences, count, rows = cassette.interactions
    (feed,) = source_of(cassette.about, registry.load({"tryton"}), Runtime()).feeds(stream="users")
    answers = [*preferences, answering(count, b"1"), answering(rows, b"null")]
    take = play(feed, Cassette(USERS, answers, about=cassette.about))
    assert isinstance(take.error, SourceChangedError)
    assert take.report.rows == 0


def test_tryton_that_counts_less_than_nothing_is_not_believed() -> None:
    cassette = Cassette.load(USERS)
    *preferences, count, rows = cassette.interactions
    (feed,) = source_of(cassette.about, registry.load({"tryton"}), Runtime()).feeds(stream="users")
    take = play(feed, Cassette(USERS, [*preferences, answering(count, b"-5"), rows], about=cassette.about))
    assert take.report.completeness == "partial"
    assert "declared -5 rows" in " ".join(take.report.reasons)
