"""Driver values become native values without being rounded, guessed or lost."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.transports.sql.values import decoder, native, rows_of


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_from_its_decimal(number: float) -> None:
    value = native(number)
    assert isinstance(value, Decimal)
    assert float(value) == number
    assert str(value) in (repr(number), str(Decimal(repr(number))))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (Decimal("NaN"), "NaN"),
        (Decimal("Infinity"), "Infinity"),
        (Decimal("1.50"), Decimal("1.50")),
        (memoryview(b"\x00\xff"), b"\x00\xff"),
        (UUID("6B0F4E21-0FD3-4A29-B9F7-E5B0787AE2DA"), "6b0f4e21-0fd3-4a29-b9f7-e5b0787ae2da"),
        (timedelta(hours=13, minutes=5), "13:05:00"),
        (-timedelta(days=1, microseconds=1), "-24:00:00.000001"),
        ([0.1, {"a": [None, 1.5]}], [Decimal("0.1"), {"a": [None, Decimal("1.5")]}]),
        (ip_address("10.0.0.1"), "10.0.0.1"),
        (True, True),
    ],
)
def test_each_type_has_its_native_value(value: Any, expected: Any) -> None:
    found = native(value)
    assert found == expected
    assert type(found) is type(expected)


def test_columns_of_mixed_types_keep_each_value_in_its_row() -> None:
    rows = rows_of(("a", "b"), [(1, "x"), (0.5, None), (None, b"y")])
    assert rows == [{"a": 1, "b": "x"}, {"a": Decimal("0.5"), "b": None}, {"a": None, "b": b"y"}]
    assert rows_of(("a",), []) == []


@given(data=st.binary())
def test_no_replacement_character_is_ever_invented(data: bytes) -> None:
    for encoding in ("utf-8", "cp1252", "cp932"):
        text = decoder(encoding)(data)
        assert isinstance(text, bytes) or ("\ufffd" in text) == (b"\xef\xbf\xbd" in data)


def test_a_declared_encoding_reads_what_is_not_utf8() -> None:
    assert decoder("utf-8")(b"M\xfcller") == b"M\xfcller"
    assert decoder("cp1252")(b"M\xfcller \x80") == "Müller €"
    assert decoder("cp1252")("Müller €".encode()) == "Müller €"
    assert decoder("cp1252")(b"\x81 is nothing in cp1252") == b"\x81 is nothing in cp1252"
