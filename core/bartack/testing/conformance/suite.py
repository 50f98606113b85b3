"""The suite as pytest runs it: one test a check."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.catalogue import CHECKS
from bartack.testing.conformance.check import LEVELS, Check, Level
from bartack.testing.conformance.requirements import REQUIREMENTS, missing
from bartack.testing.tapes import cassette_folder

if TYPE_CHECKING:
    from bartack.sdk.connector import Connector

__all__ = ["ConformanceSuite"]


class ConformanceSuite:
    """Checks of one connector; a subclass named ``Test…`` is collected by pytest.

    Parameters
    ----------
    connector
        its name (of an installed plugin), or its class.
    cassettes
        folder of the recordings (default: the nearest one named ``cassettes`` at or above the test file).
    settings
        settings of the source, over those that the recordings tell.
    base_dir
        the folder that paths in settings and mapping files are relative to (default: that of the test file).
    level
        the level that is claimed: checks above it are not run.
    closed
        requirements that the connector does not meet, each with the reason: its checks are skipped, which lowers the level.
    """

    connector: ClassVar[str | type[Connector]]
    cassettes: ClassVar[str | Path | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    base_dir: ClassVar[str | Path | None] = None
    level: ClassVar[Level] = "complete"
    closed: ClassVar[Mapping[str, str]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each check."""
        if "conformance_check" in metafunc.fixturenames:
            held = [one for one in CHECKS if LEVELS.index(one.level) <= LEVELS.index(self.level)]
            metafunc.parametrize("conformance_check", held, ids=[one.id for one in held])

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Bench:
        """Put the connector on the bench: its recordings are read once for all checks."""
        test = Path(inspect.getfile(cls))
        folder = Path(cls.cassettes) if cls.cassettes is not None else cassette_folder(test)
        unknown = sorted(set(cls.closed) - set(REQUIREMENTS))
        if unknown:
            pytest.fail(f"closed: {unknown[0]!r} is no requirement ({', '.join(REQUIREMENTS)})", pytrace=False)
        base = Path(cls.base_dir) if cls.base_dir is not None else test.parent
        return Bench(cls.connector, folder, cls.settings, base, cls.closed)

    def test_conforms(self, conformance_check: Check, bench: Bench, request: pytest.FixtureRequest) -> None:
        """Hold the connector to one check."""
        about = {"connector": bench.name, "level": conformance_check.level, "check": conformance_check.name}
        note = request.node.user_properties.append
        for recording in bench.recordings:
            note(("bartack.played", str(recording.entry.path)))
        closed = next((need for need in conformance_check.needs if need in bench.closed), None)
        why = missing(conformance_check.needs, bench) if closed is None else f"closed: {bench.closed[closed]}"
        note(("bartack.check", json.dumps({**about, "closed": closed is not None})))
        if why is not None:
            pytest.skip(why)
        failure = conformance_check.failure(bench)
        if failure:
            pytest.fail(failure, pytrace=False)
