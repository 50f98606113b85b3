"""Which native values are personal is derived from the mappings, and nobody has to list them."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bartack import registry
from bartack.mapping.rules import Mapping, Rule
from bartack.reading.personal import columns_of, personal_columns
from bartack.reading.source import offline
from bartack.recording import Personal, Scrubber, ScrubKey, Tokens
from bartack.transports.base import Runtime
from bartack_contracts import Activity, Person, Ticket

TOKENS = Tokens(ScrubKey("a key for tests, 16+"))


def columns(fields: dict[str, Any], model: Any = Person, **more: Any) -> dict[str, str]:
    """Return path -> kind, with a question mark where the value must look the part."""
    mapping = Mapping.model_validate({"contract": model.contract, "fields": fields, **more})
    found = personal_columns(mapping, model, Rule(path="id"))
    return {".".join(path): place.kind + ("" if place.sure else "?") for path, place in found.items()}


def test_a_field_that_a_contract_marks_makes_its_path_personal_and_another_does_not() -> None:
    assert columns({"name.full": "title", "birth_date": "born", "updated_at": "changed", "language": "lang"}) == {
        "title": "text",
        "born": "date",
    }


def test_values_of_a_personal_model_are_personal_and_their_kind_is_known() -> None:
    found = columns(
        {
            "emails": {"each": [{"path": "mail", "label": "work"}, {"split": "others", "by": ";"}], "use": "email"},
            "phones": {"over": "numbers", "path": "tel", "label": {"path": "kind"}, "use": "phone"},
            "addresses": {"each": [{"fields": {"city": "town", "country_code": "land"}}]},
        }
    )
    assert found == {"mail": "email", "others": "email", "numbers.tel": "phone", "town": "text"}


def test_alternatives_and_parts_count_and_conditions_do_not() -> None:
    found = columns(
        {"name.full": {"first": [{"join": ["first", "last"]}, "nick"], "when": {"path": "type", "in": ["x"]}}}
    )
    assert found == {"first": "text", "last": "text", "nick": "text"}


def test_an_id_that_stands_in_for_a_name_stays_an_id() -> None:
    assert columns({"name.full": {"first": ["name", "id"]}}) == {"name": "text"}


def test_of_a_reference_the_name_is_personal_and_the_id_is_not() -> None:
    assert columns({"owner": {"ref": "user/1", "id": "owner.id", "name": "owner.name"}}) == {"owner.name": "text"}


def test_an_element_that_is_chosen_by_its_neighbour_must_look_the_part() -> None:
    assert columns({"emails": {"each": [{"path": "ids[type=EMAIL].value"}], "use": "email"}}) == {"ids.value": "email?"}


def test_a_declared_custom_text_is_personal_and_a_number_is_not() -> None:
    custom = {"hobby": {"path": "x_hobby"}, "score": {"path": "x_score", "type": "integer"}}
    assert columns({"name.full": "n"}, custom_fields=custom) == {"n": "text", "x_hobby": "text"}


def test_a_subject_and_a_text_are_personal_in_tickets_and_activities() -> None:
    for model in (Ticket, Activity):
        assert columns({"subject": "about", "created_at": "at"}, model) == {"about": "text"}


@pytest.fixture
def scrub() -> Scrubber:
    source = registry.load({"hubspot"})
    return Scrubber(
        (),
        Personal(TOKENS, columns_of(offline(source.connector("hubspot"), "hubspot", source, Runtime()))),
    )


def test_a_mapped_path_is_replaced_where_it_ends_so_and_nowhere_else(scrub: Scrubber) -> None:
    row = {"properties": {"city": "Köln", "zip": "50667", "hs_object_id": "50667"}, "city": "Köln", "id": "50667"}
    after = json.loads(scrub.text(json.dumps({"results": [row], "total": 1})))["results"][0]
    assert (after["city"], after["id"], after["properties"]["hs_object_id"]) == ("Köln", "50667", "50667")
    assert after["properties"]["city"] == TOKENS.of("text", "Köln")
    assert after["properties"]["zip"] == TOKENS.of("text", "50667")


def test_below_a_mapped_path_the_value_is_replaced_and_not_what_is_about_it(scrub: Scrubber) -> None:
    city = {
        "value": "Köln",
        "source": "API",
        "timestamp": 1573600000000,
        "versions": [{"value": "Bonn", "sourceId": "x"}],
    }
    after = json.loads(scrub.text(json.dumps({"properties": {"city": city}})))["properties"]["city"]
    assert (after["source"], after["timestamp"], after["versions"][0]["sourceId"]) == ("API", 1573600000000, "x")
    assert (after["value"], after["versions"][0]["value"]) == (TOKENS.of("text", "Köln"), TOKENS.of("text", "Bonn"))


def test_a_question_by_a_mapped_property_is_replaced_like_its_answer(scrub: Scrubber) -> None:
    asked = {"filters": [{"propertyName": "lastname", "operator": "EQ", "value": "Müller"}], "limit": 10}
    after = json.loads(scrub.text(json.dumps(asked)))
    assert after["filters"][0] == {"propertyName": "lastname", "operator": "EQ", "value": TOKENS.of("text", "Müller")}


MAPPED = Scrubber(
    (),
    Personal(
        TOKENS,
        personal_columns(
            Mapping.model_validate(
                {
                    "contract": "person/1",
                    "fields": {
                        "name.full": "kunde",
                        "birth_date": "geb",
                        "addresses": {"each": [{"fields": {"lat": "lat"}}]},
                    },
                }
            ),
            Person,
            Rule(path="id"),
        ),
    ),
)


def test_an_xml_element_is_found_by_the_same_path_whatever_its_prefix() -> None:
    after = MAPPED.text('<a:row xmlns:a="urn:a"><a:id>7</a:id><a:kunde> Zoë &amp; Max </a:kunde></a:row>')
    assert (
        after
        == f'<a:row xmlns:a="urn:a"><a:id>7</a:id><a:kunde> {TOKENS.of("text", "Zoë")} &amp; Xvj </a:kunde></a:row>'.replace(
            "Xvj", TOKENS.of("text", "Max")
        )
    )


def test_a_column_is_found_in_any_case_and_its_value_keeps_its_type() -> None:
    assert MAPPED.cell("KUNDE", "Zoë") == TOKENS.of("text", "Zoë")
    born = MAPPED.cell("geb", date(1970, 1, 31))
    assert (type(born), born.year, born != date(1970, 1, 31)) == (date, 1970, True)
    moment = MAPPED.cell("geb", datetime(1970, 1, 31, 8, 30))
    assert (type(moment), moment.time()) == (datetime, datetime(1970, 1, 31, 8, 30).time())
    latitude = MAPPED.cell("lat", Decimal("50.9413"))
    assert (type(latitude), int(latitude), latitude != Decimal("50.9413")) == (Decimal, 50, True)
    for column, value in (("id", 7), ("kunde", None), ("kunde", True), ("at", date(1970, 1, 31)), (None, "x")):
        assert MAPPED.cell(column, value) == value
