"""Numbers, money, shares, and yes and no as systems really write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.normalizers.base import Noted, NotReadableError
from bartack.normalizers.booleans import boolean, negated
from bartack.normalizers.money import currency, money
from bartack.normalizers.numbers import decimal, integer, percent, shifted
from bartack_contracts import Money

GERMAN = {"mark": ",", "group": "."}
SWISS = {"mark": ".", "group": "'"}
FRENCH = {"mark": ",", "group": " "}
ENGLISH = {"mark": ".", "group": ","}


@pytest.mark.parametrize(
    ("raw", "marks", "value"),
    [
        ("5000.00", {}, "5000.00"),
        ("3000", {}, "3000"),
        (" 12.5 ", {}, "12.5"),
        ("00012.50", {}, "12.50"),
        (".5", {}, "0.5"),
        ("5.", {}, "5"),
        ("-0.10", {}, "-0.10"),
        ("+7", {}, "7"),
        ("\u22127", {}, "-7"),  # a typographic minus
        ("(12.50)", {}, "-12.50"),
        ("12.50-", {}, "-12.50"),  # SAP, COBOL
        ("12.50 -", {}, "-12.50"),
        ("12.50 CR", {}, "-12.50"),
        ("12.50DB", {}, "-12.50"),
        ("12.50 Dr", {}, "12.50"),
        ("1.234,50", GERMAN, "1234.50"),
        ("1.234.567", GERMAN, "1234567"),
        ("1'234.50", SWISS, "1234.50"),
        ("1’234.50", SWISS, "1234.50"),
        ("1 234,50", FRENCH, "1234.50"),
        ("1\u202f234\xa0567,5", FRENCH, "1234567.5"),
        ("1,234.50", ENGLISH, "1234.50"),
        ("12,34,567.50", ENGLISH, "1234567.50"),  # India
        ("1234.50", ENGLISH, "1234.50"),
        ("1E3", {}, "1E+3"),  # xs:double
        ("1.5e-3", {}, "0.0015"),
        (7, {}, "7"),
        (Decimal("12.50"), {}, "12.50"),
        (Decimal("1234.5"), GERMAN, "1234.5"),  # typed by the driver: marks do not count
        ({"__class__": "Decimal", "decimal": "1.50"}, GERMAN, "1.50"),  # Tryton
        ("12345678901234567890123456789012345678", {}, "12345678901234567890123456789012345678"),  # NUMERIC(38)
    ],
)
def test_decimals(raw: Any, marks: Any, value: Any) -> None:
    found = decimal(raw, **marks)
    assert found == Decimal(value)
    assert str(found) == str(Decimal(value))  # the digits, too


@pytest.mark.parametrize(
    ("raw", "marks"),
    [
        ("1,234", {}),  # a thousand, or one and a bit?
        ("1.234,50", {}),
        ("1,50", ENGLISH),
        ("1,2345", ENGLISH),
        ("12,34.5,0", ENGLISH),
        ("1.23.456", GERMAN),
        ("1'23", SWISS),
        ("--5", {}),
        ("(-5)", {}),
        ("-5-", {}),
        ("(5", {}),
        ("5)", {}),
        ("5.-", {}),  # a price, not a negative number
        ("1 2", {}),
        ("N/A", {}),
        ("NaN", {}),
        ("Infinity", {}),
        ("1e999", {}),
        ("1_000", {}),
        ("0x1F", {}),
        ("free", {}),
        ("", {}),
        (".", {}),
        ("-", {}),
        ("١٢٣", {}),  # ascii_digits makes them digits
        ("１２３", {}),
        ("½", {}),
        pytest.param("9" * 300, {}, id="long"),
        (1.5, {}),
        (float("nan"), {}),
        (Decimal("NaN"), {}),
        (Decimal("-Infinity"), {}),
        (Decimal("1E+999999"), {}),
        pytest.param(10**5000, {}, id="huge"),
        (True, {}),
        (None, {}),
        ([], {}),
        ({"__class__": "Decimal", "decimal": "x"}, {}),
        ({"__class__": "Decimal"}, {}),
        (b"1", {}),
    ],
)
def test_no_decimals(raw: Any, marks: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        decimal(raw, **marks)
    assert error.value.code == "number.unreadable"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_a_written_decimal_is_read_back_whatever_the_marks(value: Any) -> None:
    for mark, group in ((".", ","), (",", "."), (".", "'"), (",", " ")):
        written = f"{abs(value):,.2f}".translate({ord(","): group, ord("."): mark})
        assert decimal(written, mark=mark, group=group) == abs(value)
        for negative in (f"-{written}", f"{written}-", f"({written})", f"{written} CR"):
            assert decimal(negative, mark=mark, group=group) == -abs(value)


@given(st.from_regex(r"-?[1-9][0-9]{0,40}(\.[0-9]{1,20})?", fullmatch=True), st.integers(0, 9))
def test_minor_units_are_exact_whatever_the_length(written: Any, digits: Any) -> None:
    moved = shifted(Decimal(written), digits)
    assert shifted(moved, -digits) == Decimal(written)
    assert moved.as_tuple().digits == Decimal(written).as_tuple().digits


@pytest.mark.parametrize(
    ("raw", "value"), [("007", 7), (Decimal("1E+2"), 100), ("1,200", 1200), ("3.00", 3), (10**19, 10**19)]
)
def test_integers(raw: Any, value: Any) -> None:
    found = integer(raw, group=",")
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize("raw", ["3.5", True, Decimal("0.1"), "many", None, 3.0])
def test_no_integers(raw: Any) -> None:
    with pytest.raises(NotReadableError):
        integer(raw)


@pytest.mark.parametrize(
    ("raw", "parameters", "value"),
    [
        (50, {}, "0.5"),
        ("12,5 %", {"mark": ","}, "0.125"),
        ("0.5", {"scale": 1}, "0.5"),
        (Decimal(100), {}, "1"),
        (5, {"scale": 1000}, "0.005"),
    ],
)
def test_shares(raw: Any, parameters: Any, value: Any) -> None:
    assert percent(raw, **parameters) == Decimal(value)


def test_a_percent_sign_and_another_declared_whole_contradict_each_other() -> None:
    with pytest.raises(NotReadableError):
        percent("5 %", scale=1)


@pytest.mark.parametrize(
    ("raw", "parameters", "amount", "code", "named", "remark"),
    [
        ("5000.00", {"currency": "USD"}, "5000.00", "USD", "USD", None),
        (129900, {"currency": "eur", "minor_units": 2}, "1299.00", "EUR", "eur", None),
        (Decimal(-5), {"currency": "JPY", "minor_units": 0}, "-5", "JPY", "JPY", None),
        ("1.234,50 €", {**GERMAN}, "1234.50", "EUR", "€", None),
        ("€1.234,50", {**GERMAN, "currency": "EUR"}, "1234.50", "EUR", "€", None),
        ("EUR 12.50-", {}, "-12.50", "EUR", "EUR", None),
        ("(USD 12.50)", {}, "-12.50", "USD", "USD", None),
        ("-$5", {"currency": "AUD"}, "-5", "AUD", "AUD", None),
        ("$1,299.00 USD", {**ENGLISH}, "1299.00", "USD", "$ USD", None),
        ("US$5", {}, "5", "USD", "US$", None),
        ("5 zł", {}, "5", "PLN", "zł", None),
        ("12.50 EUR CR", {}, "-12.50", "EUR", "EUR", None),
        ("CHF 5.-", {}, "5", "CHF", "CHF", None),
        ("5,– €", {**GERMAN}, "5", "EUR", "€", None),
        ("5 Swiss Franc", {}, "5", "CHF", "Swiss Franc", None),
        ("$.50", {"currency": "USD"}, "0.50", "USD", "USD", None),
        ("$ 5", {}, "5", None, "$", "currency.unknown"),
        ("kr 5", {}, "5", None, "kr", "currency.unknown"),
        ("kr 5", {"currency": "NOK"}, "5", "NOK", "NOK", None),
        ("$ 5", {"currency": "EUR"}, "5", None, "$", "currency.unknown"),
        ("5 USD", {"currency": "EUR"}, "5", "USD", "USD", "currency.conflict"),
        (5, {"currency": "-99"}, "5", None, "-99", "currency.unknown"),  # SuiteCRM's base currency
        (5, {"currency": "KES"}, "5", "KES", "KES", None),  # Zoho's $currency_symbol
        (5, {}, "5", None, None, "currency.absent"),
        (5, {"currency": ["EUR"]}, "5", None, None, "currency.absent"),
        ("12 apples", {}, "12", None, "apples", "currency.unknown"),
    ],
)
def test_money(raw: Any, parameters: Any, amount: Any, code: Any, named: Any, remark: Any) -> None:
    result = money(raw, **parameters)
    draft: Any = result.value if isinstance(result, Noted) else result
    assert draft == {"amount": Decimal(amount), "currency": code, "currency_raw": named}
    assert str(draft["amount"]) == str(Decimal(amount))
    assert [note.code for note in getattr(result, "notes", ())] == ([remark] if remark else [])
    Money.model_validate(draft)


@pytest.mark.parametrize("raw", ["free", "12 / 13", "5EUR3", "Fr.50", True, None, 1.5, "5 EUR 6", "NaN EUR"])
def test_no_money(raw: Any) -> None:
    with pytest.raises(NotReadableError):
        money(raw)


def test_cents_are_whole() -> None:
    with pytest.raises(NotReadableError):
        money("12.50", minor_units=2)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("usd", "USD"),
        ("Euro", "EUR"),
        ("US-Dollar", "USD"),
        ("złoty polski", "PLN"),
        ("£", "GBP"),
        ("R$", "BRL"),
        ("DEM", "DEM"),
    ],
)
def test_currencies(raw: Any, code: Any) -> None:
    assert currency(raw) == code


@pytest.mark.parametrize("raw", ["$", "¥", "kr", "XXX", "XTS", "ABC", "dollar", "-99", "", "1", 978, None, "E" * 9999])
def test_no_currencies(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        currency(raw)
    assert error.value.code == "currency.unknown"


@pytest.mark.parametrize(
    ("raw", "words", "value"),
    [
        (True, {}, True),
        (0, {}, False),
        ("TRUE", {}, True),
        (" 0 ", {}, False),
        ("Y", {"true": ["Y"], "false": ["N"]}, True),
        ("n", {"true": ["J", "S", "O"], "false": ["N"]}, False),
        (-1, {"true": [-1], "false": [0]}, True),  # Access
        ("1", {"true": ["1"], "false": [""]}, True),
        (Decimal(1), {}, True),
        (False, {"true": ["Y"], "false": ["N"]}, False),
        ("active", {"true": "active", "false": "inactive"}, True),
    ],
)
def test_booleans(raw: Any, words: Any, value: Any) -> None:
    assert boolean(raw, **words) is value
    assert negated(raw, **words) is not value


@pytest.mark.parametrize(
    "raw", ["Y", "yes", "on", "-1", 2, "T", "", None, 1.0, [], {}, pytest.param(10**5000, id="huge"), Decimal("1.0")]
)
def test_no_booleans_without_a_declared_vocabulary(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        boolean(raw)
    assert error.value.code == "boolean.unreadable"


def test_a_declared_vocabulary_replaces_the_usual_one() -> None:
    with pytest.raises(NotReadableError):
        boolean("1", true=["Y"], false=["N"])
