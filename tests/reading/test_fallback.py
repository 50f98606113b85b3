"""When a source is down, the store answers: with its age, and never mixed with anything without saying so."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack import aio
from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    IncompleteRead,
    RecordingError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    StoreError,
    WireError,
)
from bartack.events import Event
from bartack.frontends.cli import main
from bartack.hub import Hub
from bartack.reading.fallback import age_in_words
from bartack.sdk import Page
from bartack_contracts import Person, Record
from support.told import NOW, Told, hub, page, person

DOWN = SourceUnavailableError("connection refused")
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
  updated_at: {path: changed, use: {datetime: {format: iso}}}
  deleted: gone
"""


@dataclass
class Estate:
    """Sources that can be switched off, a clock that can be put forward, and a store that remembers."""

    folder: Path
    now: datetime = NOW
    says: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def stream(self, source: str) -> Told:
        """Return a stream of one page, or error: what the source says at the moment."""

        def said() -> Any:
            self.asked.append(source)
            return self.says[source]

        return Told("people", (said,))

    def hub(self) -> Hub:
        streams = {name: [self.stream(name)] for name in self.says}
        return hub(self.folder, sources=streams, clock=lambda: self.now, how={"listener": self.events.append})

    def people(self, *numbers: int, **said: Any) -> Page:
        return page(*(person(number) for number in numbers), fetched_at=self.now, **said)

    def later(self, **by: int) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    """One source ``crm`` whose two people were synced at NOW."""
    made = Estate(tmp_path)
    made.says["crm"] = made.people(1, 2)
    with made.hub() as synced:
        assert [one.state for one in synced.sync()] == ["published"]
    made.asked.clear()
    return made


def ids(records: Any) -> list[str]:
    return [str(record.ref) for record in records]


def test_a_source_that_is_down_is_answered_for_with_the_age_of_the_answer(estate: Estate) -> None:
    estate.says["crm"] = DOWN
    estate.later(hours=14)
    people = estate.hub().read(Person)
    records = list(people)
    assert ids(records) == ["crm/people/1", "crm/people/2"]
    assert {(record.freshness, record.as_of) for record in records} == {("stale", NOW)}
    (stream,) = people.report.streams
    assert (stream.completeness, stream.freshness, stream.as_of, stream.rows) == ("complete", "stale", NOW, 2)
    verdict = people.report.verdict
    assert (verdict.completeness, verdict.freshness, verdict.as_of) == ("complete", "stale", NOW)
    assert verdict.reasons == (
        "crm/people: stale: served from the store as of 2026-11-23 10:00:00Z (14 h old):"
        " SourceUnavailableError: connection refused",
    )
    assert people.errors == (DOWN,)


@pytest.mark.parametrize(
    "error",
    [
        SourceUnavailableError("breaker open"),
        WireError("cut"),
        SourceChangedError("'items' is missing"),
        SourceRefusedError("internal error"),
    ],
)
def test_the_store_answers_for_what_ails_the_source(estate: Estate, error: BartackError) -> None:
    estate.says["crm"] = error
    assert len(estate.hub().read(Person).require(complete=True)) == 2


@pytest.mark.parametrize(
    "error", [AccessError("the token was revoked"), ConfigError("no such setting"), RecordingError("no cassette")]
)
def test_lost_access_and_mistakes_of_ones_own_are_never_papered_over(estate: Estate, error: BartackError) -> None:
    estate.says["crm"] = error
    with pytest.raises(type(error), match=error.message):
        list(estate.hub().read(Person))
    with pytest.raises(type(error), match=error.message):
        estate.hub().get("crm/people/1")


def test_where_the_store_has_nothing_the_error_is_seen_and_no_store_is_made(tmp_path: Path) -> None:
    estate = Estate(tmp_path, says={"crm": DOWN})
    with pytest.raises(SourceUnavailableError, match="connection refused"):
        list(estate.hub().read(Person))
    assert not (tmp_path / ".bartack").exists()


