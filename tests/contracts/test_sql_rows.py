"""A contract value as a row of a real database table, and back."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_contracts import (
    CONTRACTS,
    Contract,
    Deal,
    Invoice,
    Money,
    Organization,
    Person,
    PersonName,
    Product,
    from_row,
    to_row,
)

contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()])


def through_sqlite(row: dict[str, str | int | None]) -> dict[str, str | int | None]:
    columns = ", ".join(f'"{name}"' for name in row)
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE t ({columns})")
        database.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM t").fetchone())


@given(contracts)
def test_the_three_states_of_every_contract_survive_a_database(value: Contract) -> None:
    back = from_row(type(value), through_sqlite(to_row(value)))
    assert back == value
    assert back.model_dump_json() == value.model_dump_json()


def test_a_row_has_every_field_as_a_column_and_the_list_of_those_fetched() -> None:
    row = to_row(Person(name=PersonName(full="Zoë"), kind="lead", birth_date=date(1980, 2, 29), tags=()))
    assert list(row) == [*Person.model_fields, "_fetched"]
    assert row["name"] == '{"full": "Zoë"}'
    assert row["birth_date"] == "1980-02-29"
    assert row["tags"] == "[]"
    assert row["title"] is None
    assert row["_fetched"] == '["name", "kind", "birth_date", "tags"]'


def test_the_scale_of_money_survives() -> None:
    deal = Deal.model_validate(
        {
            "title": "x",
            "status": {"value": "open"},
            "amount": {"amount": Decimal("12.50")},
            "probability": Decimal("0.10"),
        }
    )
    back = from_row(Deal, through_sqlite(to_row(deal)))
    assert isinstance(back.amount, Money)
    assert str(back.amount.amount) == "12.50"
    assert str(back.probability) == "0.10"


@pytest.mark.parametrize("spelling", [True, 1])
def test_a_boolean_comes_back_from_databases_with_and_without_booleans(spelling: int) -> None:
    row = to_row(Product(active=True, name="Bolt"))
    assert from_row(Product, {**row, "active": spelling}).active is True


def test_text_that_looks_like_json_stays_text() -> None:
    organization = Organization(name='["a"]', legal_name="null")
    assert from_row(Organization, through_sqlite(to_row(organization))) == organization


def test_columns_beside_the_fields_are_not_looked_at() -> None:
    organization = Organization(name="Acme")
    assert from_row(Organization, {"ref": "crm/accounts/1", **to_row(organization)}) == organization


@pytest.mark.parametrize("missing", ["_fetched", "currency"])
def test_a_row_without_a_column_it_needs_is_refused(missing: str) -> None:
    row = to_row(Invoice.model_validate({"kind": "unknown", "currency": "EUR", "status": {"value": "open"}}))
    del row[missing]
    with pytest.raises(ValueError, match=f"no column '{missing}', which Invoice needs"):
        from_row(Invoice, row)


def test_a_row_of_another_contract_is_refused() -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_row(Product, to_row(Organization(name="Acme", domains=("acme.example",))))
