"""The plain telephone numbers, eight times as fast: digits and separators, with or without country code.

:func:`e164_of` decides only where libphonenumber's algorithm leaves one way to go, and by that library's own metadata;
everything else (extensions, letters, leading zeros that stay, digits put for others, numbers it finds no plan for) is left
to the library. The tests compare both over all regions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

__all__ = ["e164_of"]

Check = Callable[[str], Any]

_WRITTEN = re.compile(r"\+?(?:[0-9]|\([0-9])[0-9 ().\-/]*[0-9]").fullmatch
_SEPARATORS = str.maketrans("", "", " ().-/")
_NOTHING: Check = re.compile(r"(?!)").match
_KINDS = (
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
_LONGEST_E164 = 15


class _Plan(NamedTuple):
    """How numbers are dialled in one region."""

    code: str
    international: Check
    trunk: Check
    transforms: bool
    general: Check
    lengths: frozenset[int]


def e164_of(raw: str, region: str | None) -> str | None:
    """Return E.164 where it is certain what libphonenumber would say; None: ask the library."""
    if len(raw) > 40 or not _WRITTEN(raw):
        return None
    digits = raw.translate(_SEPARATORS)
    if digits[0] == "+":
        code = digits[1:2] if digits[1:2] in ("1", "7") else digits[1:3]
        if code not in _country_codes():
            code = digits[1:4]
        plan = _main_plan(code)
        return _complete(plan, digits[1 + len(code) :]) if plan else None
    plan = _plan(region) if region else None
    if plan is None or digits.startswith(plan.code) or plan.international(digits):
        return None
    return _complete(plan, digits)


def _complete(plan: _Plan, digits: str) -> str | None:
    """Return E.164 of a number within its country, dialled with or without the trunk prefix."""
    trunk = plan.trunk(digits)
    national = digits[trunk.end() :] if trunk else digits
    if not national or national[0] == "0" or len(national) not in plan.lengths:
        return None
    if trunk and (not plan.general(national) or (plan.transforms and trunk.groups()[-1:] != (None,))):
        return None  # the prefix stays, or is replaced by other digits
    if len(plan.code) + len(national) > _LONGEST_E164 or not _in_use(plan.code)(national):
        return None
    return f"+{plan.code}{national}"


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


@cache
def _main_plan(code: str) -> _Plan | None:
    """Return the plan of a country code's main region."""
    return _plan(COUNTRY_CODE_TO_REGION_CODE[int(code)][0]) if code in _country_codes() else None


@cache
def _plan(region: str) -> _Plan | None:
    """Return a region's plan, if it has one."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    general = metadata.general_desc if metadata is not None else None
    if metadata is None or general is None or general.national_number_pattern is None:
        return None
    return _Plan(
        str(metadata.country_code),
        re.compile(metadata.international_prefix or "(?!)").match,
        re.compile(metadata.national_prefix_for_parsing or "(?!)").match,
        bool(metadata.national_prefix_transform_rule),
        re.compile(general.national_number_pattern).fullmatch,
        frozenset(general.possible_length) - frozenset(general.possible_length_local_only),
    )


@cache
def _in_use(code: str) -> Callable[[str], bool]:
    """Return whether a national number is of a known kind in one of the regions that share a country code.

    The regions are asked in the library's order: the first whose leading digits fit, or that knows the number, decides.
    """
    plans = [PhoneMetadata.metadata_for_region(region, None) for region in COUNTRY_CODE_TO_REGION_CODE[int(code)]]
    checks = [_checks(metadata) for metadata in plans if metadata is not None]

    def in_use(number: str) -> bool:
        for leading, known in checks:
            if leading is None:
                if known(number):
                    return True
            elif leading(number):
                return known(number)
        return False

    return in_use


def _checks(metadata: PhoneMetadata) -> tuple[Check | None, Callable[[str], bool]]:
    """Return the check of a region's leading digits, if it has them, and of its known kinds of numbers."""
    general = _described(metadata.general_desc)
    kinds = [
        _described(getattr(metadata, kind))
        for kind in _KINDS
        if kind != "mobile" or not metadata.same_mobile_and_fixed_line_pattern
    ]

    def known(number: str) -> bool:
        return _matches(general, number) and any(_matches(kind, number) for kind in kinds)

    return (re.compile(metadata.leading_digits).match if metadata.leading_digits is not None else None), known


def _described(desc: PhoneNumberDesc | None) -> tuple[tuple[int, ...], Check]:
    if desc is None or not desc.national_number_pattern:
        return (), _NOTHING
    return tuple(desc.possible_length), re.compile(desc.national_number_pattern).fullmatch


def _matches(description: tuple[tuple[int, ...], Check], number: str) -> bool:
    lengths, pattern = description
    return (not lengths or len(number) in lengths) and pattern(number) is not None
