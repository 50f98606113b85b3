"""Start live software beside the tests and end it with them. What the peers are: tests/peers/README.md."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PEERS", "STATE", "PeerError", "Tryton", "answers_http", "running"]

PEERS = Path(__file__).parents[1] / "peers"
"""The start scripts."""

STATE = PEERS.parents[1] / ".peers" / os.environ.get("PYTEST_XDIST_WORKER", "")
"""What the scripts installed and seeded; outside git, kept from run to run. Tests that run side by side have one each."""

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PeerError(Exception):
    """A peer cannot be started; the message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class Tryton:
    """Where a seeded Tryton answers JSON-RPC, and who may log in."""

    url: str
    database: str
    user: str
    password: str


def answers_http(told: Mapping[str, str]) -> bool:
    """Return whether a server answers at ``url``, with whatever status."""
    try:
        _OPENER.open(told["url"], timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


@contextmanager
def running(name: str, ready: Callable[[Mapping[str, str]], bool] = answers_http) -> Iterator[Mapping[str, str]]:
    """Start a peer, hand out what its script tells (``url``, ``log`` ...) once it is ready, end it.

    Raises PeerError when software is missing or the server does not come up within a minute.
    """
    process = subprocess.Popen(
        [*_leash(), str(PEERS / name / "start.sh"), str(STATE / name)],
        env={"PYTHON": sys.executable, **os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the interrupt key is for the tests, which then end the peer in order
    )
    try:
        told = _told(name, process)
        deadline = time.monotonic() + 60
        while not ready(told):
            if process.poll() is not None or time.monotonic() > deadline:
                raise PeerError(f"{name} does not answer: {Path(told['log']).read_text(errors='replace')[-500:]}")
            time.sleep(0.05)
        yield told
    finally:
        _end(process)


def _leash() -> list[str]:
    """Return the prefix that ends a server when the tests die without ending it."""
    return ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []


def _told(name: str, process: subprocess.Popen[str]) -> dict[str, str]:
    """Return what the script tells before it becomes the server."""
    assert process.stdout
    assert process.stderr
    lines, words = process.stdout.read(), process.stderr.read()  # both are closed when the server takes over
    told = dict(line.partition("=")[::2] for line in lines.splitlines())
    if "url" not in told:
        raise PeerError(f"{name}: {words.strip() or 'its start script said nothing'}")
    return told


def _end(process: subprocess.Popen[str]) -> None:
    """End the server and the helpers it started, asking first."""
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):  # at TERM, PostgreSQL would wait for its clients
        try:
            os.killpg(process.pid, end)
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            pass
        break
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
