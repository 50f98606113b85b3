"""What stands for a personal value: of the same form, the same every time, and known for what it is."""

from __future__ import annotations

import re
import stat
import unicodedata
from datetime import date
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from bartack.errors import RecordingError
from bartack.normalizers.emails import email
from bartack.normalizers.phones import phone
from bartack.recording import Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.keys import find_key, make_key
from bartack.recording.tokens import KINDS, Kind

KEY = ScrubKey("a key for tests, 16+")
TOKENS = Tokens(KEY, region="DE")

NAMES = [
    "Zoë Müller",
    "GRÜNWALD, Jörg",
    "Siobhán O'Brien-Smith",
    "  Jean-Luc   Lefèvre ",
    unicodedata.normalize("NFD", "Zażółć Gęślą"),
    "Дмитрий Шостакович",
    "山田 太郎",
    "やまだ タロウ",
    "김철수",
    "أحمد",
    "Åse Ødegård",
    "अमित शर्मा",
    "Öß",
]


def shape(text: str) -> str:
    """Return the text with each letter replaced by its kind and case, accented ones kept."""
    return "".join(
        one
        if not one.isalpha() or (ord(one) > 127 and "LATIN" in unicodedata.name(one))
        else "A"
        if one.isupper()
        else "a"
        for one in text
    )


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_name_keeps_its_length_case_accents_and_spaces_and_no_word(name: str) -> None:
    token = TOKENS.of("text", name)
    assert shape(token) == shape(name)
    words = re.findall(r"[^\W\d_]{2,}", unicodedata.normalize("NFC", name))
    assert not [word for word in words if word in unicodedata.normalize("NFC", token)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_still_be_written_in_the_code_pages_of_its_script(name: str) -> None:
    pages = ("cp1252", "cp1250", "cp1251", "cp932", "euc-kr", "cp1256", "utf-8")
    possible = [page for page in pages if _can_be_written(name, page)]
    assert [page for page in possible if _can_be_written(TOKENS.of("text", name), page)] == possible


def _can_be_written(text: str, page: str) -> bool:
    try:
        return bool(text.encode(page))
    except UnicodeEncodeError:
        return False


def test_a_word_is_the_same_in_any_case_and_normal_form_so_that_names_still_join() -> None:
    whole = TOKENS.of("text", "Zoë Müller")
    assert whole == f"{TOKENS.of('text', 'Zoë')} {TOKENS.of('text', 'Müller')}"
    assert TOKENS.of("text", "MÜLLER") == TOKENS.of("text", "Müller").upper()
    apart = TOKENS.of("text", unicodedata.normalize("NFD", "Zoë Müller"))
    assert unicodedata.normalize("NFC", apart) == whole != apart


def test_another_key_makes_other_tokens() -> None:
    other = Tokens(ScrubKey("another key for tests"))
    for kind, text in (("text", "Zoë Müller"), ("email", "zoe@gmx.de"), ("phone", "+49 221 9876543")):
        assert TOKENS.of(kind, text) != other.of(kind, text)  # type: ignore[arg-type]  # a loop over literals
    assert KEY.id != ScrubKey("another key for tests").id


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("zoe.mueller+x@firma-gmbh.com", "example.com"),
        ("ZOE@GMX.NET", "example.net"),
        ("o'brien@gmx.de", "example.org"),
        ("zoë@müller.org", "example.org"),
    ],
)
def test_an_email_stays_a_valid_one_of_a_domain_nobody_has(address: str, home: str) -> None:
    token = TOKENS.of("email", address)
    assert token.endswith(f".{home}")
    assert email(token)["address"]
    assert address.partition("@")[0] not in token


def test_domains_stay_distinct_and_shared_ones_shared() -> None:
    hosts = [TOKENS.of("email", one).partition("@")[2] for one in ("a@gmx.de", "b@GMX.de", "a@web.de", "a@gmx.at")]
    assert hosts[0] == hosts[1]
    assert len(set(hosts)) == 3


def test_an_address_that_nobody_can_have_is_left() -> None:
    for address in ("zoe@example.org", "a@shop.example", "x@host.test"):
        assert TOKENS.of("email", address) == address


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+49 221 9876543", None),
        ("+49 (0)30-901820", None),
        ("0221/9876543", "DE"),
        ("+44 20 7946 0958", None),
        ("+1 (415) 555-2671", None),
        ("+33 (0)1 23 45 67 89", None),
        ("+48 22 123 45 67", None),
        ("+81 3-1234-5678", None),
        ("+353 85 012 3456 ext. 12", None),
    ],
)
def test_a_phone_number_stays_one_of_its_country_and_our_reader_reads_it(number: str, region: str | None) -> None:
    token = TOKENS.of("phone", number)
    read = [phone(one, region=region) for one in (number, token)]
    assert token != number
    assert re.sub(r"\d", "0", token) == re.sub(r"\d", "0", number)
    was, now = (phonenumbers.parse((one.value if hasattr(one, "value") else one)["e164"]) for one in read)
    assert was.country_code == now.country_code
    assert phonenumbers.is_valid_number(now)


def test_a_number_in_both_spellings_stays_the_same_number() -> None:
    there, here = TOKENS.of("phone", "+49 221 9876543"), TOKENS.of("phone", "0221 9876543")
    assert phone(there)["e164"] == phone(here, region="DE")["e164"]


