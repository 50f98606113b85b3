"""Custom fields keep value and type; raw values are written as JSON as closely as JSON can."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bartack_contracts import CustomField, RawJson, raw_to_json

RAW: TypeAdapter[Any] = TypeAdapter(RawJson)


@given(st.from_type(CustomField))
def test_a_custom_value_and_its_type_survive_json(field: CustomField) -> None:
    back = CustomField.model_validate_json(field.model_dump_json())
    assert back == field
    assert type(back.value) is type(field.value)
    assert str(back.value) == str(field.value) or field.type == "json"


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("20260102", "text", "20260102"),
        (Decimal("12.50"), "decimal", "12.50"),
        (9007199254740993, "integer", 9007199254740993),
        (True, "boolean", True),
        (date(2026, 1, 2), "date", "2026-01-02"),
        (datetime(2026, 1, 2, 10), "datetime", "2026-01-02T10:00:00"),
        (datetime(2026, 1, 2, 10, tzinfo=UTC), "datetime", "2026-01-02T10:00:00+00:00"),
        (time(10, 30), "time", "10:30:00"),
        (b"\xff", "binary", "/w=="),
        ({"a": [1]}, "json", {"a": [1]}),
        (1.1, "decimal", "1.1"),
    ],
)
def test_the_type_follows_from_the_value(value: object, kind: str, written: object) -> None:
    field = CustomField.model_validate({"key": "x", "value": value})
    assert field.model_dump(mode="json") == {"key": "x", "type": kind, "value": written}


def test_an_empty_custom_value_has_no_type() -> None:
    assert CustomField(key="x", value=None).model_dump() == {"key": "x", "value": None}


@pytest.mark.parametrize("value", [1, "2026-01-02", object()])
def test_a_value_that_is_not_what_its_type_says_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="the type says date"):
        CustomField.model_validate({"key": "x", "type": "date", "value": value})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("date", "20260102"), ("datetime", "1767312000"), ("time", "10"), ("binary", "ü"), ("decimal", "x"), ("date", 1)],
)
def test_json_that_is_not_the_spelling_of_its_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"not the JSON spelling of a {kind}"):
        CustomField.model_validate_json(
            TypeAdapter(dict[str, Any]).dump_json({"key": "x", "type": kind, "value": value})
        )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("9.99"), 9.99),
        (Decimal("5"), 5),
        (Decimal("12.50"), 12.5),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (Decimal("1E+999999"), "1E+999999"),
        (Decimal("NaN"), "NaN"),
        (float("inf"), "inf"),
        (2**70, 2**70),
        (b"\xff\xfe", "//4="),
        ("\ud800", "\\ud800"),
        (date(2026, 1, 2), "2026-01-02"),
        ({1: (Decimal("1.5"), None)}, {"1": [1.5, None]}),
    ],
)
def test_raw_values_become_the_nearest_json(value: object, written: object) -> None:
    assert raw_to_json(value) == written
    assert type(raw_to_json(value)) is type(written)


def test_raw_values_are_untouched_in_python() -> None:
    row = {"at": date(2026, 1, 2), "price": Decimal("12.50"), "blob": b"\xff", "tags": ("a",)}
    assert RAW.dump_python(RAW.validate_python(row)) == row


def test_raw_numbers_come_back_exact_never_as_floats() -> None:
    assert RAW.validate_json('{"price": [9.99, 5, true]}') == {"price": [Decimal("9.99"), 5, True]}


def test_a_row_deeper_than_pydantic_can_write_still_becomes_json() -> None:
    row: Any = "deep"
    for _ in range(400):
        row = [row]
    assert b"deep" in RAW.dump_json(row)
