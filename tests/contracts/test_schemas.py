"""The published JSON Schemas describe every dump, so that a strict client refuses none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from bartack_contracts import CONTRACTS, Contract, Issue, Person, Record, Reject, Report, Verdict, schema

CLIENTS = {name: Draft202012Validator(schema(name)) for name in CONTRACTS}

contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()])


@given(contracts)
def test_a_strict_client_accepts_every_dump(value: Contract) -> None:
    CLIENTS[value.contract].validate(value.model_dump(mode="json"))


@given(contracts)
def test_a_strict_client_refuses_what_no_dump_holds(value: Contract) -> None:
    dumped = value.model_dump(mode="json")
    assert not CLIENTS[value.contract].is_valid({**dumped, "surprise": 1})
    for name, field in type(value).model_fields.items():
        if field.is_required():
            assert not CLIENTS[value.contract].is_valid({key: dumped[key] for key in dumped if key != name})


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_schema_is_valid_names_its_contract_and_is_closed(name: str) -> None:
    published = schema(name)
    Draft202012Validator.check_schema(published)
    assert published["$id"] == f"urn:bartack:contract:{name.replace('/', ':')}"
    assert published["version"] == CONTRACTS[name].version
    for part in [published, *published["$defs"].values()]:
        assert part["additionalProperties"] is False


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_schema_offers_a_default_which_would_turn_not_fetched_into_empty(name: str) -> None:
    for part in [schema(name), *schema(name)["$defs"].values()]:
        assert [field for field, described in part["properties"].items() if "default" in described] == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_field_says_what_it_means(name: str) -> None:
    for part in [schema(name), *schema(name)["$defs"].values()]:
        assert part.get("description") or part["title"].startswith("Coded[")
        assert [field for field, described in part["properties"].items() if not described.get("description")] == []


def personal(part: dict[str, Any]) -> set[str]:
    return {field for field, described in part["properties"].items() if described.get("personal")}


def test_fields_that_hold_personal_data_are_marked() -> None:
    person = schema("person")
    assert personal(person) == {"birth_date", "websites"}
    assert personal(person["$defs"]["PersonName"]) == {"full", "given", "family", "additional"}
    assert personal(person["$defs"]["EmailAddress"]) == {"address", "raw"}
    assert personal(person["$defs"]["PhoneNumber"]) == {"e164", "extension", "raw"}
    assert personal(person["$defs"]["CustomField"]) == {"value", "raw"}
    assert personal(schema("ticket")) == {"subject"}


@pytest.mark.parametrize("envelope", [Record[Person], Reject, Report, Verdict])
def test_the_envelopes_have_valid_schemas_too(envelope: type[Any]) -> None:
    Draft202012Validator.check_schema(envelope.model_json_schema())


@pytest.mark.parametrize("model", [*CONTRACTS.values(), Record[Person], Reject, Report, Issue])
def test_what_is_accepted_is_what_is_dumped(model: type[BaseModel]) -> None:
    """MCP servers and web frameworks publish the schema of what is accepted; their clients hold dumps to it."""
    assert model.model_json_schema(mode="validation") == model.model_json_schema(mode="serialization")
