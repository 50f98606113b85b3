"""Not fetched, empty, value: three states that survive JSON, copies, and models Bartack has never seen."""

from __future__ import annotations

import copy
import pickle
import warnings
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from bartack_contracts import CONTRACTS, Contract, EmailAddress, Organization, Person, PersonName

ZOE = PersonName(full="Zoë Müller")
PARTLY_FETCHED = Person(name=ZOE, kind="contact", birth_date=None, emails=(EmailAddress(raw="n/a", address=None),))
AS_JSON = {
    "name": {"full": "Zoë Müller"},
    "kind": "contact",
    "emails": [{"address": None, "raw": "n/a"}],
    "birth_date": None,
}

contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()])


@given(contracts)
def test_the_three_states_of_every_contract_survive_json(value: Contract) -> None:
    text = value.model_dump_json()
    back = type(value).model_validate_json(text)
    assert back == value
    assert back.model_fields_set == value.model_fields_set
    assert back.model_dump_json() == text  # also what equality does not see: the scale of a Decimal, nested states


@given(contracts)
def test_a_dump_holds_what_was_fetched_and_nothing_else(value: Contract) -> None:
    assert value.model_dump().keys() == value.model_fields_set
    assert value.model_dump(mode="json").keys() == value.model_fields_set


def test_reading_what_was_not_fetched_gives_the_empty_value() -> None:
    assert PARTLY_FETCHED.title is None
    assert PARTLY_FETCHED.phones == ()
    assert "title" not in PARTLY_FETCHED.model_fields_set


def test_values_are_equal_only_when_the_same_fields_were_fetched() -> None:
    assert PersonName(full="Zoë") != PersonName(full="Zoë", given=None)
    assert PersonName(full="Zoë", given=None) == PersonName(full="Zoë", given=None)
    assert PersonName(full="Zoë") != "Zoë"
    assert len({PersonName(full="Zoë"), PersonName(full="Zoë"), PersonName(full="Zoë", given=None)}) == 2


class Foreign(BaseModel):
    """A model of an application that never heard of three states."""

    person: Person
    others: list[Person] = []


class Either(BaseModel):
    subject: Organization | Person


@dataclass
class Holder:
    person: Person


def test_foreign_models_keep_the_states() -> None:
    assert Foreign(person=PARTLY_FETCHED, others=[PARTLY_FETCHED]).model_dump(mode="json") == {
        "person": AS_JSON,
        "others": [AS_JSON],
    }
    back = Foreign.model_validate_json(Foreign(person=PARTLY_FETCHED).model_dump_json())
    assert back.person.model_fields_set == PARTLY_FETCHED.model_fields_set


def test_type_adapters_and_dataclasses_keep_the_states() -> None:
    assert TypeAdapter(list[Person]).dump_python([PARTLY_FETCHED], mode="json") == [AS_JSON]
    assert TypeAdapter(dict[str, Person]).dump_python({"a": PARTLY_FETCHED}, mode="json") == {"a": AS_JSON}
    assert TypeAdapter(Holder).dump_python(Holder(PARTLY_FETCHED), mode="json") == {"person": AS_JSON}


def test_unions_keep_the_states_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Either(subject=PARTLY_FETCHED).model_dump(mode="json") == {"subject": AS_JSON}


def test_options_of_a_dump_are_honoured_and_bring_nothing_back() -> None:
    assert PARTLY_FETCHED.model_dump(include={"name", "title"}) == {"name": {"full": "Zoë Müller"}}
    assert PARTLY_FETCHED.model_dump(exclude={"emails", "kind", "name"}) == {"birth_date": None}
    assert "birth_date" not in PARTLY_FETCHED.model_dump(exclude_none=True)
    assert PARTLY_FETCHED.model_dump(include={"emails": {0: {"raw"}}}) == {"emails": ({"raw": "n/a"},)}


def test_what_was_constructed_without_validation_dumps_right() -> None:
    built = Person.model_construct(name=ZOE, kind="contact", birth_date=None)
    assert built.model_dump() == {"name": {"full": "Zoë Müller"}, "kind": "contact", "birth_date": None}


def test_copies_keep_the_states_and_an_update_is_fetched() -> None:
    for twin in (copy.deepcopy(PARTLY_FETCHED), pickle.loads(pickle.dumps(PARTLY_FETCHED))):
        assert twin == PARTLY_FETCHED
    updated = PARTLY_FETCHED.model_copy(update={"birth_date": date(1980, 2, 29), "title": None})
    assert updated.model_dump(mode="json") == {**AS_JSON, "birth_date": "1980-02-29", "title": None}


@given(contracts)
def test_an_unknown_field_is_refused(value: Contract) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        type(value).model_validate({**value.model_dump(), "surprise": 1})


@given(contracts)
def test_contracts_are_frozen(value: Contract) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        value.deleted = True  # type: ignore[misc]
