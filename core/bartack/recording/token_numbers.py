"""Tokens made of digits: of the same length and layout, valid where the value was, with a check that anybody can do.

``seeds(purpose, value)`` gives the numbers that follow from the key. The last digits of a token follow from the others
without a key: that is how one is recognised (a real value passes for one in a thousand telephone numbers, one in sixteen
dates), where ``again`` says that the values were replaced before.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable

__all__ = ["card_for", "date_for", "digits_for", "iban_for", "identity_for", "number_for", "phone_for"]

Seeds = Callable[[str, str], Callable[[int], int]]

_EXTENSION = re.compile(
    r"(?:;ext=|[\s,]*(?:e?xt(?:ension)?n?|доб|anexo|int|x|#|~)[:.]?[\s-]*)\d{1,8}#?\s*$", re.IGNORECASE
)
_SEVERAL = re.compile(r"(\s*[;,|/\n]\s*|\s+(?:or|oder|and|und|&)\s+|\s{3,})")
_FEWEST = 5
"""Digits of a telephone number."""
_TRIES = 64

_YEAR_FIRST = re.compile(r"(\s*)(\d{4})([-/.])(\d{1,2})\3(\d{1,2})((?:[T ]\d.*)?\s*)", re.DOTALL)
_YEAR_LAST = re.compile(r"(\s*)(\d{1,2})([-/.])(\d{1,2})\3(\d{4}|\d{2})((?:[T ,]+\d.*)?\s*)", re.DOTALL)
_COMPACT = re.compile(r"()((?:18|19|20)\d\d)()(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])()")
_NO_DAYS = frozenset(("0000-00-00", "0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "9999-12-31"))
"""What systems write where there is no date; nobody's data, and a hazard."""
_EPOCH = re.compile(r"-?\d{8,14}")
_DAY = 86_400
_MILLIS = 11
"""From so many digits on, a moment is in milliseconds."""


def digits_for(run: str, seeds: Seeds, *, again: bool) -> str:
    """Return as many digits, of the same script; leading zeros and single digits stay."""
    plain = "".join(str(unicodedata.decimal(one)) for one in run)
    body = plain.lstrip("0")
    if len(body) < 2 or (again and _is_checked(body, _checks(len(body)))):
        return run
    seed = seeds("digits", plain)
    checks, token = _checks(len(body)), plain
    for start in range(_TRIES):
        new = "".join(str(seed(start + at) % 10) for at in range(len(body) - checks))
        token = plain[: len(plain) - len(body)] + new + _check(new, checks)
        if token != plain and new[0] != "0":
            break
    if run.isascii():
        return token
    return "".join(chr(ord(one) - unicodedata.decimal(one) + int(digit)) for one, digit in zip(run, token, strict=True))


def number_for(literal: str, seeds: Seeds, *, again: bool) -> str:
    """Return a number in the place of one: of a broken one (a latitude) the whole part stays."""
    whole, point, rest = literal.partition(".")
    if point:
        return whole + point + re.sub(r"^\d+", lambda found: digits_for(found[0], seeds, again=again), rest)
    return re.sub(r"^-?\d+", lambda found: _signed(found[0], seeds, again=again), literal)


def phone_for(
    text: str, seeds: Seeds, made: Callable[[str], None], *, again: bool, region: str | None = None
) -> str | None:
    """Return a number of the same country, written the same way; ``None`` where there are too few digits for one.

    ``made`` is told the digits of each number that is in the result.
    """
    pieces = _SEVERAL.split(text)
    if len(pieces) > 1 and all(_count(one) > _FEWEST for one in pieces[::2]):
        return "".join(
            piece if at % 2 else phone_for(piece, seeds, made, again=again, region=region) or piece
            for at, piece in enumerate(pieces)
        )
    extension = _EXTENSION.search(text)
    dialled = text[: extension.start()] if extension and _count(text[: extension.start()]) >= _FEWEST else text
    digits = "".join(one for one in dialled if one.isdecimal())
    if len(digits) < _FEWEST or not digits.isascii():
        return None
    lengths = _replaced_lengths(len(digits))
    if not (again and any(_is_checked(digits[-length:], _checks(length)) for length in lengths)):
        fits = _plan(dialled, region)
        seed = seeds("phone", digits[-8:])
        tokens = (_numbered(digits, length, attempt, seed) for length in lengths for attempt in range(_TRIES))
        token = next((one for one in tokens if one != digits and (fits is None or fits(one))), None)
        digits = token if token is not None else _numbered(digits, lengths[0], 0, seed)
    made(digits)
    return _written(dialled, digits) + text[len(dialled) :]


