"""Every answer says how far each stream behind it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError, SourceUnavailableError
from bartack.hub import Hub
from support.ledger import assert_balanced
from support.numbered import NOW, Estate, NumberedConnector, hub_of, numbered, person


def told(hub: Hub, **more: Any) -> tuple[str | None, str | None, tuple[str, ...]]:
    (one,) = hub.standings("person", **more)
    return one.completeness, one.freshness, one.reasons


def test_what_was_synced_well_is_cached_and_as_old_as_it_is(tmp_path: Path, store: dict[str, Any] | None) -> None:
    now = [NOW]
    with hub_of(
        numbered(people=Estate([person(1), person(2, " ")])), tmp_path, store=store, clock=lambda: now[0]
    ) as hub:
        list(hub.sync())
        now[0] = NOW + timedelta(minutes=90)
        (one,) = hub.standings("person")
        assert (one.completeness, one.freshness, one.reasons) == ("complete", "cached", ())
        assert (one.records, one.waiting, one.as_of, one.age) == (1, 1, NOW, 5400.0)
        verdict = hub.query("person").verdict
        assert (verdict.completeness, verdict.freshness, verdict.as_of) == ("complete", "cached", NOW)
        assert hub.query("person").records[0].as_of == NOW


def test_what_is_older_than_asked_for_is_stale(tmp_path: Path) -> None:
    now = [NOW]
    with hub_of(numbered(people=Estate([person(1)])), tmp_path, clock=lambda: now[0]) as hub:
        list(hub.sync())
        now[0] = NOW + timedelta(hours=2)
        assert told(hub, max_age="3h")[1] == "cached"
        assert told(hub, max_age="1h")[1:] == ("stale", ("it is 2 h old, and 1 h was asked for",))
        answer = hub.search("person", "person", max_age="1h")
        assert (answer.verdict.freshness, answer.records[0].freshness) == ("stale", "stale")


def test_what_was_never_synced_is_no_answer(tmp_path: Path) -> None:
    with hub_of(numbered(people=Estate([person(1)])), tmp_path) as hub:
        assert told(hub) == (None, None, ("no sync has come to its end",))
        assert hub.query("person").verdict.completeness == "failed"


def down(kind: type[NumberedConnector], estate: Estate) -> None:
    def fails(_page: int) -> None:
        raise SourceUnavailableError("the connection was refused")

    estate.before_page = fails


def refused(kind: type[NumberedConnector], estate: Estate) -> None:
    kind.down.append(AccessError("the password is wrong"))


@pytest.mark.parametrize(
    ("breaks", "says"),
    [(down, "SourceUnavailableError: the connection was refused"), (refused, "AccessError: the password is wrong")],
)
def test_after_a_sync_that_failed_the_snapshot_is_stale_until_one_succeeds(
    tmp_path: Path, store: dict[str, Any] | None, breaks: Callable[..., None], says: str
) -> None:
    estate = Estate([person(1)])
    kind = numbered(people=estate)
    with hub_of(kind, tmp_path, store=store) as hub:
        list(hub.sync())
        breaks(kind, estate)
        list(hub.sync())
        completeness, freshness, (reason,) = told(hub)
        assert (completeness, freshness) == ("complete", "stale")
        assert reason == f"the sync of 2026-11-23 10:00 UTC failed: {says}"
        assert hub.query("person").verdict.freshness == "stale"
        (status,) = hub.status()
        assert status.state == "unfinished"
        assert status.last_run is not None
        assert status.last_run.error is not None
        kind.down.clear()
        estate.before_page = lambda _page: None
        list(hub.sync())
        assert told(hub) == ("complete", "cached", ())
        assert_balanced(hub)


def test_a_login_that_fails_leaves_the_place_of_an_interrupted_sync(tmp_path: Path) -> None:
    estate = Estate([person(number) for number in range(20)])
    kind = numbered(people=estate)
    with hub_of(kind, tmp_path) as hub:
        asked = iter([False])
        list(hub.sync(stop=lambda: next(asked, True)))
        refused(kind, estate)
        list(hub.sync())
        kind.down.clear()
        (ended,) = hub.sync()
        assert (ended.state, ended.went_on_after) == ("published", 1)


def test_a_snapshot_that_is_held_back_is_told_of(tmp_path: Path) -> None:
    estate = Estate([person(number) for number in range(30)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        list(hub.sync(full=True))
        estate.rows, estate.total = [], False
        list(hub.sync(full=True))
        completeness, freshness, (reason,) = told(hub)
        assert (completeness, freshness) == ("complete", "stale")
        assert "was held back" in reason
        assert hub.query("person").total == 30


def test_a_source_whose_configuration_is_wrong_makes_the_answer_partial_and_is_named(tmp_path: Path) -> None:
    good = hub_of(numbered(people=Estate([person(1)])), tmp_path, sources=("crm", "other"))
    with good as hub:
        list(hub.sync())
        prepared = hub.source

        def source(name: str) -> Any:
            if name == "other":
                raise ConfigError("token: the environment has no TOKEN")
            return prepared(name)

        hub.source = source  # type: ignore[method-assign]
        answer = hub.query("person")
        assert answer.total == 1
        assert answer.verdict.completeness == "partial"
        assert answer.standings[-1].reasons == ("ConfigError: token: the environment has no TOKEN",)


def test_a_stream_that_is_not_to_be_synced_is_not_asked_for(tmp_path: Path) -> None:
    estates = {"people": Estate([person(1)]), "others": Estate([person(2)])}
    with hub_of(numbered(**estates), tmp_path, sync={"streams": ["people"]}) as hub:
        list(hub.sync())
        assert [one.stream for one in hub.standings()] == ["people"]
        assert hub.query("person").verdict.completeness == "complete"