def test_a_number_is_the_same_in_its_field_and_in_a_text() -> None:
    scrub = Scrubber((), Personal(TOKENS))
    token = TOKENS.of("phone", "+49 221 9876543")
    assert scrub.text('{"phone": "+49 221 9876543"}') == f'{{"phone": "{token}"}}'
    assert scrub.text("<Fax>+49 221 9876543</Fax> +49 221 9876543") == f"<Fax>{token}</Fax> {token}"
    assert TOKENS.of("text", "Call +49 221 9876543!").endswith(f" {token}!")


def test_several_numbers_in_a_field_and_who_they_are_of_are_replaced() -> None:
    token = TOKENS.of("phone", "Tel. +49 221 9876543 / 0151 23456789 (Max)")
    assert re.fullmatch(r"Tel\. \+49 221 \d{7} / 0151 \d{8} \([A-Z][a-z]{2}\)", token)
    assert not any(part in token for part in ("9876543", "23456789", "Max"))


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("1970-01-31", "%Y-%m-%d"),
        ("31.01.1970", "%d.%m.%Y"),
        ("01/31/1970", "%m/%d/%Y"),
        ("19700131", "%Y%m%d"),
        ("2000-02-29", "%Y-%m-%d"),
        ("29 February 2000", "%d %B %Y"),
    ],
)
def test_a_date_stays_one_of_the_same_format_and_year(text: str, format: str) -> None:
    from datetime import datetime

    token = TOKENS.of("date", text)
    assert token != text
    was, now = (datetime.strptime(one, format) for one in (text, token))
    assert (was.year, was.day > 12) == (now.year, now.day > 12)


@pytest.mark.parametrize("text", ["0000-00-00", "1900-01-01", "9999-12-31", "1970-01-01T00:00:00Z", "00.00.0000", "0"])
def test_what_stands_for_no_date_stays(text: str) -> None:
    assert TOKENS.of("date", text) == text


def test_a_date_is_the_same_in_two_formats() -> None:
    moved = date.fromisoformat(TOKENS.of("date", "1970-01-31"))
    assert TOKENS.of("date", "31.01.1970") == moved.strftime("%d.%m.%Y")


def test_numbers_with_check_digits_stay_right() -> None:
    assert iban.is_valid(TOKENS.of("iban", "DE89 3704 0044 0532 0130 00"))
    assert luhn.is_valid(TOKENS.of("card", "4111111111111111"))


def test_digits_stay_digits_and_leading_zeros_where_they_were() -> None:
    assert re.fullmatch(r"0\d{4}", TOKENS.of("text", "02141"))
    assert re.fullmatch(r"[A-Z]{2}\d[A-Z] \d[A-Z]{2}", TOKENS.of("text", "SW1A 2AA"))
    assert re.fullmatch(r"50\.\d{4}", TOKENS.of("number", "50.9413"))


def test_markup_links_and_moments_in_a_text_stay_what_they_are() -> None:
    token = TOKENS.of("text", '<p class="x">Zoë &amp; Max, https://gmx.de/u/zoe 1970-01-31 10:49</p>')
    assert re.fullmatch(
        r'<p class="x">\w{3} &amp; \w{3}, https://\w+\.example\.org/\w/\w{3} 1970-\d\d-\d\d 10:49</p>', token
    )
    assert "Zoë" not in token


@given(
    st.sampled_from(KINDS), st.text() | st.sampled_from(NAMES) | st.from_regex(r"\+?[\d ./()-]{5,20}", fullmatch=True)
)
def test_what_was_replaced_once_is_left(kind: Kind, text: str) -> None:
    token = TOKENS.of(kind, text)
    assert TOKENS.again().of(kind, token) == token


@given(st.text(st.characters(categories=("L", "Mn", "Zs", "Po"), exclude_characters="@/.")))
def test_words_are_left_without_being_told_that_they_were_replaced(text: str) -> None:
    token = TOKENS.of("text", text)
    assert TOKENS.of("text", token) == token
    assert len(token) == len(text)


@given(st.dates(date(1900, 1, 1), date(2029, 12, 31)))
def test_no_date_stands_for_itself(day: date) -> None:
    stands_for_none = day in (date(1900, 1, 1), date(1970, 1, 1))
    assert (date.fromisoformat(TOKENS.of("date", day.isoformat())) == day) is stands_for_none


def test_the_first_recording_makes_a_key_that_its_owner_alone_can_read_and_git_does_not_see(tmp_path: Path) -> None:
    made = make_key(tmp_path, {})
    file = tmp_path / ".bartack" / "scrub.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (tmp_path / ".bartack" / ".gitignore").read_text().splitlines()[-1] == "*"
    assert make_key(tmp_path, {}).id == find_key(tmp_path, {}).id == made.id  # type: ignore[union-attr]  # it was made above
    assert made.text not in repr(made)
    assert [one.name for one in file.parent.iterdir() if one.name.endswith(".tmp")] == []


def test_a_key_of_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    make_key(tmp_path, {})
    found = find_key(tmp_path, {"BARTACK_SCRUB_KEY": "sixteen letters..\n"})
    assert found == ScrubKey("sixteen letters..")


def test_a_short_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="at least 16") as failed:
        find_key(tmp_path, {"BARTACK_SCRUB_KEY": "letmein"})
    assert "letmein" not in str(failed.value)


def test_without_any_key_none_is_found(tmp_path: Path) -> None:
    assert find_key(tmp_path, {}) is None