def date_for(text: str, seeds: Seeds, *, again: bool, bare: bool = False) -> str | None:
    """Return a date of the same year in the same format; ``None``: the text is none.

    Which number is the day stays as clear, or unclear, as it was. ``bare``: dates without separators, moments in seconds or
    milliseconds since 1970, and years, days or months alone count as well.
    """
    if text.strip()[:10] in _NO_DAYS or (bare and text.strip("0-/. ") == ""):
        return text
    if found := _YEAR_FIRST.fullmatch(text):
        before, year, between, month, day, after = found.groups()
        month, day = _moved(year, month, day, seeds, again=again)
        return f"{before}{year}{between}{month}{between}{day}{after}"
    if found := _YEAR_LAST.fullmatch(text):
        before, first, between, second, year, after = found.groups()
        first, second = _moved(year, first, second, seeds, again=again)
        return f"{before}{first}{between}{second}{between}{year}{after}"
    if bare and (found := _COMPACT.fullmatch(text)):
        return found[2] + "".join(_moved(found[2], found[4], found[5], seeds, again=again))
    if bare and _EPOCH.fullmatch(text):
        return _moment(text, seeds, again=again)
    if bare and re.fullmatch(r"[0-9]{1,2}|(?:18|19|20)[0-9]{2}", text):
        return _alone(text, seeds, again=again) if 0 < int(text) <= 31 else text  # a year stays
    if bare and re.search(r"[^\W\d_]{3}", text) and re.search(r"\b\d{4}\b", text):
        return re.sub(r"(?<!\d)\d{1,2}(?!\d)", lambda one: _alone(one[0], seeds, again=again), text)
    return None


