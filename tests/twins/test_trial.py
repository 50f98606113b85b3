"""The judge of twins: a good connector survives all of them, and each broken one is caught at what it does wrong."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError, RecordingError
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.twins import FAMILIES, Trial, mutants, try_twins
from bartack.twins.watching import CANARY
from support.twin_subjects import (
    Careless,
    Drops,
    Hangs,
    Insists,
    Repairs,
    Shows,
    Swallows,
    Trusts,
    crm_cassette,
    crm_feed,
)


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return crm_feed(tmp_path_factory.mktemp("crm"))


def kinds(trial: Trial) -> set[str]:
    return {one.kind for one in trial.violations}


def broken(feed: Feed, how: type[Careless]) -> Feed:
    return replace(feed, stream=how(feed.stream))


def test_a_good_connector_survives_every_twin(feed: Feed) -> None:
    trial = try_twins(feed, crm_cassette(), seed=3)
    assert not trial.violations, "\n".join(map(str, trial.violations))
    assert set(trial.tried) == set(FAMILIES)
    assert trial.count > 350
    told = {end for family in trial.ends.values() for end in family}
    assert {"complete", "partial", "WireError", "SourceChangedError", "SourceUnavailableError", "AccessError"} <= told


@pytest.mark.parametrize(
    ("how", "family", "kind"),
    [
        (Swallows, "bodies", "books lost"),
        (Drops, "presence", "books"),
        (Trusts, "types", "crash"),
        (Repairs, "presence", "changed"),
        (Insists, "statuses", "hang"),
    ],
)
def test_a_broken_connector_is_caught_at_what_it_does_wrong(
    feed: Feed, how: type[Careless], family: str, kind: str
) -> None:
    assert kinds(try_twins(broken(feed, how), crm_cassette(), seed=3, families=[family])) == {*kind.split()}


def test_careless_alone_is_not_what_is_caught(feed: Feed) -> None:
    assert try_twins(broken(feed, Careless), crm_cassette(), seed=3, count=150).survived


def test_a_row_that_is_left_out_is_missed(feed: Feed) -> None:
    trial = try_twins(broken(feed, Drops), crm_cassette(), seed=3, families=["presence"])
    assert any("rows were sent" in one.said and "email" in one.twin.name for one in trial.violations)


def test_a_connector_that_waits_for_ever_is_ended(feed: Feed) -> None:
    trial = try_twins(broken(feed, Hangs), crm_cassette(), seed=3, count=6, families=["presence"], deadline=0.2)
    rows = [one for one in trial.violations if one.kind == "hang"]
    assert rows
    assert all("row " in one.twin.name for one in rows)
    assert any(thread.name == "twin" and thread.daemon for thread in threading.enumerate())


def test_a_secret_that_comes_out_is_seen(feed: Feed) -> None:
    shows = Shows(**{one.name: getattr(feed, one.name) for one in fields(feed)})
    trial = try_twins(shows, crm_cassette(), seed=3, families=["texts"])
    assert kinds(trial) == {"leak"}
    assert CANARY not in str(trial.violations)


def test_a_record_that_breaks_its_contract_is_seen(feed: Feed) -> None:
    class Invents(type(feed.mapping)):  # type: ignore[misc]  # the class of a value
        def page(self, rows: Any, ledger: Any) -> Any:
            outcomes = super().page(rows, ledger)
            return [
                one._replace(value=one.value.model_copy(update={"birth_date": "soon"}))
                if one.value is not None and one.value.birth_date is None
                else one
                for one in outcomes
            ]

    mapping = Invents(**{one.name: getattr(feed.mapping, one.name) for one in fields(feed.mapping)})
    trial = try_twins(replace(feed, mapping=mapping), crm_cassette(), seed=3, families=["presence"])
    assert "invalid" in kinds(trial)


def test_the_same_seed_gives_the_same_twins_byte_for_byte(feed: Feed, tmp_path: Path) -> None:
    def written(seed: int) -> list[tuple[str, str, list[bytes]]]:
        twins = (one for one in mutants(crm_cassette(), feed, seed=seed) if "bomb" not in one.name)
        return [(one.name, one.said, [item.response.body for item in one.cassette.interactions]) for one in twins]

    assert written(5) == written(5)
    assert written(5) != written(6)


def test_a_twin_is_a_cassette_that_can_be_kept(feed: Feed, tmp_path: Path) -> None:
    for twin in list(mutants(crm_cassette(), feed, seed=5, families=["types", "paging", "meaning"]))[:60]:
        kept = Cassette(tmp_path / "twin.yaml", twin.cassette.interactions)
        kept.save()
        assert Cassette.load(kept.path).interactions == kept.interactions, twin.name


def test_families_take_turns(feed: Feed) -> None:
    first = [one.family for one, _ in zip(mutants(crm_cassette(), feed), range(len(FAMILIES)), strict=False)]
    assert first == list(FAMILIES)


def test_a_family_nobody_knows_is_named(feed: Feed) -> None:
    with pytest.raises(ConfigError, match="did you mean 'paging'"):
        try_twins(feed, crm_cassette(), families=["pagin"])


def test_a_recording_of_another_stream_is_refused(feed: Feed) -> None:
    with pytest.raises(RecordingError, match="crm/people cannot be read from it"):
        try_twins(feed, Cassette(Path("x.yaml"), crm_cassette().interactions[1:]))
