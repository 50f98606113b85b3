"""Statements with personal values are recorded without them, and find their answers."""

from __future__ import annotations

import pytest

from bartack.errors import RecordingError
from bartack.recording import About, Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.sql import SqlCassette, SqlPlayer, SqlRecorder
from bartack.recording.sql.cassette import Answer

KEY = ScrubKey("a key for tests, 16+")
PERSONAL = Personal(Tokens(KEY))
BY_PHONE = "SELECT id, phone FROM people WHERE phone = ?"
LITERAL = "SELECT id FROM people WHERE lastname = 'Grünwald' AND active = 1"


def recorded(*numbers: str) -> SqlCassette:
    cassette = SqlCassette("people.yaml", about=About(personal=KEY.id))
    recorder = SqlRecorder(cassette, Scrubber((), PERSONAL))
    for at, number in enumerate(numbers):
        recorder.take(BY_PHONE, (number,), Answer((("id", "int"), ("phone", "str")), ((at, number),)))
    recorder.take(LITERAL, (), Answer((("id", "int"),), ((7,),)))
    return cassette


def test_no_personal_value_of_a_statement_its_parameters_or_its_rows_is_kept() -> None:
    cassette = recorded("+49 221 9876543")
    assert not [word for word in ("9876543", "Grünwald") if word in repr(cassette.statements)]


def test_the_real_value_and_the_one_of_an_earlier_row_find_the_same_answer() -> None:
    numbers = ("+49 221 9876543", "+43 1 2345678")
    for question in (numbers[1], Tokens(KEY).of("phone", numbers[1])):
        player = SqlPlayer(recorded(*numbers), Scrubber((), PERSONAL))
        assert player.answer(BY_PHONE, (question,)).answer.rows == ((1, Tokens(KEY).of("phone", numbers[1])),)
        assert player.answer(LITERAL, ()).answer.rows == ((7,),)


def test_without_the_key_the_only_one_that_may_be_meant_is_the_answer() -> None:
    player = SqlPlayer(recorded("+49 221 9876543"), Scrubber())
    assert player.answer(BY_PHONE, ("+49 221 9876543",)).answer.rows[0][0] == 0
    assert player.answer(LITERAL, ()).answer.rows == ((7,),)
    with pytest.raises(RecordingError) as missed:
        SqlPlayer(recorded("+49 221 9876543", "+43 1 2345678"), Scrubber()).answer(BY_PHONE, ("+43 1 2345678",))
    assert "2345678" not in str(missed.value)
