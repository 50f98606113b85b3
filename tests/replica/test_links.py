"""Records of the same person or firm in several sources: found by declared keys, explained, never guessed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError
from bartack.frontends.cli import main
from bartack.hub import Hub, open_hub
from bartack.replica.indexing import rebuild
from bartack_contracts import Person
from support.linkable import Rows, linkable, write
from support.numbered import NOW

ZOE = {"id": "1", "mails": "Zoe@example.org"}


def told(hub: Hub, ref: str, **more: Any) -> list[tuple[str, str, str | None, str, str]]:
    return [(str(one.ref), one.key, one.value, one.here, one.there) for one in hub.linked(ref, **more).links]


def refs(hub: Hub, ref: str, **more: Any) -> list[str]:
    return [str(one.ref) for one in hub.linked(ref, **more).links]


def test_one_person_in_three_sources_is_linked_and_the_address_is_told_with_its_places(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    crm = {"people": [ZOE, {"id": "2", "mails": "ann@example.org"}]}
    shop = {"people": [{"id": "A", "mails": "shop@example.org;zoe@example.org"}]}
    desk = {"users": [{"id": "u7", "mail": "ZOE@EXAMPLE.ORG"}]}
    with linkable(tmp_path, {"crm": crm, "shop": shop, "desk": desk}, store=store) as hub:
        assert told(hub, "crm/people/1") == [
            ("desk/users/u7", "email", "zoe@example.org", "emails[0].address", "email.address"),
            ("shop/people/A", "email", "zoe@example.org", "emails[0].address", "emails[1].address"),
        ]
        found = hub.linked("bartack://desk/users/u7")
        assert (found.contract, found.links[0].contract) == ("user/1", "person/1")
        assert [str(one.ref) for one in found.links] == ["crm/people/1", "shop/people/A"]
        assert (found.verdict.completeness, found.verdict.freshness) == ("complete", "cached")


def test_what_differs_by_more_than_case_is_not_linked(tmp_path: Path) -> None:
    shop = [{"id": "A", "mails": "zoe+shop@example.org"}, {"id": "B", "mails": "z.oe@example.org"}]
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": shop}}) as hub:
        assert refs(hub, "crm/people/1") == []


def test_firms_are_linked_by_the_number_of_a_tax_authority_or_register_in_every_scheme(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    crm = {"firms": [{"id": "1", "scheme": "eu_vat", "number": "DE 136 695 976", "register": "lei", "entry": LEI}]}
    erp = {
        "firms": [
            {"id": "a", "scheme": "de_vat", "number": "136695976"},
            {"id": "b", "scheme": "eu_vat", "number": "DE1"},
        ]
    }
    law = {"firms": [{"id": "x", "register": "lei", "entry": LEI.lower()}]}
    with linkable(tmp_path, {"crm": crm, "erp": erp, "law": law}, store=store) as hub:
        assert told(hub, "crm/firms/1") == [
            ("erp/firms/a", "tax_id", "vat DE136695976", "tax_ids[0]", "tax_ids[0]"),
            ("law/firms/x", "registration_id", f"lei {LEI}", "registration_ids[0]", "registration_ids[0]"),
        ]


LEI = "213800KUD8LAJWSQ9D15"


def test_a_link_is_never_followed_by_a_second_one(tmp_path: Path) -> None:
    shop = {"people": [{"id": "A", "mails": "zoe@example.org;work@example.org"}]}
    desk = {"people": [{"id": "d", "mails": "work@example.org"}]}
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": shop, "desk": desk}) as hub:
        assert refs(hub, "crm/people/1") == ["shop/people/A"]
        assert refs(hub, "shop/people/A") == ["crm/people/1", "desk/people/d"]


def test_an_external_id_that_names_a_record_of_a_source_links_both_ways(tmp_path: Path) -> None:
    shop = [
        {"id": "A", "scheme": "crm/people", "number": "1"},
        {"id": "B", "scheme": "whatever", "number": "bartack://crm/people/1"},
        {"id": "C", "scheme": "crm/people", "number": "01"},
    ]
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": shop}}) as hub:
        assert told(hub, "shop/people/A") == [
            ("crm/people/1", "external_id", "crm/people 1", "external_ids[0]", "ref"),
            ("shop/people/B", "external_id", "crm/people 1", "external_ids[0]", "external_ids[0]"),
        ]
        assert told(hub, "crm/people/1") == [
            ("shop/people/A", "external_id", "crm/people/1", "ref", "external_ids[0]"),
            ("shop/people/B", "external_id", "crm/people/1", "ref", "external_ids[0]"),
        ]
        assert refs(hub, "shop/people/C") == []


def test_an_external_id_may_name_a_record_of_another_contract(tmp_path: Path) -> None:
    shop = {"people": [{"id": "A", "scheme": "crm/firms", "number": "f"}]}
    with linkable(tmp_path, {"crm": {"firms": [{"id": "f"}]}, "shop": shop}) as hub:
        assert told(hub, "crm/firms/f") == [("shop/people/A", "external_id", "crm/firms/f", "ref", "external_ids[0]")]
        assert refs(hub, "shop/people/A") == ["crm/firms/f"]


def test_a_value_that_many_records_of_one_source_carry_links_nothing_and_is_told(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    many = [{"id": f"{number}", "mails": "till@example.org"} for number in range(4)]
    crm = {"people": [{"id": "1", "mails": "till@example.org;zoe@example.org"}]}
    shop = {"people": [*many, {"id": "A", "mails": "zoe@example.org"}]}
    with linkable(tmp_path, {"crm": crm, "shop": shop}, store=store) as hub:
        found = hub.linked("crm/people/1")
        assert [str(one.ref) for one in found.links] == ["shop/people/A"]
        (till,) = found.ambiguous
        assert (till.key, till.value, till.here) == ("email", "till@example.org", "emails[0].address")
        assert (till.sources, till.why) == ({"crm": 1, "shop": 4}, "more than 3 records of one source carry it")
        write(tmp_path, "shop", {"people": many[:3]})
        list(hub.sync("shop", full=True))
        assert refs(hub, "crm/people/1") == ["shop/people/0", "shop/people/1", "shop/people/2"]
        assert hub.linked("crm/people/1").ambiguous == ()


@pytest.mark.parametrize("name", ["info", "No-Reply", "SUPPORT"])
def test_an_address_of_a_function_links_nobody_and_is_told(tmp_path: Path, name: str) -> None:
    people = [{"id": "1", "mails": f"{name}@example.org"}]
    with linkable(tmp_path, {"crm": {"people": people}, "shop": {"people": people}}) as hub:
        found = hub.linked("crm/people/1")
        assert found.links == ()
        assert [(one.value, one.why) for one in found.ambiguous] == [
            (f"{name.lower()}@example.org", "it is an address of whoever has the job, or of nobody")
        ]
        write(tmp_path, "shop", {"people": [{"id": "1"}]})
        list(hub.sync("shop", full=True))
        assert hub.linked("crm/people/1").ambiguous == ()


def test_two_records_of_one_source_are_linked_as_well(tmp_path: Path) -> None:
    with linkable(tmp_path, {"crm": {"people": [ZOE, {**ZOE, "id": "2"}]}}) as hub:
        assert refs(hub, "crm/people/1") == ["crm/people/2"]


def test_a_deleted_record_is_linked_with_nothing(tmp_path: Path, store: dict[str, Any] | None) -> None:
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": [{**ZOE, "id": "A"}]}}, store=store) as hub:
        assert refs(hub, "crm/people/1") == ["shop/people/A"]
        write(tmp_path, "shop", {"people": [{"id": "B"}]})
        list(hub.sync("shop", full=True))
        assert refs(hub, "crm/people/1") == []
        with pytest.raises(AccessError, match="the store has no such record"):
            hub.linked("shop/people/A")


def test_an_erased_person_leaves_no_link(tmp_path: Path, store: dict[str, Any] | None) -> None:
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": [{**ZOE, "id": "A"}]}}, store=store) as hub:
        assert refs(hub, "crm/people/1") == ["shop/people/A"]
        hub.governance.erase(["shop/people/A"], by="ann")
        assert refs(hub, "crm/people/1") == []
        list(hub.sync("shop", full=True))
        assert refs(hub, "crm/people/1") == []


def test_where_both_sides_are_masked_the_link_is_told_without_its_value(tmp_path: Path) -> None:
    sources = {"crm": {"people": [ZOE]}, "shop": {"people": [{**ZOE, "id": "A"}]}}
    with linkable(tmp_path, sources, masked=["crm", "shop"]) as hub:
        assert told(hub, "crm/people/1") == [("shop/people/A", "email", None, "emails[0].address", "emails[0].address")]
    with linkable(tmp_path, sources) as hub:
        assert [one[2] for one in told(hub, "crm/people/1", masked=True)] == [None]


@pytest.mark.parametrize("masked", ["crm", "shop"])
def test_a_link_that_would_say_who_a_masked_record_is_is_withheld_and_that_is_said(tmp_path: Path, masked: str) -> None:
    crm = {"people": [ZOE], "firms": [{"id": "1", "scheme": "eu_vat", "number": "DE136695976"}]}
    shop = {"people": [{**ZOE, "id": "A"}], "firms": [{"id": "2", "scheme": "de_vat", "number": "136695976"}]}
    with linkable(tmp_path, {"crm": crm, "shop": shop}, masked=[masked]) as hub:
        found = hub.linked("crm/people/1")
        assert found.links == ()
        assert "links with shop by personal keys are not told" in found.notices[0]
        assert refs(hub, "crm/firms/1") == ["shop/firms/2"]


def test_under_masking_not_even_who_shares_too_much_is_told(tmp_path: Path) -> None:
    shop = [{"id": f"{number}", "mails": "zoe@example.org"} for number in range(5)]
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": shop}}, masked=["shop"]) as hub:
        found = hub.linked("crm/people/1")
        assert [one.sources for one in found.ambiguous] == [{"crm": 1}]
        assert "zoe" not in repr(hub.linked("shop/people/1"))


def test_a_source_that_was_never_synced_or_does_not_answer_is_told(tmp_path: Path) -> None:
    now = [NOW]
    sources: dict[str, Rows] = {
        "crm": {"people": [ZOE]},
        "shop": {"people": [{**ZOE, "id": "A"}]},
        "desk": {"users": []},
    }
    with linkable(tmp_path, sources, sync=False, clock=lambda: now[0]) as hub:
        list(hub.sync("crm"))
        list(hub.sync("shop"))
        (tmp_path / "shop.db").unlink()
        now[0] += timedelta(hours=1)
        list(hub.sync("shop"))
        found = hub.linked("crm/people/1")
        assert [str(one.ref) for one in found.links] == ["shop/people/A"]
        assert (found.verdict.completeness, found.verdict.freshness) == ("partial", "stale")
        standing = {(one.source, one.stream): one for one in found.standings}
        assert standing["shop", "people"].freshness == "stale"
        assert standing["desk", "users"].reasons == ("no sync has come to its end",)
        assert ("crm", "firms") not in standing


def test_links_are_asked_for_within_some_sources(tmp_path: Path) -> None:
    other = {"people": [{**ZOE, "id": "A"}]}
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": other, "desk": other}) as hub:
        assert refs(hub, "crm/people/1", source="desk") == ["desk/people/A"]
        assert {one.source for one in hub.linked("crm/people/1", source=["desk"]).standings} == {"desk"}
        with pytest.raises(ConfigError, match="no source named 'erp'"):
            hub.linked("crm/people/1", source="erp")
        with pytest.raises(ConfigError, match="no source named 'erp'"):
            hub.linked("erp/people/1")


def test_a_changed_address_changes_the_link(tmp_path: Path) -> None:
    with linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": [{**ZOE, "id": "A"}]}}) as hub:
        assert refs(hub, "crm/people/1") == ["shop/people/A"]
        write(tmp_path, "shop", {"people": [{"id": "A", "mails": "other@example.org"}]})
        list(hub.sync("shop", full=True))
        assert refs(hub, "crm/people/1") == []


def test_a_key_that_is_declared_later_holds_once_the_index_is_made_anew(
    tmp_path: Path, store: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(Person, "link_keys", ())
        hub = linkable(tmp_path, {"crm": {"people": [ZOE]}, "shop": {"people": [{**ZOE, "id": "A"}]}}, store=store)
        assert refs(hub, "crm/people/1") == []
    with hub:
        assert refs(hub, "crm/people/1") == []
        rebuild(hub.store, hub.contracts)
        assert refs(hub, "crm/people/1") == ["shop/people/A"]


def test_the_customers_of_the_demo_are_linked_through_crm_soap_and_database(
    laid_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(laid_out, tmp_path / "estate")
    main(["sync", "--config", str(folder)])
    with open_hub(folder) as hub:
        assert refs(hub, "billing/customers/105") == ["crm/parties/7", "legacy/customers/00000105"]
        assert {refs(hub, str(one.ref))[0] for one in hub.linked("billing/customers/105").links} == {
            "billing/customers/105"
        }
    capsys.readouterr()
    assert main(["linked", "billing/customers/105", "--source", "legacy", "--config", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "legacy/customers/00000105  person/1  email  jean.luc@example.fr" in shown
    assert main(["linked", "billing/customers/105", "--json", "--config", str(folder)]) == 0
    assert '{"link": {"ref": "crm/parties/7", "contract": "person/1", "key": "email"' in capsys.readouterr().out
    assert main(["linked", "billing/customers/999", "--config", str(folder)]) == 3
