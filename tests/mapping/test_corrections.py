"""Corrections: named as issues name fields, typed as strictly as a row's values, laid over a draft and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import BartackError, ConfigError
from bartack.mapping.corrections import Corrections, as_typed, to_set
from bartack_contracts import CONTRACTS, Invoice, Person

PERSON: dict[str, Any] = {
    "name": {"full": "Zoë Müller", "given": "Zoë"},
    "kind": "contact",
    "emails": [{"address": "zoe@example.org", "raw": "zoe@example.org", "label": "work"}],
    "birth_date": "1970-01-31",
    "addresses": [{"lines": ["Am Markt 7"], "city": "Erfurt", "lat": "50.97"}],
    "organizations": [{"name": "ACME", "ref": {"contract": "organization/1", "id": "7"}}],
    "updated_at": "2026-01-31T10:00:00Z",
    "lifecycle": {"value": "former", "raw": "X"},
    "deleted": None,
}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        inner = {f"{path}.{key}" if path else key: item for key, item in value.items()}
        return {name: leaf for at, item in inner.items() for name, leaf in leaves(item, at).items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {name: leaf for n, item in enumerate(value) for name, leaf in leaves(item, f"{path}[{n}]").items()}
    return {path: value}


@pytest.mark.parametrize("values", [PERSON, leaves(PERSON)], ids=["field by field", "leaf by leaf"])
def test_a_whole_record_can_be_said_by_corrections(values: dict[str, Any]) -> None:
    import json

    draft = Corrections.of(Person, values).laid_over({})
    assert Person.model_validate(draft) == Person.model_validate_json(json.dumps(PERSON))


def test_what_is_not_corrected_stays_and_the_draft_is_not_touched() -> None:
    draft = {"emails": ({"address": "a@example.org", "raw": "a"}, {"address": None, "raw": "b"}), "kind": "contact"}
    new = Corrections.of(Person, {"emails[1].address": "b@example.org"}).laid_over(draft)
    assert new["emails"] == [{"address": "a@example.org", "raw": "a"}, {"address": "b@example.org", "raw": "b"}]
    assert new["kind"] == "contact"
    assert draft["emails"][1]["address"] is None  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "covered"),
    [("total", True), ("total.amount", True), ("total.amount.x", True), ("total.currency", False), ("totals", False),
     ("emails[0]", True), ("emails[0].raw", True), ("emails[1]", False), ("emails", True), (None, False)],
)  # fmt: skip
def test_findings_at_around_and_within_a_corrected_field_are_covered(field: str | None, covered: bool) -> None:
    assert Corrections({"total.amount": "1", "emails[0]": {}}, ()).cover(field) is covered


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("total.amount", "12.50", "12.50"),
        ("total.amount", "-1E+3", "-1E+3"),
        ("number", "007", "007"),
        ("number", "12", "12"),
        ("number", "null", None),
        ("number", '"null"', "null"),
        ("issue_date", "2026-01-31", "2026-01-31"),
        ("deleted", "true", True),
        ("total", '{"amount": "1", "currency": "EUR"}', {"amount": "1", "currency": "EUR"}),
        ("lines[0].description", "[x] a = b", "[x] a = b"),
    ],
)
def test_typed_text_is_json_where_the_field_takes_it_else_text(field: str, text: str, value: Any) -> None:
    assert as_typed(Invoice, field, text) == value


@pytest.mark.parametrize("text", ["12,50", "NaN", "Infinity", "1e999", '{"amount": 1}', "", "٣"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"total\.amount is decimal"):
        as_typed(Invoice, "total.amount", text)


@pytest.mark.parametrize(
    "field", ["", ".", "[0]", "a..b", "total[0]", "emails[x=y].address", "total.amount.x", "custom[0]x"]
)
def test_what_names_no_field_is_a_typed_error(field: str) -> None:
    with pytest.raises(ConfigError):
        Corrections.of(Invoice, {field: "1"})


def test_to_set_names_what_a_field_cannot_be_without() -> None:
    assert to_set(Invoice, "total") == ("total.amount", "total.currency")
    assert to_set(Person, "name.full") == ("name.full",)
    assert to_set(Person, "name") == ("name.full",)
    assert to_set(Person, "nowhere") == ()


@given(
    st.sampled_from(sorted(CONTRACTS)),
    st.text(st.sampled_from("abcdefilmnorstuv._[]0123='$"), max_size=20) | st.sampled_from(sorted(Invoice.model_fields)),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5),
)  # fmt: skip
def test_no_field_and_no_value_ends_in_anything_but_a_typed_error(contract: str, field: str, value: Any) -> None:
    model = CONTRACTS[contract]
    try:
        Corrections.of(model, {field: value}).laid_over({})
        as_typed(model, field, str(value))
    except BartackError:
        pass
