"""contracts/README.md is true: its examples run, its tables are those of the models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

import bartack_contracts as contracts
from bartack_contracts import CONTRACTS, ISSUE_CODES, Coded, Contract, Person, Record, describe

README = (Path(__file__).parents[2] / "contracts" / "README.md").read_text(encoding="utf-8")

VALUES: list[type[BaseModel]] = [
    contracts.PersonName, contracts.EmailAddress, contracts.PhoneNumber, contracts.PostalAddress, contracts.SocialProfile,
    contracts.Affiliation, contracts.Consent, contracts.ExternalId, contracts.TaxId, contracts.RegistrationId,
    contracts.Money, contracts.Discount, contracts.Tax, contracts.Reference, Coded[Literal["a word"]], contracts.RichText,
    contracts.CustomField, contracts.DealStage, contracts.DealPerson, contracts.LineItem, contracts.InvoiceLine,
    contracts.Participant,
]  # fmt: skip

ENVELOPES: list[type[BaseModel]] = [
    Record[Person], contracts.Reject, contracts.Issue, contracts.Provenance,
    contracts.Report, contracts.StreamReport, contracts.Verdict,
]  # fmt: skip


def table(model: type[BaseModel], *, common: bool = False) -> str:
    """The fields of a model as Markdown; those which every contract has are told once."""
    told = set(Contract.model_fields) if issubclass(model, Contract) and not common else set()
    lines = ["| field | type | | meaning |", "|---|---|---|---|"]
    for field in describe(model):
        if field.name in told and not field.required:
            continue
        marks = ", ".join(["required"] * field.required + ["personal"] * field.personal)
        lines.append(f"| `{field.name}` | {field.type} | {marks} | {field.meaning} |")
    return "\n".join(lines)


def issue_codes() -> str:
    lines = ["| code | severity | meaning |", "|---|---|---|"]
    return "\n".join(
        lines + [f"| `{entry.code}` | {entry.severity} | {entry.meaning} |" for entry in ISSUE_CODES.values()]
    )


@pytest.mark.parametrize("model", [*CONTRACTS.values(), *VALUES, *ENVELOPES])
def test_the_table_of_every_model_is_that_of_its_fields(model: type[BaseModel]) -> None:
    assert table(model) in README


def test_the_table_of_the_common_fields_is_theirs() -> None:
    assert table(Contract, common=True) in README


def test_every_issue_code_is_documented() -> None:
    assert issue_codes() in README


def test_every_example_runs() -> None:
    namespace: dict[str, Any] = {}
    examples = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert len(examples) > 5
    for example in examples:
        exec(compile(example, "README.md", "exec"), namespace)
