"""What holds for every normalizer and every raw value."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bartack.normalizers import builtin
from bartack.normalizers.base import Noted, NotReadableError
from bartack_contracts import ISSUE_CODES, EmailAddress, Money, PersonName, PhoneNumber, RichText, TaxId

REGISTRY = builtin()

USES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in REGISTRY.names() if name != "strip_prefix"),
    ("strip_prefix", {"prefix": "a"}),
    ("rich_text", {"format": "html"}),
    ("packed_name", {"order": "given family"}),
    ("phone", {"region": "DE"}),
    ("phone", {"region": "US"}),
    ("phone", {"region": "Narnia"}),
    ("decimal", {"mark": ",", "group": "."}),
    ("decimal", {"mark": ".", "group": "'"}),
    ("money", {"currency": "EUR", "mark": ",", "group": "."}),
    ("money", {"currency": "$", "minor_units": 2}),
    ("percent", {"scale": 1}),
    ("boolean", {"true": ["Y", -1], "false": ["N", 0]}),
    ("country", {"language": "de"}),
    ("country", {"language": "nonsense"}),
    ("region_code", {"country": "US"}),
    ("tax_id", {"country": "DE"}),
    ("tax_id", {"scheme": "us_ein"}),
    ("tax_id", {"scheme": "br_cnpj"}),
    ("duration", {"unit": "h:m"}),
    ("time", {"format": "hhmmss"}),
    ("time", {"format": "%I:%M %p"}),
    *(
        (name, {"format": form})
        for name in ("date", "datetime", "moment")
        for form in (
            "epoch_s",
            "epoch_ms",
            "yyyymmdd",
            "cyymmdd",
            "cyyddd",
            "excel",
            "tryton",
            "%d.%m.%y",
            ["iso", "epoch_ms", "%Y%m%d%H%M%S%z"],
        )
    ),
    ("datetime", {"zone": "Europe/Berlin", "sentinels": ["9999-12-31", 0, "-"]}),
    ("moment", {"format": "%Y-%m-%d %H:%M:%S", "zone": "Pacific/Apia"}),
    ("date", {"midnight": True, "sentinels": ["1900-01-01"]}),
]

characters = st.text(max_size=30) | st.text(st.characters(), max_size=8)  # the second knows lone surrogates
shaped = st.from_regex(
    re.compile(
        r"\A(?:[-+(]?[0-9.,' €$]{1,12}(?:[-)]| CR)?|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,12}(Z|[+-][0-9:]{2,5})?)?"
        r"|\+?[0-9 ()/.x#-]{3,20}|[a-z.'<]{1,8}@[a-z.-]{1,12}>?|https?://[a-z0-9.:@\[\]-]{1,12}/?|<[a-z!/][a-z =\"'>&;]{0,20}"
        r"|[A-Za-z]{2,3}[-_@.][A-Za-z]{2,4}|-?[0-9]{1,15})\Z"
    )
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**9), 10**14)
    | st.just(10**4000)
    | st.floats()
    | st.decimals()
    | st.sampled_from([Decimal("1E+999999999"), Decimal("-0E-999999"), Decimal("sNaN")])
    | characters
    | shaped
    | st.binary(max_size=8)
    | st.dates()
    | st.datetimes()
    | st.datetimes(
        timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=14)), dt.timezone(-dt.timedelta(hours=12))])
    )
    | st.times()
    | st.timedeltas()
    | st.uuids()
)
typed_objects = st.fixed_dictionaries(
    {"__class__": st.sampled_from(["date", "datetime", "Decimal", "timedelta", "bytes"])},
    optional={
        "year": st.integers(-1, 10000) | st.none() | st.booleans(),
        "month": st.integers(0, 13),
        "day": st.integers(0, 32) | st.text(max_size=2),
        "hour": st.integers(-1, 25),
        "microsecond": st.integers(-1, 10**7),
        "decimal": st.text(max_size=5) | st.integers(),
        "seconds": st.decimals() | st.floats() | st.integers(),
    },
)
raws = st.recursive(
    scalars | typed_objects,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def unwrapped(name: str, raw: Any, parameters: dict[str, Any]) -> Any:
    """The value, after every note and error was found to have a code of the table."""
    function = REGISTRY.get(name)
    assert function is not None
    try:
        result = function(raw, **parameters)
    except NotReadableError as error:
        remarks: tuple[Any, ...] = (error,)
        result = None
    else:
        remarks = result.notes if isinstance(result, Noted) else ()
    for remark in remarks:
        assert remark.code in ISSUE_CODES
        assert remark.message
    return result.value if isinstance(result, Noted) else result


@pytest.mark.parametrize(("name", "parameters"), USES, ids=str)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(raw=raws)
def test_any_raw_value_is_read_or_refused_and_nothing_else(name: Any, parameters: Any, raw: Any) -> None:
    before = repr(raw)
    value = unwrapped(name, raw, parameters)
    assert not isinstance(value, Noted | float)
    assert repr(raw) == before


@pytest.mark.parametrize(("name", "parameters"), USES, ids=str)
def test_numbers_too_long_for_python_to_print_are_refused(name: Any, parameters: Any) -> None:
    assert unwrapped(name, 10**5000, parameters) is None
    assert unwrapped(name, -(10**5000), parameters) is None


DRAFTS: list[tuple[str, dict[str, Any], type[BaseModel]]] = [
    ("email", {}, EmailAddress),
    ("phone", {"region": "DE"}, PhoneNumber),
    ("money", {"mark": ",", "group": "."}, Money),
    ("money", {"currency": "EUR"}, Money),
    ("packed_name", {}, PersonName),
    ("rich_text", {}, RichText),
    ("tax_id", {}, TaxId),
]


@pytest.mark.parametrize(("name", "parameters", "model"), DRAFTS, ids=str)
@settings(max_examples=150, deadline=None)
@given(
    raw=(characters | shaped | st.integers() | st.decimals()).filter(
        lambda raw: not isinstance(raw, str) or raw.strip()
    )
)
def test_every_draft_is_accepted_by_its_contract(name: Any, parameters: Any, model: Any, raw: Any) -> None:
    value = unwrapped(name, raw, parameters)
    if value is not None:
        read = model.model_validate(value)
        assert model.model_validate_json(read.model_dump_json()) == read


TEXTS = ("text", "multiline", "trim", "collapse", "upper", "lower", "person_name", "html", "string", "ascii_digits")
ALLOWED_CONTROL = {
    "text": "",
    "multiline": "\n",
    "html": "\n",
    "trim": "\n\t",
    "upper": "\n\t",
    "lower": "\n\t",
    "ascii_digits": "\n\t",
}
HARMFUL = st.sampled_from(
    [
        *map(
            chr,
            (
                0,
                7,
                9,
                10,
                13,
                0x1A,
                0x1F,
                0x7F,
                0x85,
                0x9F,
                0xA0,
                0xAD,
                0x300,
                0x34F,
                0x61C,
                0x115F,
                0x180E,
                0x200B,
                0x200C,
            ),
        ),
        *map(
            chr,
            (
                0x200D,
                0x200E,
                0x202A,
                0x202E,
                0x2028,
                0x2060,
                0x2066,
                0x2069,
                0x206F,
                0x3000,
                0x3164,
                0xD800,
                0xDFFF,
                0xFE0F,
            ),
        ),
        *map(chr, (0xFEFF, 0xFFA0, 0xFFF9, 0xFFFE, 0x1D173, 0xE0001, 0xE0041, 0xE007F, 0xE0100, 0xE01EF, 0xE0FFF)),
        *"aZ é ß İ ü 一 ع क ् 👨 ❤ 1 < > & -",
    ]
)
hostile = st.lists(HARMFUL, max_size=12).map("".join)


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=200, deadline=None)
@given(raw=hostile | characters)
def test_no_character_is_left_that_people_cannot_see(name: Any, raw: Any) -> None:
    value = unwrapped(name, raw, {})
    if value is None:
        return
    assert value == value.strip()
    assert unicodedata.is_normalized("NFC", value)
    value.encode("utf-8")
    for at, char in enumerate(value):
        category = unicodedata.category(char)
        if category == "Cc":
            assert char in ALLOWED_CONTROL.get(name, "")
        assert category != "Cs"
        assert char not in "\u200b\u200e\u200f\u061c\u2060\ufeff\u2028\u2029\xad\u034f\u115f\u1160\u3164\uffa0\xa0"
        assert not 0x202A <= ord(char) <= 0x202E
        assert not 0x2060 <= ord(char) <= 0x206F
        assert not 0xE0000 <= ord(char) <= 0xE00FF
        if char in "\u200c\u200d\ufe0f" or 0xE0100 <= ord(char) <= 0xE01EF:  # spelling, where it stands in place
            assert at
            assert not value[at - 1].isspace()
            assert value[at - 1] not in "\u200c\u200d"
            assert char not in "\u200c\u200d" or (at + 1 < len(value) and not value[at + 1].isascii())


IDEMPOTENT: list[tuple[str, dict[str, Any]]] = [
    *(
        (name, {})
        for name in ("text", "multiline", "trim", "collapse", "upper", "lower", "person_name", "string", "ascii_digits")
    ),
    *((name, {}) for name in ("country", "language", "timezone", "currency", "url", "domain", "time", "region_code")),
    *((name, {}) for name in ("integer", "decimal", "boolean")),
    ("lines", {}),
    ("datetime", {"zone": "Europe/Berlin"}),
    ("moment", {"zone": "UTC"}),
    ("date", {}),
]


@pytest.mark.parametrize(("name", "parameters"), IDEMPOTENT, ids=str)
@settings(max_examples=100, deadline=None)
@given(raw=hostile | characters | shaped)
def test_a_value_read_once_more_stays_what_it_is(name: Any, parameters: Any, raw: Any) -> None:
    value = unwrapped(name, raw, parameters)
    if value is not None and value != ():
        assert unwrapped(name, value, parameters) == value


@settings(max_examples=300)
@given(raw=hostile | characters)
def test_nothing_but_white_space_is_removed_without_a_note(raw: Any) -> None:
    function = REGISTRY.get("trim")
    assert function is not None
    result = function(raw)
    if not isinstance(result, Noted) or "text.cleaned" not in [note.code for note in result.notes]:
        value = result.value if isinstance(result, Noted) else result
        assert "".join((value or "").split()) == "".join(unicodedata.normalize("NFC", raw).split())
