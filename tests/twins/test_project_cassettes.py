"""Every cassette of the project is turned hostile, and no connector of the project is brought down by its twins."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartack import registry
from bartack.reading.replayed import source_of
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.recording.library import Entry, entries
from bartack.transports.base import Runtime
from bartack.twins import FAMILIES, try_twins

ROOT = Path(__file__).parents[2]
CASSETTES = list(entries(ROOT / "cassettes"))
ESTATE = ROOT / "connectors/bartack_connectors/demo/estate"


def feeds(entry: Entry) -> tuple[Cassette, list[Feed]]:
    """Return a cassette and what feeds on it, by what it says of itself."""
    cassette = Cassette.load(entry.path)
    plugins = registry.load({entry.connector})
    source = source_of(cassette.about, plugins, Runtime(base_dir=str(ESTATE)))
    return cassette, source.feeds(stream=entry.stream)


@pytest.mark.parametrize("entry", CASSETTES, ids=str)
def test_no_twin_of_a_cassette_is_too_much_for_its_connector(entry: Entry) -> None:
    cassette, found = feeds(entry)
    assert found
    for feed in found:
        trial = try_twins(feed, cassette, seed=1, count=45)
        assert not trial.violations, "\n".join(map(str, trial.violations))
        assert trial.count >= 20
        assert len(trial.tried) >= len(FAMILIES) - 1  # a recording without texts or codes has no meaning to lose


@pytest.mark.slow
@pytest.mark.parametrize("entry", CASSETTES, ids=str)
def test_not_one_of_all_twins_is(entry: Entry) -> None:
    cassette, found = feeds(entry)
    for feed in found:
        for seed in range(3):
            trial = try_twins(feed, cassette, seed=seed)
            assert not trial.violations, "\n".join(map(str, trial.violations))
