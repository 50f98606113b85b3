"""Masked answers: no personal field keeps its value, everything else does, and the record is still valid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bartack import ConfigError
from bartack.masking import MASK, masked, masked_value
from bartack_contracts import (
    CONTRACTS,
    Contract,
    CustomField,
    Issue,
    Person,
    Personal,
    PersonName,
    Provenance,
    Record,
    Ref,
    Reject,
)

PROVENANCE = Provenance(
    connector="http",
    mapping="sha256:aa",
    payload="sha256:bb",
    fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    request="GET https://crm.example/people?email=zoe@example.org",
)
contracts = st.sampled_from(sorted(CONTRACTS)).flatmap(lambda name: st.from_type(CONTRACTS[name]))


def leaves(value: Any, personal: bool = False) -> Iterator[tuple[bool, Any]]:
    """Walk a value: what stands in its fields, and whether it is personal."""
    if isinstance(value, BaseModel):
        for name in sorted(value.model_fields_set):
            extra = type(value).model_fields[name].json_schema_extra
            marked = isinstance(extra, dict) and extra.get("personal") is True
            yield from leaves(getattr(value, name), personal or marked)
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item, personal)
    else:
        yield personal, value


@given(contracts)
def test_no_personal_field_of_any_contract_keeps_its_value(value: Contract) -> None:
    hidden = masked_value(value)
    assert {one for personal, one in leaves(hidden) if personal and one not in (None, "")} <= {MASK}
    assert hidden.model_fields_set == value.model_fields_set
    assert type(value).model_validate_json(hidden.model_dump_json()) == hidden
    assert masked_value(hidden) == hidden


@given(contracts)
def test_what_is_not_personal_stays(value: Contract) -> None:
    plain = [one for personal, one in leaves(value.model_copy(update={"custom": ()})) if not personal]
    kept = [one for personal, one in leaves(masked_value(value).model_copy(update={"custom": ()})) if not personal]
    assert kept == plain


def zoe() -> Person:
    return Person.model_validate(
        {
            "name": {"full": "Zoë Müller", "given": "Zoë", "family": None, "prefix": "Dr."},
            "kind": "contact",
            "emails": [{"address": "zoe@example.org", "raw": "Zoe@Example.org", "label": "work"}],
            "phones": [{"e164": "+4930901820", "raw": "030 901820"}],
            "websites": ["https://zoe.example", "https://mueller.example"],
            "birth_date": date(1970, 1, 31),
            "custom": [{"key": "shoe", "value": 42}, {"key": "nick", "value": None}],
        }
    )


def test_a_masked_person_says_which_fields_there_are() -> None:
    assert masked_value(zoe()).model_dump(mode="json") == {
        "name": {"full": "***", "given": "***", "family": None, "prefix": "Dr."},
        "kind": "contact",
        "emails": [{"address": "***", "raw": "***", "label": "work"}],
        "phones": [{"e164": None, "raw": "***"}],
        "websites": ["***", "***"],
        "birth_date": None,
        "custom": [
            {"key": "shoe", "type": "text", "value": "***", "raw": None},
            {"key": "nick", "value": None, "raw": None},
        ],
    }


def test_remarks_and_requests_quote_nothing_any_more() -> None:
    issue = Issue(path="mail", code="email.invalid", message="'zoe(at)example' is no address", raw="zoe(at)example")
    foreign = Issue(path="x", code="acme.odd", message="zoe is odd")
    record = Record[Person](
        ref=Ref("crm", "people", "1"), contract="person/1", value=zoe(), issues=(issue, foreign), provenance=PROVENANCE
    )
    hidden = masked(record)
    assert "zoe" not in hidden.model_dump_json().lower()
    assert hidden.provenance.request == "GET https://crm.example/people"
    assert [(one.code, one.path, one.message) for one in hidden.issues] == [
        ("email.invalid", "mail", "The text is not an e-mail address."),
        ("acme.odd", "x", "***"),
    ]
    assert Record[Person].model_validate_json(hidden.model_dump_json()) == hidden


def test_a_masked_reject_keeps_the_keys_of_its_row() -> None:
    reject = Reject(
        ref=Ref("crm", "people", "1"),
        contract="person/1",
        issues=(Issue(path="name", code="required.absent", message="no name in Zoë's row"),),
        payload={"id": 7, "mail": "zoe@example.org", "price": Decimal("1.5"), "tags": ["zoe", None], "vip": True},
        raw="<zoe/>",
        provenance=PROVENANCE,
    )
    hidden = masked(reject)
    assert hidden.payload == {"id": "***", "mail": "***", "price": "***", "tags": ["***", None], "vip": True}
    assert hidden.raw == "***"
    assert "zoe" not in hidden.model_dump_json().lower()


def test_a_field_that_holds_a_person_as_a_whole_is_masked_as_a_whole() -> None:
    class Badge(Contract):
        contract: ClassVar[str] = "badge/1"
        holder: Personal[PersonName]
        floor: Personal[int]
        past: Personal[tuple[PersonName, ...]] = ()

    badge = Badge(holder=PersonName(full="Zoë", prefix="Dr."), floor=7, past=(PersonName(full="Ann", suffix="Jr."),))
    hidden = masked_value(badge)
    assert hidden == Badge(
        holder=PersonName(full="***", prefix="***"), floor=0, past=(PersonName(full="***", suffix="***"),)
    )


def test_a_personal_field_without_a_stand_in_is_an_error_and_never_shown() -> None:
    class Odd(Contract):
        contract: ClassVar[str] = "odd/1"
        code: Personal[frozenset[str]]

    with pytest.raises(ConfigError, match=r"Odd\.code is personal"):
        masked_value(Odd(code=frozenset({"zoe"})))


def test_a_custom_value_of_any_type_becomes_a_text() -> None:
    for value in (1, Decimal("1.5"), True, date(2026, 1, 1), b"x", {"a": 1}, [1]):
        hidden = masked_value(CustomField(key="k", value=value, raw="r"))
        assert (hidden.type, hidden.value, hidden.raw) == ("text", "***", "***")
