"""The fast ways give what the libraries give."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import phonenumbers
import pytest
from ftfy import fix_encoding
from ftfy.badness import BADNESS_RE
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.normalizers import cleaning, emails, phones
from bartack.normalizers.base import NotReadableError
from bartack.normalizers.dates import day, moment, timestamp
from bartack.normalizers.emails import email
from bartack.normalizers.numbers import decimal
from bartack.normalizers.phone_plans import e164_of
from bartack.normalizers.text import text

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


def dialled(region: str, chance: random.Random) -> str:
    """A number as somebody in ``region`` may have written it, right or nearly right."""
    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region(region)
    kinds = [kind for name in KINDS if (kind := getattr(plan, name)) is not None and kind.example_number]
    digits = list(chance.choice(kinds).example_number)
    for _ in range(chance.choice([0, 0, 1, 2, 4])):
        at = chance.randrange(len(digits))
        digits[at : at + chance.choice([0, 1, 1, 1, 2])] = chance.choice(["", *"0123456789"])
        digits = digits or ["0"]
    number, code, trunk = "".join(digits), str(plan.country_code), plan.national_prefix or ""
    forms = [
        "+" + code + number,
        "+" + code + trunk + number,
        trunk + number,
        number,
        code + number,
        "00" + code + number,
    ]
    written = chance.choice([*forms, *forms[:4], f"{plan.international_prefix}{code}{number}"])
    if chance.random() < 0.5:
        written = "".join(
            char + (chance.choice([" ", "-", "/", ".", ") ", " ("]) if chance.random() < 0.25 else "")
            for char in written
        )
    return written


@pytest.mark.parametrize("region", REGIONS)
def test_phones_in_every_region(region: Any) -> None:
    chance = random.Random(f"telephone numbers of {region}")
    decided = 0
    for _ in range(120):
        written = dialled(region, chance)
        home = region if chance.random() < 0.8 else chance.choice(REGIONS)
        fast = e164_of(written, home)
        if fast is not None:
            decided += 1
            assert phones.by_library(written, home) == (fast, None, None), written
    assert decided


def test_most_plain_numbers_need_no_library() -> None:
    numbers = [phonenumbers.example_number(region) for region in REGIONS]
    written = [
        phonenumbers.format_number(number, form) for number in numbers if number is not None for form in (0, 1, 2)
    ]
    homes = [region for region, number in zip(REGIONS, numbers, strict=True) if number is not None for _ in range(3)]
    decided = sum(e164_of(*pair) is not None for pair in zip(written, homes, strict=True))
    assert decided > 0.8 * len(written)


@settings(max_examples=1000, deadline=None)
@given(
    st.text("0123456789+ ()./-x#;a\u0660", min_size=1, max_size=18),
    st.sampled_from([None, "DE", "US", "IT", "BR", "GG", "RU", "XX"]),
)
def test_phones_of_any_spelling(written: Any, region: Any) -> None:
    fast = e164_of(written, region)
    if fast is not None:
        assert phones.by_library(written, region) == (fast, None, None)


local = st.text("abzABZ019._+-'!\"@ ü", max_size=12) | st.sampled_from(
    ["Info", "WebMaster", "sales", "a" * 64, "a" * 65]
)
label = st.text("abzABZ019-_ü", max_size=6) | st.sampled_from(["xn--mller-kva", "ab--c", "a" * 63, "a" * 64])
top = st.sampled_from(
    ["org", "ORG", "de", "test", "Local", "invalid", "arpa", "x", "museum", "c0m", "123", "xn--p1ai", "a" * 25]
)


@settings(max_examples=1000, deadline=None)
@given(
    st.builds(
        lambda a, b, c, e: f"{a}@{'.'.join([*b, c])}{e}",
        local,
        st.lists(label, max_size=3),
        top,
        st.sampled_from(["", "\n", " ", "."]),
    )
)
def test_emails(raw: Any) -> None:
    assert email(raw) == emails.by_library(raw)


@given(st.emails())
def test_emails_of_the_standard(raw: Any) -> None:
    assert email(raw) == emails.by_library(raw)


def slowly(function: Any, raw: str, **parameters: Any) -> Any:
    """Read past the fast way, which takes no blank behind."""
    return outcome(function, f"{raw} ", **parameters)


def outcome(function: Any, raw: Any, **parameters: Any) -> Any:
    try:
        return function(raw, **parameters)
    except NotReadableError as error:
        return error.code


digits = st.integers(0, 99).map("{:02}".format)
iso = st.builds(
    "{}-{}-{}{}{}:{}{}{}".format,
    st.sampled_from(["2026", "0000", "0001", "9999", "10000", "1969"]),
    st.sampled_from(["00", "01", "02", "12", "13"]),
    st.sampled_from(["00", "01", "29", "31", "32"]),
    st.sampled_from(["T", " ", "t", "x", "\u0660"]),
    st.sampled_from(["00", "23", "24", "25"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["", ":00", ":59.9999999", ":60", ":00.123456789", ":01,5", ":00."]),
    st.sampled_from(["", "Z", "z", "+0000", "+00:00", "-1200", "+14:00", "+23:59", "+24:00", "+02", "-00:61", " UTC"]),
)


@settings(max_examples=1000)
@given(iso)
def test_points_in_time(raw: Any) -> None:
    assert outcome(timestamp, raw) == slowly(timestamp, raw)
    assert outcome(timestamp, raw, zone="Europe/Berlin") == slowly(timestamp, raw, zone="Europe/Berlin")


@given(st.datetimes(timezones=st.timezones() | st.just(dt.UTC)))
def test_points_in_time_of_isoformat(value: Any) -> None:
    raw = value.isoformat()
    assert outcome(timestamp, raw) == slowly(timestamp, raw) == outcome(moment, raw)


@given(iso.map(lambda raw: raw[:10]) | st.dates().map(str) | st.text("0123456789-W", min_size=10, max_size=10))
def test_dates(raw: Any) -> None:
    assert outcome(day, raw) == slowly(day, raw) == outcome(moment, raw, zone="UTC")


@settings(max_examples=500)
@given(st.from_regex(r"\A[-+(]?[0-9]{0,35}(\.[0-9]{0,33})?[-)]?\Z"))
def test_decimals(raw: Any) -> None:
    def grouped(raw: str) -> Decimal:
        return decimal(raw, group="_")  # a mark that is not there leads past the fast way

    found = outcome(decimal, raw)
    assert found == outcome(grouped, raw)
    assert str(found) == str(outcome(grouped, raw))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_text(raw: Any) -> None:
    cleaned, notes = cleaning.clean(raw + "\u200b")  # leads past the fast way
    assert [note.code for note in notes] == ["text.cleaned"]
    assert text(raw) == (cleaned.strip() or None)


words = st.sampled_from(
    ["Müller", "größer", "l’été", "Łódź", "Привет", "Ελλάδα", "naïve ☃", "“quoted” – …", "œuvre", "100 €"]
)
codecs = st.sampled_from(["latin-1", "cp1252", "cp1251", "cp1250", "mac_roman", "cp437", "cp1253", "cp1257"])
broken = st.builds(lambda word, codec: word.encode().decode(codec, "ignore"), words, codecs)
suspicious = st.text([char for char in map(chr, range(0x80, 0x2600)) if BADNESS_RE.search(f"a{char} {char}{char}a€")])


@settings(max_examples=2000, deadline=None)
@given(st.lists(broken | words | st.text(max_size=4) | suspicious, max_size=4).map("".join))
def test_mojibake_is_what_the_library_would_repair(raw: Any) -> None:
    noted = any(note.code == "text.mojibake" for note in cleaning.clean(raw)[1])
    assert noted == (fix_encoding(raw) != raw or "\ufffd" in raw)


def test_every_character_beside_every_kind_of_neighbour_is_left_to_the_library_where_it_is_suspicious() -> None:
    for code in range(0x80, 0x3000):
        char = chr(code)
        for raw in (
            char,
            f"a{char}",
            f"{char}a",
            f" {char} ",
            f"a {char} ",
            f"a{char} b",
            f"{char}1",
            f"1{char}.",
            f". {char}A",
        ):
            assert not BADNESS_RE.search(raw) or cleaning._MAY_BE_MOJIBAKE.search(raw), ascii(raw)