def test_a_contract_that_was_never_synced_is_not_known_to_be_empty(estate: Estate) -> None:
    (estate.folder / "firms.yaml").write_text("contract: organization/1\nfields: {name: name}\n")
    mapped = hub(estate.folder, Told("people", (DOWN,), mapping=("people.yaml", "firms.yaml")))
    assert len(list(mapped.read("person"))) == 2
    with pytest.raises(SourceUnavailableError, match="connection refused"):
        list(mapped.read("organization"))


def test_rows_that_came_are_never_continued_from_the_store(tmp_path: Path) -> None:
    made = hub(tmp_path, Told("people", (page(person(1), person(2)),)))
    list(made.sync())
    failing = hub(tmp_path, Told("people", (page(person(1), next="a"), DOWN)))
    people = failing.read(Person, allow_partial=True)
    assert [(record.ref.id, record.freshness) for record in people] == [("1", "live")]
    assert (people.report.verdict.completeness, people.report.verdict.freshness) == ("partial", "live")


def test_a_session_that_cannot_be_opened_is_a_source_that_is_down(estate: Estate) -> None:
    made = hub(estate.folder, estate.stream("crm"), unopenable=DOWN)
    people = made.read(Person)
    assert [record.freshness for record in people] == ["stale", "stale"]


def test_of_two_sources_each_record_and_each_stream_says_what_it_is(estate: Estate) -> None:
    estate.later(hours=2)
    estate.says = {"crm": DOWN, "erp": estate.people(9)}
    people = estate.hub().read(Person)
    assert [(str(record.ref), record.freshness) for record in people] == [
        ("crm/people/1", "stale"),
        ("crm/people/2", "stale"),
        ("erp/people/9", "live"),
    ]
    assert [(one.source, one.freshness, one.as_of) for one in people.report.streams] == [
        ("crm", "stale", NOW),
        ("erp", "live", estate.now),
    ]
    assert (people.report.verdict.freshness, people.report.verdict.as_of) == ("stale", NOW)


# -- live, cached, max_age --------------------------------------------------------------------------------------------


def test_live_never_answers_from_the_store(estate: Estate) -> None:
    estate.says["crm"] = DOWN
    with pytest.raises(SourceUnavailableError):
        list(estate.hub().read(Person, live=True))
    with pytest.raises(SourceUnavailableError):
        estate.hub().get("crm/people/1", live=True)


def test_cached_asks_nobody(estate: Estate) -> None:
    estate.later(days=3)
    people = estate.hub().read(Person, cached=True)
    assert {record.freshness for record in people} == {"cached"}
    assert "cached: served from the store as of 2026-11-23 10:00:00Z (3 days old)" in people.report.verdict.reasons[0]
    assert people.report.verdict.completeness == "complete"
    assert people.errors == ()
    assert estate.hub().get("crm/people/2", cached=True).as_of == NOW
    assert estate.asked == []


def test_cached_without_a_sync_says_what_to_do(tmp_path: Path) -> None:
    estate = Estate(tmp_path, says={"crm": DOWN})
    with pytest.raises(AccessError, match="nothing of it is in the store") as caught:
        list(estate.hub().read(Person, cached=True))
    assert caught.value.next_step == "bartack sync crm"
    with pytest.raises(AccessError, match="nothing of it is in the store"):
        estate.hub().get("crm/people/1", cached=True)
    assert estate.asked == []


def test_a_snapshot_as_young_as_wanted_answers_at_once_and_an_older_one_not_at_all(estate: Estate) -> None:
    estate.later(minutes=59)
    assert {record.freshness for record in estate.hub().read(Person, max_age="1h")} == {"cached"}
    assert estate.hub().get("crm/people/1", max_age="1h").freshness == "cached"
    assert estate.asked == []
    estate.later(minutes=2)
    estate.says["crm"] = estate.people(1, 2, 3)
    assert {record.freshness for record in estate.hub().read(Person, max_age="1h")} == {"live"}
    assert estate.hub().get("crm/people/1", max_age="1h").freshness == "live"


