"""Contracts are found by name, also those of plugins, and a near miss says what was meant."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator

from bartack_contracts import CONTRACTS, Catalog, Contract, Person, Record, Text, UnknownContractError, schema


class Vehicle(Contract):
    """Something with wheels, from a plugin."""

    contract = "vehicle/1"

    plate: Text
    wheels: int | None = None


class VehicleTwo(Contract):
    contract = "vehicle/2"
    version = "2.3"


class VehicleTen(Contract):
    contract = "vehicle/10"
    version = "10.0"


def test_the_eight_contracts_are_there() -> None:
    assert list(CONTRACTS) == [
        "activity/1", "deal/1", "invoice/1", "organization/1", "person/1", "product/1", "ticket/1", "user/1",
    ]  # fmt: skip
    with pytest.raises(TypeError):
        CONTRACTS["vehicle/1"] = Vehicle  # type: ignore[index]


@pytest.mark.parametrize("wanted", ["person", "person/1", Person])
def test_a_contract_is_found_by_name_id_or_class(wanted: str | type[Contract]) -> None:
    assert Catalog().get(wanted) is Person


@pytest.mark.parametrize("wanted", ["persn", "Person", "persons", "person/2"])
def test_a_near_miss_names_what_was_meant(wanted: str) -> None:
    with pytest.raises(LookupError, match="did you mean person/1") as caught:
        Catalog().get(wanted)
    assert isinstance(caught.value, UnknownContractError)
    assert caught.value.near == ("person/1",)


def test_a_far_miss_lists_what_there_is() -> None:
    with pytest.raises(UnknownContractError, match="there are activity/1, deal/1"):
        Catalog().get("zzz")


def test_a_plugin_adds_a_contract_without_touching_the_others() -> None:
    catalog = Catalog(Vehicle)
    assert catalog.get("vehicle") is Vehicle
    assert catalog.ids == tuple(sorted([*CONTRACTS, "vehicle/1"]))
    assert len(catalog) == 9
    assert "vehicle/1" in catalog
    assert Vehicle in catalog
    assert Vehicle not in Catalog()
    with pytest.raises(UnknownContractError):
        Catalog().get(Vehicle)


def test_adding_makes_another_catalog() -> None:
    one = Catalog(Vehicle)
    two = one.adding(VehicleTwo, VehicleTen)
    assert (len(one), len(two)) == (9, 11)
    assert two.get("vehicle") is VehicleTen
    assert two.get("vehicle/1") is Vehicle


def test_two_classes_cannot_claim_one_id() -> None:
    class Impostor(Contract):
        contract = "person/1"

    with pytest.raises(ValueError, match="person/1 is Person already; Impostor needs another id"):
        Catalog(Impostor)
    assert len(Catalog(Vehicle, Vehicle)) == 9


def test_a_third_partys_contract_has_records_states_and_a_schema() -> None:
    draft: dict[str, Any] = {"plate": "B-AR 1", "wheels": None}
    vehicle = Vehicle.model_validate(draft)
    assert vehicle.model_dump() == draft
    Draft202012Validator(Catalog(Vehicle).schema("vehicle")).validate(draft)
    assert schema(Vehicle) == Catalog(Vehicle).schema(Vehicle)
    assert Record[Vehicle].model_fields["value"].annotation is Vehicle


@pytest.mark.parametrize(
    "bad", ["Vehicle/1", "vehicle", "vehicle/0", "vehicle/01", "vehicle/1.0", "my-vehicle/1", "vehicle/1\n"]
)
def test_an_id_of_another_form_is_refused_where_the_class_is_written(bad: str) -> None:
    with pytest.raises(TypeError, match=r"Odd\.contract is .* name/major"):
        type("Odd", (Contract,), {"contract": bad, "__module__": __name__})


def test_a_contract_without_an_id_of_its_own_is_refused() -> None:
    with pytest.raises(TypeError, match="Nameless needs an id of its own"):

        class Nameless(Contract):
            pass

    with pytest.raises(TypeError, match="AcmePerson needs an id of its own"):

        class AcmePerson(Person):
            tier: Text | None = None


def test_an_id_that_was_made_a_field_is_refused() -> None:
    with pytest.raises(TypeError, match="needs an id of its own as a plain class attribute"):
        type("Odd", (Contract,), {"contract": "odd/1", "__annotations__": {"contract": str}, "__module__": __name__})


def test_id_and_version_agree() -> None:
    with pytest.raises(TypeError, match=r"needs a version such as 2\.0"):

        class VehicleThree(Contract):
            contract: ClassVar[str] = "vehicle/2"
