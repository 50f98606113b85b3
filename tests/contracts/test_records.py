"""The envelope: identities, records, rejects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bartack_contracts import (
    CONTRACTS,
    Contract,
    Issue,
    Organization,
    Person,
    PersonName,
    Provenance,
    Record,
    Ref,
    Reject,
)

PROVENANCE = Provenance(
    connector="hubspot",
    mapping="sha256:0a",
    payload="sha256:0b",
    fetched_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
)
ZOE = Person(name=PersonName(full="Zoë Müller"), kind="contact")

contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()])
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(names, names, ids)
def test_a_ref_survives_as_text_as_uri_and_in_json(source: str, stream: str, native_id: str) -> None:
    ref = Ref(source, stream, native_id)
    adapter = TypeAdapter(Ref)
    assert Ref.parse(ref.uri) == ref
    assert adapter.validate_json(adapter.dump_json(ref)) == ref
    if not source.startswith("bartack:"):
        assert Ref.parse(str(ref)) == ref


def test_the_id_of_a_ref_may_hold_slashes() -> None:
    assert Ref.parse("crm/contacts/a/b") == Ref("crm", "contacts", "a/b")
    assert str(Ref("crm", "contacts", "a/b")) == "crm/contacts/a/b"


def test_a_ref_unpacks_sorts_and_is_a_key() -> None:
    source, stream, native_id = Ref("crm", "contacts", "7")
    assert (source, stream, native_id) == ("crm", "contacts", "7")
    assert sorted([Ref("b", "x", "1"), Ref("a", "x", "1")])[0].source == "a"
    assert {Ref("a", "x", "1"): 1}[Ref("a", "x", "1")] == 1


@pytest.mark.parametrize("text", ["", "crm", "crm/contacts", "crm/contacts/", "/contacts/7", "bartack://crm/contacts"])
def test_text_that_is_no_ref_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="source/stream/id"):
        Ref.parse(text)


def test_a_ref_with_a_slash_in_its_stream_could_not_be_read_back() -> None:
    with pytest.raises(ValueError, match="no slash"):
        Ref("crm", "a/b", "7")


@pytest.mark.parametrize("value", [7, None, ["crm", "contacts", "7"]])
def test_only_text_is_read_as_a_ref(value: object) -> None:
    with pytest.raises(ValidationError, match="source/stream/id"):
        TypeAdapter(Ref).validate_python(value)


@given(contracts)
def test_a_record_of_any_contract_survives_json(value: Contract) -> None:
    kind: Any = type(value)
    record = Record[kind](ref=Ref("crm", "x", "1"), contract=value.contract, value=value, provenance=PROVENANCE)
    assert Record[kind].model_validate_json(record.model_dump_json()) == record


def test_a_record_reads_as_the_design_shows_it() -> None:
    record = Record[Person](ref=Ref("tickets", "people", "7"), contract="person/1", value=ZOE, provenance=PROVENANCE)
    assert json.loads(record.model_dump_json()) == {
        "ref": "tickets/people/7",
        "contract": "person/1",
        "value": {"name": {"full": "Zoë Müller"}, "kind": "contact"},
        "issues": [],
        "provenance": {
            "connector": "hubspot",
            "mapping": "sha256:0a",
            "payload": "sha256:0b",
            "fetched_at": "2026-11-23T10:00:00Z",
            "request": None,
        },
        "freshness": "live",
        "as_of": None,
    }


@pytest.mark.parametrize("freshness", ["cached", "stale"])
def test_a_record_that_is_not_live_says_of_which_moment_it_is(freshness: Any) -> None:
    parts: dict[str, Any] = {"contract": "person/1", "value": ZOE, "provenance": PROVENANCE, "freshness": freshness}
    with pytest.raises(ValidationError, match=f"a {freshness} answer needs as_of"):
        Record[Person](ref=Ref("crm", "people", "7"), **parts)
    record = Record[Person](ref=Ref("crm", "people", "7"), **parts, as_of=PROVENANCE.fetched_at)
    assert Record[Person].model_validate_json(record.model_dump_json()) == record


def test_a_record_made_without_validation_dumps_the_same() -> None:
    parts: dict[str, Any] = {
        "ref": Ref("crm", "people", "7"),
        "contract": "person/1",
        "value": ZOE,
        "issues": (),
        "provenance": PROVENANCE,
    }
    whole = Record[Person](**parts).model_dump_json()
    assert Record[Person].model_construct(**parts).model_dump_json() == whole
    assert Record[Contract].model_construct(**parts).model_dump_json() == whole  # not only the fields of Contract


def test_a_record_cannot_say_it_is_another_contract() -> None:
    with pytest.raises(ValidationError, match="the record says person/1, its value is organization/1"):
        Record[Organization](
            ref=Ref("crm", "x", "1"), contract="person/1", value=Organization(name="Acme"), provenance=PROVENANCE
        )


def test_a_reject_needs_a_reason_and_keeps_the_payload() -> None:
    issue = Issue(path="full_name", field="name.full", code="required.absent", message="full_name is not there")
    reject = Reject(
        ref=Ref("crm", "people", "8"), contract="person/1", issues=(issue,), payload={"id": 8}, provenance=PROVENANCE
    )
    assert Reject.model_validate_json(reject.model_dump_json()) == reject
    with pytest.raises(ValidationError, match="at least 1 item"):
        Reject.model_validate({**reject.model_dump(), "issues": ()})
