"""Fixtures for pytest: ``pytest_plugins = ["bartack.testing.plugin"]`` in the top ``conftest.py`` brings them.

``hub``
    the hub of the nearest ``bartack.toml``, its sources answered from the test's cassettes, at no time and with no network.
``cassette``
    the first cassette of the test, for a ``requests`` session of one's own.
``fault_server``, ``fake_clock``, ``network_fuse``
    a server that misbehaves, time that costs nothing, and a network that is off.

A test names its cassettes: ``@pytest.mark.cassette("crm/contacts/all.yaml", source="crm")``. ``pytest --record`` records those
that are missing, ``--record=again`` all; never in CI. A test that passes and leaves recorded interactions unasked fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from types import MappingProxyType

import pytest

from bartack import config as configuration
from bartack.config import Config
from bartack.hub import Hub
from bartack.reading.recorded import records_here
from bartack.recording.fuse import network_fuse as fused
from bartack.testing.clock import FakeClock
from bartack.testing.messages import Shape
from bartack.testing.plans import Plan
from bartack.testing.server import FaultServer, Handler
from bartack.testing.summary import print_summary
from bartack.testing.tapes import Tape, cassette_folder, overlaid

__all__ = ["bartack_config", "cassette", "fake_clock", "fault_server", "hub", "network_fuse"]


class _FailedError(Exception):
    """The test has failed while it was recorded."""


_PASSED = pytest.StashKey[bool]()
_TAPES = pytest.StashKey[tuple[Tape, ...]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--record``."""
    group = parser.getgroup("bartack")
    group.addoption(
        "--record",
        nargs="?",
        const="new",
        choices=("new", "again"),
        help="record the cassettes that are missing (new), or all (again)",
    )
    group.addoption("--conformance-report", metavar="FILE", help="write the levels reached, check by check, as JSON")
    parser.addini("bartack_cassettes", "folder of the cassettes (default: the nearest one named cassettes)", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse to record where nobody looks at it."""
    config.addinivalue_line(
        "markers", "cassette(path, source=None, spare=False): a recording that answers for a source, or for a session"
    )
    if config.getoption("--record") and not records_here(os.environ):
        raise pytest.UsageError(
            "CI never records: record on a machine of your own, look at the difference, and commit it"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Remember whether a test has passed: only then is its recording kept, and held against what was asked."""
    report = yield
    if call.when == "call":
        item.stash[_PASSED] = report.passed  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the cassettes of this run are worth."""
    print_summary(terminalreporter, config)


@pytest.fixture
def fake_clock(request: pytest.FixtureRequest) -> FakeClock:
    """Give a clock that stands where the test's first cassette was recorded, until somebody sleeps."""
    moments = [tape.cassette.about.recorded_at for tape in _tapes(request) if tape.mode == "replay"]
    return FakeClock(moments[0]) if moments and moments[0] is not None else FakeClock()


@pytest.fixture
def network_fuse() -> Iterator[None]:
    """Let no thread of this process open a connection while the test runs."""
    with fused():
        yield


@pytest.fixture
def bartack_config(request: pytest.FixtureRequest) -> Config:
    """Give the configuration of ``hub``: the nearest ``bartack.toml`` at or above the test file; override it for another."""
    return configuration.load(configuration.find(request.path.parent))


@pytest.fixture
def hub(request: pytest.FixtureRequest, bartack_config: Config) -> Iterator[Hub]:
    """Open a hub whose sources are answered from the test's cassettes; the network is off, and waiting costs nothing.

    While cassettes are recorded it is a hub like any other.
    """
    tapes = {tape.source: tape for tape in _tapes(request) if tape.source is not None}
    recorded = {name: str(tape.path) for name, tape in tapes.items() if tape.mode == "record"}
    if recorded:
        sources = {
            name: replace(one, record=recorded[name], replay=None) if name in recorded else one
            for name, one in bartack_config.sources.items()
        }
        with suppress(_FailedError), Hub(replace(bartack_config, sources=MappingProxyType(sources))) as opened:
            yield opened
            if not request.node.stash.get(_PASSED, False):
                raise _FailedError  # a recording of half a test must not replace a whole one
        return
    clock: FakeClock = request.getfixturevalue("fake_clock")
    replay = {name: tape.cassette for name, tape in tapes.items()}
    timeless = Hub(bartack_config, replay=replay, clock=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)
    with fused(), timeless as opened:
        yield opened
    _played(request, tapes.values())


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Tape]:
    """Give the test's first cassette that stands in for no source: ``cassette.session()`` is a session of ``requests``."""
    tape = next((tape for tape in _tapes(request) if tape.source is None), None)
    if tape is None:
        pytest.fail('name the recording: @pytest.mark.cassette("crm/contacts/all.yaml")', pytrace=False)
    with ExitStack() as stack:
        if tape.mode == "replay":
            stack.enter_context(fused())
        yield tape
    tape.close(passed=request.node.stash.get(_PASSED, False))
    _played(request, [tape])


@pytest.fixture
def fault_server() -> Iterator[Callable[..., FaultServer]]:
    """Start a server around a good service: ``fault_server(answer, plan, shape=…)``; it ends with the test."""
    with ExitStack() as running:

        def start(answer: Handler, plan: Plan | None = None, *, shape: Shape | None = None) -> FaultServer:
            return running.enter_context(FaultServer(answer, plan, shape=shape))

        yield start


def _tapes(request: pytest.FixtureRequest) -> tuple[Tape, ...]:
    """Return the cassettes that the test's markers name, the nearest marker first; made once a test."""
    stash = request.node.stash
    if _TAPES not in stash:
        stash[_TAPES] = tuple(_tape(request, *one.args, **one.kwargs) for one in request.node.iter_markers("cassette"))
        for tape in stash[_TAPES]:
            used = "bartack.recorded" if tape.mode == "record" else "bartack.played"
            request.node.user_properties.append((used, str(tape.path)))
    found: tuple[Tape, ...] = stash[_TAPES]
    return found


def _tape(request: pytest.FixtureRequest, path: str, source: str | None = None, *, spare: bool = False) -> Tape:
    folder = cassette_folder(request.path, request.config.getini("bartack_cassettes"))
    file = folder / path
    wish = request.config.getoption("--record")
    if wish == "again" or (wish == "new" and not file.exists()):
        return Tape(file, source, "record", spare)
    return Tape(overlaid(file, folder, os.environ), source, "replay", spare)


def _played(request: pytest.FixtureRequest, tapes: Iterable[Tape]) -> None:
    """Let a test fail that has passed without asking for all that was recorded."""
    if request.node.stash.get(_PASSED, False):
        left = [told for tape in tapes if (told := tape.left())]
        if left:
            pytest.fail("\n".join(left), pytrace=False)
