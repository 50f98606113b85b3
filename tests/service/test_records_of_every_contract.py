"""Whatever a contract can hold is answered as what the published schemas say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bartack.replica.answers import Answer, Standing, judged
from bartack.service.answers import Detail, RecordsAnswer
from bartack.service.budget import size
from bartack.service.choosing import Choice
from bartack.service.pages import records_answer
from bartack.service.telling import record_item
from bartack_contracts import CONTRACTS, Contract, Provenance, Record, Ref, schema

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ANSWER = Draft202012Validator(RecordsAnswer.model_json_schema())
CLIENTS = {name: Draft202012Validator(schema(name)) for name in CONTRACTS}
contracts = st.one_of([st.from_type(contract) for contract in CONTRACTS.values()])


def record_of(value: Contract) -> Record[Any]:
    digest = f"sha256:{0:064x}"
    made = Provenance(connector="demo", mapping=digest, payload=digest, fetched_at=NOW)
    ref = Ref("crm", "people", "7/\u202ea")
    kind: Any = Record[type(value)]  # type: ignore[misc]
    made_of: Record[Any] = kind(
        ref=ref, contract=value.contract, value=value, provenance=made, freshness="cached", as_of=NOW
    )
    return made_of


def answer_of(*records: Record[Any]) -> Answer[Any]:
    standing = Standing("crm", "people", records[0].contract, len(records), 0, NOW, 0.0, "complete", "cached")
    return Answer(records, (standing,), len(records), None, judged([standing], len(records), limited=False))


@given(contracts, st.sampled_from(["concise", "full"]))
def test_an_answer_fits_the_schema_of_answers(value: Contract, detail: Detail) -> None:
    made = records_answer(answer_of(record_of(value)), Choice(detail), 100_000)
    ANSWER.validate(made.answer.model_dump(mode="json"))


@given(contracts)
def test_a_value_in_full_fits_the_schema_of_its_contract_also_where_it_was_cleaned(value: Contract) -> None:
    CLIENTS[value.contract].validate(record_item(record_of(value), Choice("full")).value)


@given(contracts)
def test_a_concise_value_holds_nothing_that_the_full_one_does_not(value: Contract) -> None:
    record = record_of(value)
    concise, full = (record_item(record, Choice(detail)).value for detail in ("concise", "full"))
    assert set(concise) <= set(full)
    assert size(concise) <= size(full)


@given(contracts, st.integers(1_500, 4_000))
def test_no_answer_is_larger_than_its_budget(value: Contract, budget: int) -> None:
    made = records_answer(answer_of(record_of(value)), Choice("full"), budget)
    assert made.room_for is None
    assert size(made.answer) <= budget
    assert len(made.answer.records) + len(made.answer.oversized) == 1
