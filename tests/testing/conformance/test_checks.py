"""Each check finds the one thing that it is there for: for every one there is a connector that fails it, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.catalogue import CHECKS
from bartack.testing.conformance.requirements import missing
from support.conforming import broken_connectors, broken_streams
from support.conforming.workbench import Workbench

Making = Callable[[Workbench], Bench]

BROKEN: dict[str, Making] = {
    **{name: lambda bench, stream=stream: bench(stream) for name, stream in broken_streams.BROKEN.items()},  # type: ignore[misc]
    **broken_connectors.BROKEN,
}


def failed(bench: Bench) -> dict[str, str]:
    held = [one for one in CHECKS if missing(one.needs, bench) is None]
    return {one.name: failure for one in held if (failure := one.failure(bench))}


def test_the_reference_connector_passes_every_check(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)()
    assert [one.name for one in CHECKS if missing(one.needs, bench)] == []
    assert failed(bench) == {}


def test_for_every_check_there_is_a_connector_that_is_broken_so() -> None:
    assert sorted(BROKEN) == sorted(one.name for one in CHECKS)
    assert len(CHECKS) >= 60


@pytest.mark.parametrize("name", [one.name for one in CHECKS])
def test_a_broken_connector_fails_its_own_check_and_no_other(name: str, tmp_path: Path) -> None:
    found = failed(BROKEN[name](Workbench(tmp_path)))
    assert list(found) == [name], found
    assert "repair: " in found[name]
