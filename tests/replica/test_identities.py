"""By what a record is known: equal where the same is meant, and never where something else may be."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.replica.identities import external, identities_of, normal_of
from bartack.replica.indexing import document_of
from bartack_contracts import CONTRACTS, Contract, LinkKey, Person, Ref

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def number(scheme: str, value: str, country: str | None = None) -> dict[str, Any]:
    return {"scheme": scheme, "value": value, "country": country}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (number("eu_vat", "DE 136 695 976"), number("de_vat", "136695976", "DE")),
        (number("eu_vat", "EL094259216"), number("gr_vat", "094259216")),
        (number("gb_vat", "980 7806 84"), number("eu_vat", "GB980780684", "GB")),
        (number("ch_vat", "CHE-107.787.577 IVA"), number("ch_vat", "CHE107787577MWST")),
        (number("us_ein", "91-1144442"), number("us_ein", "911144442")),
        (number("FR_SIREN", "552 008 443"), number("fr_siren", "552008443")),
    ],
)
def test_a_number_of_a_tax_authority_is_the_same_however_it_is_written(one: Any, other: Any) -> None:
    assert normal_of("tax_id", one) == normal_of("tax_id", other) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        number("eu_vat", "DE123456789"),
        number("eu_vat", "n/a"),
        number("us_ein", "000000000"),
        number("unknown", "DE136695976"),
        number("", "DE136695976"),
        {"scheme": "eu_vat"},
        {"scheme": "eu_vat", "value": None},
    ],
)
def test_a_number_that_cannot_be_right_identifies_nobody(wrong: Any) -> None:
    assert normal_of("tax_id", wrong) is None


def test_a_german_register_number_needs_its_court() -> None:
    assert normal_of("registration_id", number("de_hrb", "HRB 11223")) is None
    aachen, cologne = (
        normal_of("registration_id", number("de_hrb", f"{court} HRB 11223")) for court in ("Aachen", "Köln")
    )
    assert None is not aachen != cologne is not None


def test_numbers_of_schemes_that_nobody_can_verify_are_compared_by_letters_and_digits_within_a_country() -> None:
    one, same, abroad = (
        normal_of("registration_id", number("duns", value, country))
        for value, country in (("15-048-3782", "DE"), ("150483782", "DE"), ("150483782", "FR"))
    )
    assert one == same != abroad


def test_case_of_an_address_does_not_count_and_everything_else_does() -> None:
    zoe = normal_of("email", "zoe.mueller@example.org")
    assert normal_of("email", " Zoe.Mueller@EXAMPLE.org ") == zoe
    for other in ("zoe.mueller+shop@example.org", "zoemueller@example.org", "zoe.mueller@mail.example.org"):
        assert normal_of("email", other) not in (None, zoe)


@given(address=st.emails())
def test_an_address_is_the_same_in_capitals(address: str) -> None:
    assert normal_of("email", address) == normal_of("email", address.upper()) is not None


@given(scheme=WORDS, value=WORDS, other_scheme=WORDS, other_value=WORDS)
def test_two_external_ids_are_the_same_only_if_scheme_and_id_are(
    scheme: str, value: str, other_scheme: str, other_value: str
) -> None:
    one, other = (normal_of("external_id", number(*parts)) for parts in ((scheme, value), (other_scheme, other_value)))
    if one is not None and one == other:
        assert (scheme.strip(), value.strip()) == (other_scheme.strip(), other_value.strip())


@given(
    value=st.recursive(WORDS | st.none() | st.integers(), lambda deeper: st.dictionaries(WORDS, deeper), max_leaves=4)
)
def test_whatever_a_plugin_keeps_is_compared_or_left_alone(value: Any) -> None:
    for form in ("email", "external_id", "registration_id", "tax_id", "exact"):
        for found in (value, number(str(value), str(value)), {"scheme": value, "value": value}):
            if isinstance(found, str | dict):
                normal_of(form, found)


@pytest.mark.parametrize("value", ["0", "000000", "-", "?", "  ", "__"])
def test_what_has_no_letter_and_no_digit_but_zero_is_a_placeholder(value: str) -> None:
    assert normal_of("external_id", number("sap", value)) is normal_of("exact", value) is None


def test_an_id_keeps_its_case_and_its_zeros() -> None:
    assert len({normal_of("external_id", number("sap", one)) for one in ("007a", "7a", "007A")}) == 3


def test_an_external_id_may_be_a_citation() -> None:
    ref = Ref("billing", "customers", "7/ä")
    assert normal_of("external_id", number("any", ref.uri)) == external(ref)
    assert normal_of("external_id", number("billing/customers", "7/ä")) == external(ref)
    assert normal_of("external_id", number("any", "bartack://billing")) is None


def test_each_value_is_told_with_the_place_where_it_stands() -> None:
    value = {
        "emails": [{"address": None, "raw": "n/a"}, {"address": "A@x.example", "raw": "A@x.example"}],
        "external_ids": [{"scheme": "sap", "value": "7"}],
    }
    assert [(one.key, one.shown, one.path) for one in identities_of(Person, value)] == [
        ("email", "a@x.example", "emails[1].address"),
        ("external_id", "sap 7", "external_ids[0]"),
    ]
    indexed = {path for path, _ in document_of(Ref("a", "b", "c"), Person, value).facets}
    assert {"@email", "@external_id", "emails.address"} <= indexed


@pytest.mark.parametrize("model", CONTRACTS.values(), ids=lambda model: model.contract)
def test_the_keys_of_a_contract_have_names_of_their_own(model: type[Contract]) -> None:
    names = [key.name for key in model.link_keys]
    assert len(names) == len(set(names))


def test_a_plugin_declares_keys_of_its_own_contract() -> None:
    class Vehicle(Contract):
        contract: ClassVar[str] = "vehicle/1"
        link_keys: ClassVar[tuple[LinkKey, ...]] = (LinkKey("vin", "vin"),)
        vin: str

    assert [one.normal for one in identities_of(Vehicle, {"vin": " WVWZZZ1JZXW000001 "})] == ["WVWZZZ1JZXW000001"]


def test_a_key_that_leads_nowhere_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError, match="the link key 'vin' has the path 'vim', and there is no 'vim'"):

        class Vehicle(Contract):
            contract: ClassVar[str] = "vehicle/1"
            link_keys: ClassVar[tuple[LinkKey, ...]] = (LinkKey("vin", "vim"),)
            vin: str