def iban_for(text: str, seeds: Seeds) -> str | None:
    """Return an IBAN of the same country, with the right check digits, of a bank that is all zeros; ``None``: it is none."""
    plain = re.sub(r"\W", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", plain):
        return None
    country, account = plain[:2], plain[4:]
    if set(account[:4]) <= {"0", "X"}:
        return text
    seed = seeds("iban", plain)
    rest = "".join(_same_kind(one, seed(at)) for at, one in enumerate(account[4:]))
    new = "".join("0" if one.isdigit() else "X" for one in account[:4]) + rest
    check = 98 - int("".join(str(int(one, 36)) for one in f"{new}{country}00")) % 97
    return _written_over(text, f"{country}{check:02d}{new}")


def card_for(text: str, seeds: Seeds) -> str | None:
    """Return a card number of the same network and length, the last digit right, the bank all zeros; ``None``: it is none."""
    digits = "".join(one for one in text if one.isdecimal())
    if not re.fullmatch(r"[0-9]{13,19}", digits):
        return None
    if digits[2:6] == "0000":
        return text
    seed = seeds("card", digits)
    new = f"{digits[:2]}0000" + "".join(str(seed(at) % 10) for at in range(len(digits) - 7))
    total = sum(sum(divmod(int(one) * (2 - at % 2), 10)) for at, one in enumerate(reversed(new)))
    return _written(text, f"{new}{-total % 10}")


def identity_for(text: str, seeds: Seeds, *, again: bool) -> str | None:
    """Return letters for letters and digits for digits of a tax or social number, a passport ...; ``None``: it has no digits."""
    digits = "".join(one for one in text if one.isdecimal() and one.isascii())
    if len(digits) < 2:
        return None
    checks = _checks(len(digits))
    if again and _is_checked(digits, checks):
        return text
    seed = seeds("identity", re.sub(r"\W", "", text).upper())
    free = "".join(str(seed(at) % 10) for at in range(len(digits) - checks))
    token = iter(free + _check(free, checks))
    return "".join(
        _same_kind(one, seed(64 + at)) if one.isalpha() else next(token) if one.isdecimal() and one.isascii() else one
        for at, one in enumerate(text)
    )


def _signed(literal: str, seeds: Seeds, *, again: bool) -> str:
    sign = "-" if literal.startswith("-") else ""
    return sign + digits_for(literal.removeprefix("-"), seeds, again=again)


def _same_kind(letter: str, number: int) -> str:
    if letter.isdecimal():
        return str(number % 10)
    if not (letter.isascii() and letter.isalpha()):
        return letter
    new = "bcfgjkpqvwxz"[number % 12]
    return new.upper() if letter.isupper() else new


def _count(text: str) -> int:
    return sum(one.isdecimal() for one in text)


def _checks(length: int) -> int:
    return 1 if length <= 4 else 2 if length <= 6 else 3


def _check(free: str, count: int) -> str:
    """Return the digits that anybody can add to ``free``."""
    digest = hashlib.blake2b(free.encode("ascii"), digest_size=4, person=b"bartack check").digest()
    return str(int.from_bytes(digest, "big") % 10**count).zfill(count)


def _is_checked(digits: str, count: int) -> bool:
    return len(digits) > count and digits[-count:] == _check(digits[:-count], count)


def _replaced_lengths(count: int) -> tuple[int, ...]:
    """Return how many digits at the end of a telephone number are replaced; the fewer, the likelier it stays a valid one."""
    most = min(7, max(3, count - 3))
    return (most,) if most <= 4 else (most, 4)


def _numbered(digits: str, length: int, attempt: int, seed: Callable[[int], int]) -> str:
    """Return a telephone number whose last ``length`` digits are others."""
    free = "".join(str(seed(attempt * 8 + at) % 10) for at in range(length - _checks(length)))
    return digits[:-length] + free + _check(free, _checks(length))


def _plan(text: str, region: str | None) -> Callable[[str], bool] | None:
    """Return whether other digits are a valid number of the same country; ``None`` where these are none."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(number)
    if country is None or not phonenumbers.is_valid_number_for_region(number, country):
        return None
    national = len(phonenumbers.national_significant_number(number))

    def fits(digits: str) -> bool:
        other = phonenumbers.PhoneNumber(
            country_code=number.country_code,
            national_number=int(digits[-national:]),
            italian_leading_zero=number.italian_leading_zero,
            number_of_leading_zeros=number.number_of_leading_zeros,
        )
        there = phonenumbers.region_code_for_number(other)
        return bool(there == country and phonenumbers.is_valid_number_for_region(other, country))

    return fits


def _written(layout: str, digits: str) -> str:
    """Return ``digits`` with all that stands between those of ``layout``."""
    new = iter(digits)
    return "".join(next(new) if one.isdecimal() else one for one in layout)


def _written_over(layout: str, text: str) -> str:
    new = iter(text)
    return "".join((next(new).lower() if one.islower() else next(new)) if one.isalnum() else one for one in layout)


def _moved(year: str, first: str, second: str, seeds: Seeds, *, again: bool) -> tuple[str, str]:
    """Return two other numbers in the place of day and month, each beyond 12 where it was."""
    one, two = int(first), int(second)
    if again and (_fits(year, one, two) or _fits(year, two, one)):
        return first, second
    low, high = sorted((one, two))
    month = 1 + seeds("date", f"{year}-{low}-{high}")(0) % 12
    if month == low:  # so that no date stands for itself
        month = month % 12 + 1
    partner = _partner(year, month, beyond=high > 12)
    new = (month, partner) if one <= two else (partner, month)
    return str(new[0]).zfill(len(first)), str(new[1]).zfill(len(second))


def _alone(number: str, seeds: Seeds, *, again: bool) -> str:
    """Return another day or month in the place of one that stands by itself: an odd one up to 12, an even one beyond."""
    value = int(number)
    beyond = value > 12
    if again and value % 2 != beyond:
        return number
    seed = seeds("date", number.lstrip("0"))(0)
    return str(14 + seed % 8 * 2 if beyond else 1 + seed % 6 * 2).zfill(len(number))


def _fits(year: str, month: int, other: int) -> bool:
    return month <= 12 and other == _partner(year, month, beyond=other > 12)


def _partner(year: str, month: int, *, beyond: bool) -> int:
    number = int(_check(f"{year}/{month}", 6))
    return 13 + number % 16 if beyond else 1 + number % 12


def _moment(literal: str, seeds: Seeds, *, again: bool) -> str:
    unit = _DAY * (1000 if len(literal.removeprefix("-")) >= _MILLIS else 1)
    day, rest = divmod(int(literal), unit)
    if again and day % 8 == 5:
        return literal
    first, seed = day // 256 * 256 + 5, seeds("date", str(day))
    moments = (str((first + seed(at) % 32 * 8) * unit + rest) for at in range(_TRIES))
    return next((one for one in moments if len(one) == len(literal)), literal)
