"""Exactly these fields are required; whatever else a source cannot tell is simply not fetched."""

from __future__ import annotations

import pytest

from bartack_contracts import CONTRACTS, CustomField, EmailAddress, Money, PersonName, PhoneNumber
from bartack_contracts.base import Value

REQUIRED = {
    "activity/1": {"kind"},
    "deal/1": {"title", "status"},
    "invoice/1": {"kind", "status", "currency"},
    "organization/1": {"name"},
    "person/1": {"name", "kind"},
    "product/1": {"name", "active"},
    "ticket/1": {"subject", "status"},
    "user/1": set[str](),
}

COMMON = {"created_at", "updated_at", "deleted", "active", "custom"}


def required(model: type[Value]) -> set[str]:
    return {name for name, field in model.model_fields.items() if field.is_required()}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contract_requires_what_every_system_has_and_no_more(name: str) -> None:
    assert required(CONTRACTS[name]) == REQUIRED[name]


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_has_the_common_fields(name: str) -> None:
    assert CONTRACTS[name].model_fields.keys() >= COMMON


def test_values_require_what_makes_them_one() -> None:
    assert required(PersonName) == {"full"}
    assert required(EmailAddress) == {"raw"}
    assert required(PhoneNumber) == {"raw"}
    assert required(Money) == {"amount"}
    assert required(CustomField) == {"key", "value"}


@pytest.mark.parametrize("name", CONTRACTS)
def test_what_is_not_required_is_empty_when_it_is_not_fetched(name: str) -> None:
    for field in CONTRACTS[name].model_fields.values():
        assert field.is_required() or field.default in (None, ())
