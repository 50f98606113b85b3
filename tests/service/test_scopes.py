"""Whoever may see a part of everything is told of nothing else, by no verb and in no error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartack.errors import BartackError
from bartack.hub import Hub
from bartack.sdk import Runtime, Stream
from bartack.service.access import Access
from bartack.service.budget import compact
from bartack.service.failures import told
from bartack.service.service import Service
from support.numbered import Estate, NumberedConnector, NumberedStream, hub_of, person

SOURCES = ("crm", "billing", "legacy")
CONTRACTS = ("person/1", "organization/1", "invoice/1", "activity/1")
STREAMS = ("parties", "invoices", "customers", "calls")
IDS = ("1", "12", "101", "R-2025/001", "00000101", "77")

sources = st.none() | st.frozensets(st.sampled_from(SOURCES))
contracts = st.none() | st.frozensets(st.sampled_from([*CONTRACTS, *(one.partition("/")[0] for one in CONTRACTS)]))
FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answers(service: Service, citations: list[str]) -> Iterator[str]:
    """Ask everything that can be asked; yield each answer and each error as text."""
    asked: list[Callable[[], Any]] = [service.sources, service.contracts, service.changes]
    for contract in CONTRACTS:
        asked += [
            lambda contract=contract: service.query(contract),  # type: ignore[misc]
            lambda contract=contract: service.search(contract, "zoë müller"),  # type: ignore[misc]
            lambda contract=contract: service.contracts(contract),  # type: ignore[misc]
        ]
    for citation in citations:
        asked += [
            lambda citation=citation: service.get(citation),  # type: ignore[misc]
            lambda citation=citation: service.explain(citation),  # type: ignore[misc]
        ]
    for ask in asked:
        try:
            yield compact(ask())
        except BartackError as error:
            yield compact(told(error))


citations = st.lists(
    st.builds(
        "bartack://{}/{}/{}".format, st.sampled_from(SOURCES[1:]), st.sampled_from(STREAMS), st.sampled_from(IDS)
    ),
    max_size=3,
)


@FEW
@given(sources, contracts, citations)
def test_no_answer_tells_of_a_source_or_contract_that_is_not_seen(
    synced: Hub, seen: frozenset[str] | None, shapes: frozenset[str] | None, cited: list[str]
) -> None:
    access = Access("somebody", sources=seen, contracts=shapes)
    for text in answers(Service(synced, access), cited):
        for source in SOURCES:
            if not access.sees_source(source):
                assert f'"{source}"' not in text
                assert f"{source}/" not in text
        for contract in CONTRACTS:
            if not access.sees_contract(contract):
                assert _only_references(text, contract)
                assert f'"id":"{contract}"' not in text


@FEW
@given(sources, contracts, citations)
def test_masked_answers_hold_no_person(
    synced: Hub, seen: frozenset[str] | None, shapes: frozenset[str] | None, cited: list[str]
) -> None:
    service = Service(synced, Access("careful", sources=seen, contracts=shapes, mask=True))
    for text in answers(service, ["bartack://legacy/customers/00000101", *cited]):
        for word in ("Müller", "mueller", "Zoë", "Köln", "221987"):
            assert word not in text


class PeopleAndUsers(NumberedConnector):
    """The same rows as persons, and as those who work with the system."""

    rows = Estate([person(1, email="zoe@example.org")])

    def streams_of(self) -> tuple[Stream, ...]:
        return NumberedStream(self.rows, "people"), NumberedStream(self.rows, "users", mapping="users.yaml")

    def mapping_text(self, name: str, runtime: Runtime) -> tuple[str, str]:
        users = "contract: user/1\nfields:\n  name.full: name\n  email: {path: email, use: email}\n"
        return (users, name) if name == "users.yaml" else super().mapping_text(name, runtime)


def test_a_link_into_a_contract_that_is_not_seen_is_not_told(tmp_path: Path) -> None:
    with hub_of(PeopleAndUsers, tmp_path) as hub:
        list(hub.sync())
        linked = Service(hub, Access("all")).get("bartack://crm/people/00001")
        assert [one.citation for one in linked.linked] == ["bartack://crm/users/00001"]
        scoped = Service(hub, Access("some", contracts=frozenset({"person"}))).get("bartack://crm/people/00001")
        assert scoped.linked == ()
        assert {one.contract for one in scoped.standings} == {"person/1"}


def _only_references(text: str, contract: str) -> bool:
    """Tell whether a contract is named only by records that refer to one of it: an invoice names its customer by id."""
    return all(f'"contract":"{contract}","{part}"' not in text for part in ("freshness", "records", "at"))
