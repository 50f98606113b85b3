"""bartack sync on the command line: what it shows while it works, and that one source does not stop another."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bartack.events import Event
from bartack.frontends.cli import main
from bartack.frontends.cli.progress import Line, SyncProgress
from bartack.testing.clock import FakeClock
from support.numbered import NOW


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def shown(terminal: Terminal) -> str:
    return terminal.getvalue().rpartition("\x1b[K")[2]


def told(out: str) -> dict[str, str]:
    return {
        f"{one['source']}/{one['stream']}": one["state"]
        for one in (json.loads(line)["sync"] for line in out.splitlines())
    }


def test_a_long_sync_shows_on_a_terminal_how_far_it_is(terminal: Terminal, clock: FakeClock) -> None:
    progress = SyncProgress(Line(clock.monotonic, terminal))
    for _ in range(3):
        clock.sleep(1)
        progress(Event("commit", NOW, "crm", "people", attributes={"rows": 100}))
    assert shown(terminal) == "crm/people 300 rows"
    clock.sleep(1)
    progress(Event("commit", NOW, "erp", "deals", attributes={"rows": 7}))  # sources are synced at the same time
    assert shown(terminal) == "crm/people 300 rows, erp/deals 7 rows"
    progress(Event("sync", NOW, "crm", "people"))
    clock.sleep(1)
    progress(Event("commit", NOW, "erp", "deals", attributes={"rows": 7}))
    assert shown(terminal) == "erp/deals 14 rows"


def test_a_sync_that_waits_says_for_what(terminal: Terminal, clock: FakeClock) -> None:
    line = Line(clock.monotonic, terminal)
    SyncProgress(line)(
        Event("retry", NOW, "crm", "people", attributes={"wait": 12.4, "error": "SourceUnavailableError"})
    )
    assert shown(terminal) == "crm waits 12 s (SourceUnavailableError)"
    line.clear()
    assert shown(terminal) == ""


def test_in_a_pipe_nothing_is_shown(clock: FakeClock) -> None:
    pipe = io.StringIO()
    line = Line(clock.monotonic, pipe)
    progress = SyncProgress(line)
    for _ in range(3):
        clock.sleep(5)
        progress(Event("commit", NOW, "crm", "people", attributes={"rows": 100}))
        progress(Event("retry", NOW, "crm", "people", attributes={"wait": 30.0, "error": "WireError"}))
    line.clear()
    assert pipe.getvalue() == ""


def test_a_source_whose_configuration_is_wrong_does_not_keep_the_others_from_being_synced(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = estate / "bartack.toml"
    file.write_text(file.read_text().replace('connector = "tryton"', 'connector = "tritn"'))
    assert main(["sync", "--config", str(estate), "--json"]) == 2
    out = told(capsys.readouterr().out)
    assert out["crm/*"] == "failed"
    assert {state for name, state in out.items() if name != "crm/*"} == {"published"}
    assert main(["sync", "crm", "--config", str(estate)]) == 2
    assert "tritn" in capsys.readouterr().err


def test_a_stream_is_found_in_whichever_source_has_it(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "--stream", "calls", "--config", str(estate), "--json"]) == 0
    assert told(capsys.readouterr().out) == {"legacy/calls": "published"}
    assert main(["sync", "--stream", "cals", "--config", str(estate)]) == 2
    assert "did you mean 'calls'" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sync_that_is_told_to_end_keeps_its_page_and_says_what_is_there(estate: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "bartack",
        "sync",
        "legacy",
        "--stream",
        "calls",
        "--json",
        "--config",
        str(estate),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        log = estate / ".bartack" / "state.sqlite-wal"
        deadline = time.monotonic() + 30
        while not (log.exists() and log.stat().st_size > 500_000) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(running.pid, number)
        out, err = running.communicate(timeout=30)
    (line,) = (json.loads(line)["sync"] for line in out.splitlines())
    assert (running.returncode, line["state"]) == (1, "unfinished")
    assert 0 < line["contracts"]["activity/1"]["rows"] < 10_000
    assert "the next sync goes on there" in err
    assert "Traceback" not in err
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["sync"]["contracts"]["activity/1"]["rows"] == 10_000
