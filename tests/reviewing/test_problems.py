"""What is reported of a record waits for a person, is counted, kept in bounds, and leaves with the person it is about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bartack.errors import ConfigError, ConflictError
from bartack.hub import Hub
from bartack.reviewing.problems import LONGEST, MOST
from bartack.store.retention import retain
from support.numbered import NOW, Estate, hub_of, numbered, person


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    opened = hub_of(numbered(people=Estate([person(1), person(2)])), tmp_path)
    list(opened.sync())
    return opened


def test_a_report_waits_with_the_payload_it_was_made_of_and_changes_nothing_else(hub: Hub) -> None:
    record = hub.get("crm/people/00001", cached=True)
    books = hub.audit().balances
    done = hub.review.problems.report(record, "the name is somebody else's", field="name.full", by="agent")
    (problem,) = hub.review.problems.list()
    assert (problem.number, problem.ref, problem.field, problem.who) == (done.number, record.ref, "name.full", "agent")
    assert problem.digest == record.provenance.payload
    assert hub.get("crm/people/00001", cached=True) == record
    assert hub.audit().balances == books
    assert hub.review.list() == ()


def test_the_same_report_is_counted_and_waits_once(hub: Hub) -> None:
    record = hub.get("crm/people/00001", cached=True)
    first = hub.review.problems.report(record, "wrong", by="agent")
    again = hub.review.problems.report(record, "wrong", by="agent")
    assert (again.number, first.new, again.new) == (first.number, True, False)
    assert [one.times for one in hub.review.problems.list()] == [2]
    assert hub.review.problems.report(record, "wrong", by="another").new
    assert hub.review.problems.report(record, "wrong", field="name.full", by="agent").new


def test_a_report_stays_through_syncs_until_a_person_has_looked(hub: Hub) -> None:
    done = hub.review.problems.report(hub.get("crm/people/00001", cached=True), "wrong", by="agent")
    list(hub.sync(full=True))
    hub.review.retry()
    assert [one.number for one in hub.review.problems.list()] == [done.number]
    settled = hub.review.problems.settle(done.number, by="zoe", note="corrected at the source")
    assert (settled.state, settled.settled_by, settled.note) == ("settled", "zoe", "corrected at the source")
    assert hub.review.problems.list() == ()
    assert len(hub.review.problems.list(state=None)) == 1
    with pytest.raises(ConflictError, match="zoe has settled it"):
        hub.review.problems.settle(done.number, by="ann")
    with pytest.raises(ConfigError, match="no problem 99"):
        hub.review.problems.settle(99)


def test_who_reports_without_end_fills_nothing(hub: Hub) -> None:
    record = hub.get("crm/people/00001", cached=True)
    for number in range(MOST):
        hub.review.problems.report(record, f"wrong {number}", by="agent")
    with pytest.raises(ConflictError, match="wait already"):
        hub.review.problems.report(record, "one more", by="agent")
    assert len(hub.review.problems.list()) == MOST
    assert not hub.review.problems.report(record, "wrong 1", by="agent").new
    for words in ("", " \u200b ", "x" * (LONGEST + 1)):
        with pytest.raises(ConfigError):
            hub.review.problems.report(record, words, by="other")


def test_words_are_kept_without_what_no_reader_sees(hub: Hub) -> None:
    hub.review.problems.report(hub.get("crm/people/00001", cached=True), "wrong\u202e\x1b[2J\U000e0041", by="agent")
    assert hub.review.problems.list()[0].words == "wrong[2J"


def test_an_erased_person_leaves_no_report(hub: Hub) -> None:
    hub.review.problems.report(hub.get("crm/people/00001", cached=True), "is really zoe@example.org", by="agent")
    assert [one.where for one in hub.governance.find({"email": "zoe@example.org"}).found] == [("problem 1",)]
    hub.governance.erase(["crm/people/00001"])
    assert hub.review.problems.list(state=None) == ()


def test_settled_reports_are_kept_as_long_as_decided_rejects(tmp_path: Path) -> None:
    hub = hub_of(numbered(people=Estate([person(1)])), tmp_path, keep={"rejects": "30d"})
    list(hub.sync())
    record = hub.get("crm/people/00001", cached=True)
    done = hub.review.problems.report(record, "wrong", by="agent")
    hub.review.problems.report(record, "wrong still", by="agent")
    hub.review.problems.settle(done.number)
    keep = hub.config.sources["crm"].keep
    retain(hub.store.database, "crm", keep, None, NOW + timedelta(days=29))
    assert len(hub.review.problems.list(state=None)) == 2
    retain(hub.store.database, "crm", keep, None, NOW + timedelta(days=31))
    assert [one.words for one in hub.review.problems.list(state=None)] == ["wrong still"]


def test_words_about_a_source_that_is_masked_are_not_shown(tmp_path: Path) -> None:
    hub = hub_of(numbered(people=Estate([person(1)])), tmp_path, keep={"mask": True})
    list(hub.sync())
    hub.review.problems.report(hub.get("crm/people/00001", cached=True), "it is Zoe", by="agent")
    assert [one.words for one in hub.review.problems.list()] == ["***"]
