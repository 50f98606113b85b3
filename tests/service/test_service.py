"""What is served of the demo's estate: cited, judged, scoped, masked and bounded."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.errors import BartackError
from bartack.hub import Hub
from bartack.mapping.compiled import FieldTrace
from bartack.paths import ABSENT
from bartack.service.access import Access
from bartack.service.budget import size
from bartack.service.cleaning import Cleaner
from bartack.service.failures import NotFoundError, QuestionError, told
from bartack.service.service import Service
from bartack.service.telling import explained_field


@pytest.fixture(scope="module")
def hub(synced: Hub) -> Hub:
    return synced


@pytest.fixture(scope="module")
def service(hub: Hub) -> Service:
    return Service(hub, Access.local())


def failure(question: Any, *words: Any, **wishes: Any) -> dict[str, Any]:
    with pytest.raises(BartackError) as caught:
        question(*words, **wishes)
    return told(caught.value).model_dump()


def test_each_source_says_how_it_stands_and_what_its_operator_may_do(service: Service) -> None:
    answer = service.sources()
    assert [one.name for one in answer.sources] == ["crm", "billing", "legacy"]
    billing = answer.sources[1]
    assert (billing.ready, billing.breaker) == (True, "closed")
    assert [(one.stream, one.records, one.waiting) for one in billing.streams] == [
        ("customers", 12, 0),
        ("invoices", 3, 1),
    ]
    assert billing.next_steps == ("bartack review list --source billing",)


def test_a_contract_lists_its_fields_and_the_paths_that_can_be_asked_for(service: Service) -> None:
    (person,) = service.contracts("person").contracts
    assert person.id == "person/1"
    assert person.streams == ("crm/parties", "billing/customers", "legacy/customers")
    assert "emails.address" in [one.path for one in person.paths or ()]
    (schema,) = service.contracts("person", schema=True).contracts
    assert schema.json_schema is not None
    assert schema.json_schema["$id"] == "urn:bartack:contract:person:1"


def test_every_record_of_a_search_is_cited_and_the_answer_judged(service: Service) -> None:
    answer = service.search("person", "müller")
    assert answer.total == len(answer.records) > 0
    for record in answer.records:
        assert service.get(record.citation).record is not None
    assert (answer.verdict.completeness, answer.verdict.freshness) == ("complete", "cached")
    assert {one.source for one in answer.standings} == {"crm", "billing", "legacy"}
    assert answer.untrusted is True


def test_fields_are_chosen_by_their_paths_and_lists_stay_lists(service: Service) -> None:
    answer = service.query("person", where={"name.full": {"prefix": "Zoë"}}, fields=["name.full", "emails.address"])
    for record in answer.records:
        assert set(record.value) <= {"name", "emails"}
        assert set(record.value["name"]) == {"full"}
        assert all(set(one) == {"address"} for one in record.value["emails"])


def test_one_stream_that_feeds_two_contracts_gives_records_of_both(service: Service) -> None:
    person, firm = service.get("bartack://crm/parties/1").record, service.get("bartack://crm/parties/12").record
    assert person is not None
    assert firm is not None
    assert (person.contract, firm.contract) == ("person/1", "organization/1")


def test_pages_of_an_answer_that_was_kept_short_hold_every_record_once(service: Service, hub: Hub) -> None:
    small = Service(hub, Access.local(), budget=4_000)
    seen: list[str] = []
    cursor = None
    while True:
        answer = small.query("person", limit=20, cursor=cursor)
        assert size(answer) <= 4_000
        seen += [record.citation for record in answer.records]
        cursor = answer.next_cursor
        if cursor is None:
            break
        assert answer.truncated
        assert any("kept short" in notice for notice in answer.notices)
    assert len(seen) == len(set(seen)) == answer.total == 26


def test_a_record_larger_than_an_answer_is_named_with_its_size(hub: Hub) -> None:
    small = Service(hub, Access.local(), budget=2_500)
    whole = small.get("bartack://crm/parties/12")
    assert whole.record is None
    assert whole.oversized is not None
    assert whole.oversized.citation == "bartack://crm/parties/12"
    assert whole.oversized.characters > 500
    assert small.get("bartack://crm/parties/12", fields=["name"]).record is not None


def test_changes_are_followed_page_by_page(service: Service) -> None:
    first = service.changes("invoice", limit=4)
    assert (len(first.changes), first.more) == (4, True)
    rest = service.changes("invoice", limit=100, cursor=first.next_cursor)
    assert (len(rest.changes), rest.more) == (2, False)
    assert service.changes("invoice", cursor=rest.next_cursor).changes == ()


def test_what_may_not_be_seen_is_answered_as_what_is_not_there(hub: Hub) -> None:
    scoped = Service(hub, Access("shop", sources=frozenset({"billing"}), contracts=frozenset({"invoice"})))
    assert [one.name for one in scoped.sources().sources] == ["billing"]
    assert {one.contract for one in scoped.sources().sources[0].streams} == {"invoice/1"}
    assert [one.id for one in scoped.contracts().contracts] == ["invoice/1"]
    assert {one.contract for one in scoped.changes().changes} == {"invoice/1"}
    assert {one.contract for one in scoped.changes().standings} == {"invoice/1"}
    for hidden, absent in (
        (failure(scoped.get, "bartack://crm/parties/1"), failure(scoped.get, "bartack://nope/parties/1")),
        (failure(scoped.get, "bartack://billing/customers/101"), failure(scoped.get, "bartack://billing/nope/101")),
        (
            failure(scoped.explain, "bartack://billing/customers/101"),
            failure(scoped.explain, "bartack://billing/nope/1"),
        ),
    ):
        assert hidden == absent
    firms = Service(hub, Access("firms", contracts=frozenset({"organization/1"})))
    assert firms.get("bartack://crm/parties/12").record is not None
    assert failure(firms.get, "bartack://crm/parties/1") == failure(firms.get, "bartack://crm/parties/none")
    assert all(one.contract == "organization/1" for one in firms.changes().changes)
    for wish in ("person", "persons"):
        assert "person/1" not in str(failure(scoped.query, wish)["next_step"])
    assert failure(scoped.query, "invoice", source="crm")["next_step"] == "sources: billing"


def test_a_token_that_is_masked_gets_and_asks_for_nothing_personal(hub: Hub) -> None:
    masked = Service(hub, Access("careful", mask=True))
    record = masked.get("bartack://billing/customers/101").record
    assert record is not None
    assert record.value["name"]["full"] == "***"
    assert "Müller" not in masked.get("bartack://legacy/customers/00000101", live=True).model_dump_json()
    assert "Müller" not in masked.query("person", detail="full").model_dump_json()
    assert "Müller" not in masked.changes("person", detail="full").model_dump_json()
    assert "Müller" not in masked.explain("bartack://legacy/customers/00000101").model_dump_json()
    assert failure(masked.query, "person", where={"name.full": "Zoë Müller"})["type"] == "QuestionError"


def test_an_explanation_says_path_and_rule_and_no_folder_of_this_machine(service: Service, hub: Hub) -> None:
    answer = service.explain("bartack://legacy/customers/00000101", fields=["name"])
    assert answer.contract == "person/1"
    assert all(one.field.startswith("name") for one in answer.fields)
    assert str(hub.config.folder) not in service.explain("bartack://legacy/customers/00000101").model_dump_json()


@pytest.mark.parametrize(("raw", "told"), [(ABSENT, {}), (None, {"raw": None}), ("", {"raw": ""}), ([], {"raw": []})])
def test_an_explanation_tells_null_blank_and_nothing_apart(raw: Any, told: dict[str, Any]) -> None:
    trace = FieldTrace("name.full", "NAME", raw, "NAME", ABSENT, "/srv/people.yaml:3")
    dumped = explained_field(trace, Cleaner()).model_dump(mode="json")
    assert dumped == {"field": "name.full", "path": "NAME", "rule": "NAME", "place": "people.yaml:3", **told}


@pytest.mark.parametrize(
    ("wishes", "kind", "step"),
    [
        ({"contract": "persn"}, QuestionError, "person/1"),
        ({"contract": "person", "source": "crn"}, QuestionError, "crm"),
        ({"contract": "person", "where": {"nam": 1}}, QuestionError, "custom.KEY"),
        ({"contract": "person", "fields": ["nam"]}, QuestionError, "person/1"),
        ({"contract": "person", "cursor": "abcd"}, QuestionError, "without a cursor"),
        ({"contract": "person", "limit": 1_000}, QuestionError, "1 to 100"),
    ],
)
def test_a_wrong_question_says_what_to_ask_instead(
    service: Service, wishes: dict[str, Any], kind: type[BartackError], step: str
) -> None:
    with pytest.raises(kind) as caught:
        service.query(**wishes)
    assert step in str(caught.value.next_step)


def test_what_is_not_there_is_not_found(service: Service) -> None:
    with pytest.raises(NotFoundError):
        service.get("bartack://crm/parties/999999")
    with pytest.raises(QuestionError):
        service.get("what the user said")
    for ask in (service.get, service.explain, lambda ref: service.get(ref, live=True)):
        for half in ("\x00", "\ud800"):
            with pytest.raises(NotFoundError):
                ask(f"bartack://crm/parties/1{half}")