def test_a_stale_answer_older_than_wanted_is_refused_before_its_first_record(estate: Estate) -> None:
    estate.later(hours=2)
    estate.says["crm"] = DOWN
    people = estate.hub().read(Person, max_age="1h")
    with pytest.raises(IncompleteRead, match=r"too_old: .*2 h old.* 1 h is allowed: .*connection refused") as caught:
        next(iter(people))
    assert caught.value.report.verdict.completeness == "failed"
    assert caught.value.report.verdict.freshness == "live"  # nothing was served
    with pytest.raises(IncompleteRead, match="too_old"):
        estate.hub().get("crm/people/1", max_age="1h")
    with pytest.raises(IncompleteRead, match="too_old"):
        list(estate.hub().read(Person, cached=True, max_age="1h"))


def test_require_holds_a_stale_answer_against_its_age(estate: Estate) -> None:
    estate.later(hours=2)
    estate.says["crm"] = DOWN
    with pytest.raises(IncompleteRead, match="7200 s old, 3600 s are allowed"):
        estate.hub().read(Person).require(complete=True, max_age="1h")
    staged = estate.hub().read(Person).require(complete=True, max_age="3h")
    assert (len(staged), staged.report.verdict.freshness) == (2, "stale")


@pytest.mark.parametrize("wishes", [{"live": True, "cached": True}, {"live": True, "max_age": "1h"}])
def test_wishes_that_exclude_each_other_are_refused(estate: Estate, wishes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        estate.hub().read(Person, **wishes)


@pytest.mark.parametrize("age", ["soon", "1", "h", "-1h", -1, "nanh", "infd", float("nan")])
def test_an_age_that_is_none_is_refused(estate: Estate, age: Any) -> None:
    with pytest.raises(ConfigError, match="no age"):
        estate.hub().read(Person, max_age=age)


# -- one record -------------------------------------------------------------------------------------------------------


def test_get_answers_from_the_store_when_the_source_is_down(estate: Estate) -> None:
    estate.says["crm"] = DOWN
    record = estate.hub().get("crm/people/2")
    assert (record.value.name.full, record.freshness, record.as_of) == ("Person 2", "stale", NOW)
    assert Record[Person].model_validate_json(record.model_dump_json()) == record


def test_a_record_the_store_does_not_know_either_is_the_sources_error(estate: Estate) -> None:
    estate.says["crm"] = DOWN
    with pytest.raises(SourceUnavailableError, match="connection refused"):
        estate.hub().get("crm/people/99")


def test_a_record_the_source_does_not_have_is_not_brought_back_from_the_store(estate: Estate) -> None:
    estate.says["crm"] = estate.people(1)
    with pytest.raises(AccessError, match="no such record"):
        estate.hub().get("crm/people/2")


def test_a_record_missing_in_a_read_with_gaps_is_not_said_to_be_gone(tmp_path: Path) -> None:
    made = hub(tmp_path, Told("people", (page(person(1), total=5),)))
    assert made.get("crm/people/1").freshness == "live"
    with pytest.raises(IncompleteRead, match="total_mismatch"):
        made.get("crm/people/2")


# -- parts of a snapshot ----------------------------------------------------------------------------------------------


def test_since_and_limit_hold_for_stored_answers(tmp_path: Path) -> None:
    old, new = NOW - timedelta(days=9), NOW - timedelta(days=1)
    rows = [person(1, changed=old.isoformat()), person(2, changed=new.isoformat()), person(3)]
    estate = Estate(tmp_path, says={"crm": page(*rows)})
    synced = estate.hub()
    (tmp_path / "people.yaml").write_text(MAPPING)
    list(synced.sync())
    estate.says["crm"] = DOWN

    def asked(**how: Any) -> Any:
        made = estate.hub()
        (tmp_path / "people.yaml").write_text(MAPPING)
        people = made.read(Person, **how)
        return ids(people), people.report.verdict

    found, verdict = asked(since=NOW - timedelta(days=2))
    assert found == ["crm/people/2", "crm/people/3"]
    assert "since: 1 stored records do not say when they were changed" in " ".join(verdict.reasons)
    found, verdict = asked(limit=2)
    assert (found, verdict.completeness, verdict.freshness) == (["crm/people/1", "crm/people/2"], "limited", "stale")
    found, verdict = asked(limit=3)
    assert (len(found), verdict.completeness) == (3, "complete")


def test_an_empty_answer_is_held_against_what_the_store_knows(estate: Estate) -> None:
    estate.says["crm"] = estate.people()
    people = estate.hub().read(Person, allow_partial=True)
    assert list(people) == []
    assert people.report.verdict.completeness == "suspicious_empty"
    assert "there were 2 records" in " ".join(people.report.verdict.reasons)
    with pytest.raises(IncompleteRead, match="there were 2 records"):
        list(estate.hub().read(Person, live=True))


# -- the store itself -------------------------------------------------------------------------------------------------


def test_a_damaged_store_hides_no_error_of_the_source(estate: Estate) -> None:
    (estate.folder / ".bartack" / "state.sqlite").write_bytes(b"no database at all" * 100)
    estate.says["crm"] = DOWN
    people = estate.hub().read(Person)
    with pytest.raises(SourceUnavailableError):
        list(people)
    assert "no answer from the store either: StoreError" in " ".join(people.report.verdict.reasons)
    with pytest.raises(StoreError):
        list(estate.hub().read(Person, cached=True))
    with pytest.raises(SourceUnavailableError):
        estate.hub().get("crm/people/1")


def test_a_stored_record_that_is_none_any_more_is_an_error_of_the_store(estate: Estate) -> None:
    with closing(sqlite3.connect(estate.folder / ".bartack" / "state.sqlite")) as database:
        database.execute("UPDATE bartack_records SET value = '{\"kind\": \"contact\"}' WHERE id = '2'")
        database.commit()
    estate.says["crm"] = DOWN
    people = estate.hub().read(Person, allow_partial=True)
    assert ids(people) == ["crm/people/1"]
    assert people.report.verdict.completeness == "partial"
    assert "the stored record is no person/1" in " ".join(people.report.verdict.reasons)
    with pytest.raises(StoreError, match="crm/people/2: the stored record is no person/1"):
        estate.hub().get("crm/people/2", cached=True)


def test_a_damaged_store_does_not_hinder_a_live_read(estate: Estate) -> None:
    (estate.folder / ".bartack" / "state.sqlite").write_bytes(b"no database at all" * 100)
    staged = estate.hub().read(Person).require(complete=True)
    assert len(staged) == 2
    assert "surprises cannot be told from what is usual: StoreError" in staged.report.verdict.reasons[0]


@pytest.mark.parametrize("wish", [{}, {"live": True}])
def test_what_the_store_knows_makes_a_surprise_of_what_a_live_read_brings(tmp_path: Path, wish: dict[str, Any]) -> None:
    rows = [person(number) for number in range(1, 61)]
    with hub(tmp_path, Told("people", (page(*rows),))) as synced:
        assert [one.state for one in synced.sync()] == ["published"]
    told = Told("people", (page(*(row | {"vip": True} for row in rows)),))
    warned = hub(tmp_path, told).read(Person, **wish)
    assert [issue.code for record in warned for issue in record.issues] == ["surprise.new_field"]
    stopped = hub(tmp_path, told, surprises={"new_field": "stop"}).read(Person, **wish, allow_partial=True)
    assert {record.freshness for record in stopped} == ({"stale"} if not wish else set())
    assert "vip" in " ".join(stopped.report.verdict.reasons)


def test_a_read_without_a_store_needs_no_database(tmp_path: Path) -> None:
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from support.told import Told, hub, page, person
read = hub(Path(sys.argv[2]), Told("people", (page(person(1)),))).read("person")
print(len(list(read)), "sqlalchemy" in sys.modules)
"""
    tests = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code, tests, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]


def test_an_event_tells_that_the_store_answered(estate: Estate) -> None:
    estate.says["crm"] = DOWN
    estate.later(hours=1)
    list(estate.hub().read(Person))
    (event,) = [one for one in estate.events if one.step == "fallback"]
    assert (event.source, event.stream, event.outcome) == ("crm", "people", "SourceUnavailableError")
    assert (event.attributes["age"], event.attributes["error"]) == (3600.0, "SourceUnavailableError")
    reads = [(one.attributes["freshness"], one.attributes["rows"]) for one in estate.events if one.step == "read"]
    assert reads == [("live", 0), ("stale", 2)]


def test_an_hour_of_outage_is_answered_throughout_and_the_first_answer_after_it_is_fresh(estate: Estate) -> None:
    """Static stability: an answer a minute, all of them with their age; nothing lingers when the source is back."""
    estate.says["crm"] = DOWN
    made = estate.hub()
    ages = []
    for _ in range(60):
        estate.later(minutes=1)
        people = made.read(Person)
        records = list(people)
        assert len(records) == 2
        assert {(record.freshness, record.as_of) for record in records} == {("stale", NOW)}
        ages.append((estate.now - (people.report.verdict.as_of or estate.now)).total_seconds())
    assert ages == [60.0 * minute for minute in range(1, 61)]
    estate.says["crm"] = estate.people(1, 2, 3)
    people = made.read(Person)
    assert {record.freshness for record in people} == {"live"}
    assert (people.report.verdict.freshness, people.report.verdict.delivered) == ("live", 3)


def test_the_asynchronous_hub_passes_the_same_wishes_on(estate: Estate) -> None:
    async def run() -> Any:
        hub = aio.AsyncHub(estate.hub())
        people = hub.read(Person, cached=True)
        return [record async for record in people], people.report, await hub.get("crm/people/1", cached=True)

    records, report, one = asyncio.run(run())
    assert {record.freshness for record in records} == {"cached"} == {one.freshness}
    assert report.verdict.freshness == "cached"
    estate.says["crm"] = DOWN

    async def stale() -> Any:
        people = aio.AsyncHub(estate.hub()).read(Person)
        return [record.freshness async for record in people], people.report.verdict.freshness

    assert asyncio.run(stale()) == (["stale", "stale"], "stale")


# -- any mixture ------------------------------------------------------------------------------------------------------

SAYS: dict[str, tuple[Any, ...]] = {
    "answers": (page(person(7), person(8)),),
    "is down": (DOWN,),
    "has changed": (SourceChangedError("'items' is missing"),),
    "refuses us": (AccessError("revoked"),),
    "fails midway": (page(person(7), next="a"), DOWN),
}
WISHES: list[dict[str, Any]] = [{}, {"live": True}, {"cached": True}, {"max_age": "1h"}]


def oracle(says: str, *, stored: bool, wish: dict[str, Any], age: timedelta) -> tuple[str, str]:
    """What one stream's answer must be: completeness and freshness, from the rules as the documentation tells them."""
    young = "max_age" not in wish or age <= timedelta(hours=1)
    if "cached" in wish:
        return ("complete", "cached") if stored else ("failed", "live")
    if "max_age" in wish and stored and young:
        return "complete", "cached"
    if says == "answers":
        return "complete", "live"
    if says == "fails midway":
        return "partial", "live"
    outage = says in ("is down", "has changed")
    return ("complete", "stale") if outage and stored and young and "live" not in wish else ("failed", "live")


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that knows the sources ``a`` and ``b``, and nothing of ``c``."""
    folder = tmp_path_factory.mktemp("synced")
    list(hub(folder, sources={name: [Told("people", (page(person(1)),))] for name in "ab"}).sync())
    return folder


@given(
    says=st.fixed_dictionaries({name: st.sampled_from(sorted(SAYS)) for name in "abc"}),
    wish=st.sampled_from(WISHES),
    age=st.sampled_from([timedelta(minutes=5), timedelta(hours=3)]),
)
def test_whatever_mixture_of_sources_nothing_is_taken_for_fresher_than_it_is(
    synced: Path, says: dict[str, str], wish: dict[str, Any], age: timedelta
) -> None:
    sources = {name: [Told("people", SAYS[said])] for name, said in says.items()}
    read = hub(synced, sources=sources, clock=lambda: NOW + age).read(Person, allow_partial=True, **wish)
    records = list(read)
    found = {one.source: one for one in read.report.streams}
    expected = {name: oracle(said, stored=name != "c", wish=wish, age=age) for name, said in says.items()}
    assert {name: (one.completeness, one.freshness) for name, one in found.items()} == expected
    for record in records:  # a stream is one thing or the other, and each of its records says the same
        stream = found[record.ref.source]
        assert record.freshness == stream.freshness
        assert record.as_of == (None if stream.freshness == "live" else NOW)
        assert (record.ref.id == "1") == (stream.freshness != "live")
    served = {freshness for _, freshness in expected.values()}
    verdict = read.report.verdict
    assert verdict.freshness == ("stale" if "stale" in served else "cached" if "cached" in served else "live")
    assert verdict.freshness == "live" or verdict.as_of == NOW
    assert {one.completeness for one in found.values()} == {"complete"} or verdict.completeness != "complete"


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(laid_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The demo's estate, its source ``legacy`` synced, and then its table renamed by somebody."""
    folder = Path(shutil.copytree(laid_out, tmp_path / "estate"))
    assert main(["sync", "legacy", "--stream", "customers", "--config", str(folder)]) == 1
    with closing(sqlite3.connect(folder / "legacy.db")) as database:
        database.execute("ALTER TABLE KUNDEN RENAME TO KUNDEN_2")
    capsys.readouterr()
    return folder


def test_the_command_line_serves_what_is_stale_says_so_and_ends_with_a_finding(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", "person", "--source", "legacy", "--config", str(demo)]) == 1
    told = capsys.readouterr()
    assert "complete, stale as of" in told.out
    assert "served from the store as of" in told.out
    assert "freshness" in told.out
    assert "Zoë Müller" in told.out
    assert main(["get", "legacy/customers/00000101", "--config", str(demo)]) == 1
    told = capsys.readouterr()
    assert '"freshness": "stale"' in told.out
    assert "stale: from the store, as of" in told.err
    assert "bartack check legacy says why" in told.err


def test_the_command_line_chooses_between_source_and_store(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read = ["read", "person", "--source", "legacy", "--config", str(demo)]
    assert main([*read, "--live"]) in (2, 3)
    capsys.readouterr()
    status = main([*read, "--cached"])
    assert "cached as of" in capsys.readouterr().out
    assert status == 0
    assert main([*read, "--max-age", "1h", "--json"]) == 0
    assert '"freshness": "cached"' in capsys.readouterr().out
    assert main(["get", "legacy/customers/00000101", "--cached", "--config", str(demo)]) == 0
    with pytest.raises(SystemExit):
        main([*read, "--live", "--cached"])
    assert main([*read, "--live", "--max-age", "1h"]) == 2
    capsys.readouterr()
    assert main([*read, "--cached", "--max-age", "0s"]) == 1  # no source failed: the answer is not good enough
    assert "too_old" in capsys.readouterr().out
    assert main([*read, "--max-age", "0s"]) == 3


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (172800, "2 days")]
)
def test_ages_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert age_in_words(seconds) == words
