"""Every connector is driven through every fault that applies: nothing is lost in silence, nothing is wrong, nothing hangs.

Each case is played in passing (what is transient must then end with all rows) and for good (it must end as listed); the
server knows the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bartack.errors import SourceChangedError, SourceRefusedError, SourceUnavailableError, WireError
from bartack.testing import FAULTS, Answer, Fault
from support.fault_driving import Case
from support.fault_subjects import SUBJECTS, Subject

OWN_END = "XML shows its own end, so a SOAP answer may come without a length"
OTHERWISE: Mapping[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("hubspot", "s201"): ({"expected": "rows"}, "201 is declared: searches of the older APIs answer so"),
    ("salesforce", "s201"): ({"expected": "rows"}, "201 is declared"),
    ("salesforce", "row_no_key"): ({"expected": "rows"}, "the id stands in attributes.url too"),
    ("salesforce", "row_key_null"): ({"expected": "rows"}, "the id stands in attributes.url too"),
    ("salesforce", "row_key_blank"): ({"expected": "rows"}, "the id stands in attributes.url too"),
    ("tryton", "status_error_in_200"): ({"expected": SourceChangedError}, "no error of Tryton's JSON-RPC looks so"),
    ("tryton", "token_expired_in_200"): ({"expected": SourceRefusedError}, "no error of Tryton's JSON-RPC looks so"),
    ("tryton", "order_turned"): (
        {"expected": "partial"},
        "pages follow the last id, so another order is no whole read",
    ),
    ("soap", "nocl_whole"): ({"expected": "rows"}, OWN_END),
    ("soap", "http10_whole"): ({"expected": "rows"}, OWN_END),
    ("soap", "close_announced_whole"): ({"expected": "rows"}, OWN_END),
    ("soap", "nocl_cut"): ({"expected": WireError, "lasting": False}, OWN_END),
    ("soap", "nocl_empty"): ({"expected": WireError, "lasting": False}, OWN_END),
    ("soap", "gzip_cut_eof"): ({"expected": WireError, "lasting": False}, OWN_END),
    ("soap", "nocl_rst"): ({"expected": SourceUnavailableError, "lasting": False}, OWN_END),
    ("soap", "chunked_unannounced"): ({"expected": SourceChangedError}, "what does not begin with < is no XML"),
}
"""Where a connector ends a fault in its own way, and why."""


def cases() -> list[Case]:
    return [
        Case(subject, listed(subject, fault)) for subject in SUBJECTS for fault in FAULTS if applies(subject, fault)
    ]


def applies(subject: Subject, fault: Fault) -> bool:
    if subject.only is not None and fault.family not in subject.only:
        return False
    return fault.fits(Answer(b"", subject.content_type), subject.shape)


def listed(subject: Subject, fault: Fault) -> Fault:
    changes, _ = OTHERWISE.get((subject.name, fault.name), ({}, ""))
    return replace(fault, **changes)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_fault_ends_as_it_is_listed(case: Case, problems: Callable[[Case], list[str]]) -> None:
    assert problems(case) == []


def test_there_are_cases_enough() -> None:
    found = cases()
    assert len(found) >= 1_000
    assert {one.fault.family for one in found} == {"T", "A", "P", "J", "X"}
    assert {name for name, _ in OTHERWISE} <= {one.subject.name for one in found}
    names = {str(one) for one in found}
    assert [key for key in OTHERWISE if "-".join(key) not in names] == []


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.name)
def test_without_a_fault_everybody_is_read(subject: Subject) -> None:
    from support.fault_driving import drive, promises_of

    ended = drive(subject, None)
    assert promises_of(subject, ended) == []
    assert (ended.completeness, ended.rejected, ended.errors) == ("complete", 0, ())
    assert dict(ended.delivered) == subject.truth
