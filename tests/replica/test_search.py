"""Words are found as people write them, alike in both databases, and never where they may not be shown."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bartack.errors import ConfigError
from bartack.hub import Hub
from bartack.replica.indexing import rebuild
from support.numbered import Estate, NumberedConnector, hub_of, numbered, person
from support.replicas import invoice, invoices, people, synced


def found(hub: Hub, text: str, **more: Any) -> set[str]:
    return {record.ref.id for record in hub.search("person", text, limit=100, **more).records}


def rows() -> list[dict[str, Any]]:
    return [
        person(1, "Zoë Müller", email="zoe@example.org"),
        person(2, "ZOE MULLER-LÜDENSCHEIDT", email="z.mueller@example.com"),
        person(3, "Straße Øre", email="example@zoe.org"),
        person(4, "張偉", email="wei@example.net"),
        person(5, "Łukasz O'Neill", email="lukasz@example.net"),
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("zoe", {"00001", "00002", "00003"}),
        ("ZOË müller", {"00001", "00002"}),
        ("mull", {"00001", "00002"}),
        ("zoe@example.org", {"00001"}),
        ('"muller ludenscheidt"', {"00002"}),
        ("ludenscheidt muller", {"00002"}),
        ("STRASSE", {"00003"}),
        ("張偉", {"00004"}),
        ("偉", {"00004"}),
        ("偉張", set()),
        ("o'neill", {"00005"}),
        ("00003", {"00003"}),
        ("nobody", set()),
    ],
)
def test_a_word_is_found_without_case_and_accents_and_by_its_beginning(
    tmp_path: Path, store: dict[str, Any] | None, text: str, ids: set[str]
) -> None:
    with synced(people(*rows()), tmp_path, store) as hub:
        assert found(hub, text) == ids


def test_where_no_record_has_all_words_those_with_any_come_and_the_answer_says_so(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    with synced(people(*rows()), tmp_path, store) as hub:
        every, some = hub.search("person", "zoe muller"), hub.search("person", "overdue invoices of zoe muller")
        assert (every.matched, some.matched) == ("every", "any")
        assert {record.ref.id for record in some.records} == {"00001", "00002", "00003"}
        assert list(some.scores) == sorted(some.scores, reverse=True)
        assert {one.ref.id for one in some.records[:2]} == {"00001", "00002"}, "who fits better stands first"


@pytest.mark.parametrize("text", ["", "   ", '"', "--", "* & | !", "\u200b"])
def test_without_a_word_nothing_is_searched(tmp_path: Path, text: str) -> None:
    with synced(people(*rows()), tmp_path) as hub, pytest.raises(ConfigError, match="no word"):
        hub.search("person", text)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60))
def test_whatever_is_typed_is_searched_and_never_read_as_an_operator(searchable: Hub, text: str) -> None:
    try:
        searchable.search("person", text)
    except ConfigError as error:
        assert "no word" in error.message  # noqa: PT017


@pytest.fixture
def searchable(tmp_path: Path, store: dict[str, Any] | None) -> Hub:
    return synced(people(*rows()), tmp_path, store)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=80), more=st.text(max_size=200))
def test_whatever_a_name_holds_it_is_indexed(tmp_path_factory: pytest.TempPathFactory, name: str, more: str) -> None:
    with synced(people(person(1, f"Canary {name}{more}")), tmp_path_factory.mktemp("any")) as hub:
        assert found(hub, "canary") in ({"00001"}, set())
        assert (hub.query("person").total == 1) == (found(hub, "canary") == {"00001"})


def test_conditions_and_sources_narrow_a_search(tmp_path: Path, store: dict[str, Any] | None) -> None:
    kind = invoices(
        invoice(1, status="open", note="bolts of steel"),
        invoice(2, status="paid", note="bolts of brass"),
        invoice(3, status="paid", note="nuts"),
    )
    with synced(kind, tmp_path, store, sources=("one", "two")) as hub:
        paid = hub.search("invoice", "bolts", where={"status": "paid"})
        assert [str(one.ref) for one in paid.records] == ["one/invoices/00002", "two/invoices/00002"]
        assert [
            str(one.ref) for one in hub.search("invoice", "bolts", where={"status": "paid"}, source="two").records
        ] == ["two/invoices/00002"]
        assert {one.source for one in paid.standings} == {"one", "two"}


def test_pages_of_a_search_hold_every_record_once(tmp_path: Path, store: dict[str, Any] | None) -> None:
    with synced(people(*(person(number, f"Bolt {number % 3}") for number in range(25))), tmp_path, store) as hub:
        seen: list[str] = []
        answer = hub.search("person", "bolt", limit=4)
        while True:
            assert answer.total == 25
            seen += [record.ref.id for record in answer.records]
            if answer.next_cursor is None:
                break
            answer = hub.search("person", "bolt", limit=7, cursor=answer.next_cursor)
        assert sorted(seen) == [f"{number:05}" for number in range(25)]


def test_a_page_of_a_search_says_when_records_have_changed_since_the_first(tmp_path: Path) -> None:
    kind = people(*(person(number, "Bolt") for number in range(5)))
    with synced(kind, tmp_path) as hub:
        first = hub.search("person", "bolt", limit=2)
        assert not hub.search("person", "bolt", limit=2, cursor=first.next_cursor).notices
        kind.estates["people"].rows.append(person(9, "Bolt"))
        list(hub.sync(full=True))
        (notice,) = hub.search("person", "bolt", limit=2, cursor=first.next_cursor).notices
        assert "changed since the first page" in notice


def test_personal_words_are_not_found_where_they_are_masked(tmp_path: Path, store: dict[str, Any] | None) -> None:
    with synced(people(*rows()), tmp_path, store, keep={"mask": True}) as hub:
        assert found(hub, "zoe") == set()
        assert found(hub, "contact") == {"00001", "00002", "00003", "00004", "00005"}, "what is not personal is found"
    with synced(people(*rows()), tmp_path, store) as hub:
        assert found(hub, "zoe") == {"00001", "00002", "00003"}
        assert found(hub, "zoe", masked=True) == set()


def mixed(tmp_path: Path, store: dict[str, Any] | None) -> Hub:
    """Two sources with the same persons, of which one is masked."""
    hub = synced(people(*rows()), tmp_path, store, sources=("plain", "hidden"))
    from dataclasses import replace

    from bartack.policies import Keep

    settings_of = dict(hub.config.sources)
    settings_of["hidden"] = replace(settings_of["hidden"], keep=Keep(mask=True))
    return Hub(replace(hub.config, sources=settings_of), clock=hub._clock, plugins=hub.plugins)


def test_beside_a_masked_source_another_one_is_searched_in_full(tmp_path: Path, store: dict[str, Any] | None) -> None:
    with mixed(tmp_path, store) as hub:
        answer = hub.search("person", "zoe contact", limit=100)
        assert {record.ref.source for record in answer.records} == {"plain"}
        everybody = hub.search("person", "contact", limit=100)
        assert {record.value.name.full for record in everybody.records if record.ref.source == "hidden"} == {"***"}
        assert everybody.total == 10


@pytest.mark.parametrize("how", ["deleted", "erased"])
def test_who_is_gone_is_not_found(tmp_path: Path, store: dict[str, Any] | None, how: str) -> None:
    kind = people(*rows())
    with synced(kind, tmp_path, store) as hub:
        assert "00001" in found(hub, "zoe")
        if how == "deleted":
            kind.estates["people"].rows.pop(0)
            list(hub.sync(full=True))
        else:
            hub.governance.erase(["crm/people/00001"], by="ann")
        assert found(hub, "zoe") == {"00002", "00003"}
        assert hub.query("person", where={"emails.address": "zoe@example.org"}).total == 0


def test_an_erased_word_is_not_left_in_the_file(tmp_path: Path) -> None:
    with synced(people(*rows(), person(9, "Xanthippe Quagmire")), tmp_path) as hub:
        assert found(hub, "xanthippe") == {"00009"}
        hub.governance.erase(["crm/people/00009"], by="ann")
    files = b"".join(path.read_bytes() for path in (tmp_path / ".bartack").iterdir())
    for word in (b"xanthippe", b"quagmire"):
        assert word not in files.lower()


def everything(hub: Hub) -> list[Any]:
    asked = [hub.query("person", order_by="-name.full", limit=100), hub.search("person", "example", limit=100)]
    return [[(record.ref, record.value) for record in one.records] for one in asked]


def test_an_index_that_is_made_again_answers_the_same(tmp_path: Path, store: dict[str, Any] | None) -> None:
    kind = people(*rows())
    with synced(kind, tmp_path, store) as hub:
        everything(hub)
        kind.estates["people"].rows[0] = person(1, "Zoë Schmidt", email="zoe@example.org", minutes=5)
        kind.estates["people"].rows.pop()
        list(hub.sync(full=True))
        before = everything(hub)
        assert rebuild(hub.store, hub.contracts) == 5, "four that are there, one that has gone"
        assert everything(hub) == before


def test_an_index_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bartack.store import documents

    kind = people(*(person(number, "Bolt") for number in range(450)))
    with synced(kind, tmp_path) as hub:
        put, batches = documents.put, []

        def failing(*arguments: Any) -> None:
            batches.append(1)
            if len(batches) == 2:
                raise KeyboardInterrupt
            put(*arguments)

        monkeypatch.setattr(documents, "put", failing)
        with pytest.raises(KeyboardInterrupt):
            hub.search("person", "bolt")
        monkeypatch.setattr(documents, "put", put)
        assert hub.search("person", "bolt").total == 450


def test_a_state_of_before_is_indexed_when_it_is_first_asked(tmp_path: Path) -> None:
    with synced(people(*rows()), tmp_path / "new") as hub:
        assert hub.standings()
    file = tmp_path / "old/.bartack/state.sqlite"
    state_of_before(file, tmp_path / "new/.bartack/state.sqlite")
    with hub_of(people(*rows()), tmp_path / "old") as again:
        assert found(again, "zoe") == {"00001", "00002", "00003"}
        assert len(again.changes("person").changes) == 5


def state_of_before(file: Path, newer: Path) -> None:
    """Make a state as version 0.1 made it, with what another one holds."""
    file.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        settings = Config()
        settings.set_main_option("script_location", "bartack.store:migrations")
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    engine.dispose()
    with sqlite3.connect(file) as copying:
        copying.execute("ATTACH ? AS newer", (str(newer),))
        for table in ("runs", "counts", "records", "streams"):
            names = ", ".join(row[1] for row in copying.execute(f"PRAGMA main.table_info(bartack_{table})"))
            copying.execute(f"INSERT INTO main.bartack_{table} ({names}) SELECT {names} FROM newer.bartack_{table}")
    copying.close()


def test_a_question_never_asks_a_source(tmp_path: Path) -> None:
    estate = Estate([person(1)])
    kind: type[NumberedConnector] = numbered(people=estate)
    with synced(kind, tmp_path) as hub:
        asked = len(estate.asked)
        hub.query("person")
        hub.search("person", "person")
        hub.changes()
        hub.standings()
        assert len(estate.asked) == asked


def test_a_stored_value_that_is_none_any_more_is_counted_and_not_hidden(tmp_path: Path) -> None:
    from sqlalchemy import update

    from bartack.store.tables import records

    with synced(people(person(1), person(2)), tmp_path) as hub:
        hub.query("person")
        with hub.store.write() as connection:
            connection.execute(update(records).where(records.c.id == "00001").values(value='{"kind":"contact"}'))
        answer = hub.query("person")
        assert [record.ref.id for record in answer.records] == ["00002"]
        assert answer.verdict.completeness == "partial"
        assert "1 stored records are not of their contract any more" in answer.verdict.reasons[0]


def test_an_index_that_is_whole_is_not_taken_for_damaged(tmp_path: Path) -> None:
    with synced(people(*rows()), tmp_path) as hub:
        assert found(hub, "zoe")
        assert hub.store.database.damage() == []
