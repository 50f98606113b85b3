"""``bartack cassette replay --serve``: a recording as a server on this machine."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bartack.frontends.cli.main import INCOMPLETE, print_error
from bartack.frontends.cli.recorded import config_of, recordings
from bartack.recording import Cassette, Personal, Scrubber, Tokens
from bartack.recording.keys import find_key
from bartack.recording.serving import FAILURES, CassetteServer, Manner

__all__ = ["run"]

_WORDS = {
    "answered": "answered",
    "limited": "answered with 429, for they came too fast",
    "unknown": "never recorded, answered with 501",
    **{name: f"failed as they were to: {what}" for name, what in FAILURES.items()},
}


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM, then tell what was asked; 1, where something was that had never been recorded."""
    loaded = recordings(options.files)
    cassettes = [one for one in loaded if isinstance(one, Cassette)]
    for other in loaded:
        if not isinstance(other, Cassette):
            sys.stderr.write(f"{other.path}: a database is not served\n")
    manner = Manner(rate=options.rate, latency=options.latency, failing=dict(options.fail), seed=options.seed)
    key = find_key(Path(config_of(options.config).folder), os.environ)
    scrubber = Scrubber(personal=None if key is None else Personal(Tokens(key)))
    served = CassetteServer(cassettes, manner, port=options.port, scrubber=scrubber, requests=options.requests)
    with served as server, _interrupting(server.enough):
        _tell(server.addresses, as_json=options.json)
        server.enough.wait()
    (_sum_up_json if options.json else _sum_up)(server)
    return INCOMPLETE if server.counts["unknown"] else 0


@contextmanager
def _interrupting(told: threading.Event) -> Iterator[None]:
    """Set ``told`` on SIGINT and SIGTERM; a shell starts what runs in the background with the first one ignored."""
    before = {one: signal.signal(one, lambda *_: told.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell(addresses: Mapping[str, str], *, as_json: bool) -> None:
    for origin, address in addresses.items():
        line = json.dumps({"serving": {"origin": origin, "address": address}}) if as_json else f"{origin} is {address}"
        sys.stdout.write(line + "\n")
    sys.stdout.flush()  # somebody waits for it


def _sum_up(server: CassetteServer) -> None:
    sys.stdout.write(f"{sum(server.counts.values())} requests\n")
    for name, number in _counts(server).items():
        sys.stdout.write(f"  {number} {_WORDS[name]}\n")
    middle, late = server.within(0.5), server.within(0.99)
    if middle is not None and late is not None:
        sys.stdout.write(f"half of the answers came within {middle * 1000:.1f} ms, 99 % within {late * 1000:.1f} ms\n")
    sys.stdout.write(f"{len(server.unplayed)} recorded answers were not given\n")
    sys.stdout.flush()
    for miss in server.misses:
        print_error(miss)


def _sum_up_json(server: CassetteServer) -> None:
    served = {
        "requests": sum(server.counts.values()),
        "counts": _counts(server),
        "seconds": {"p50": server.within(0.5), "p99": server.within(0.99)},
        "unknown": [miss.told() for miss in server.misses],
        "unplayed": len(server.unplayed),
    }
    sys.stdout.write(json.dumps({"served": served}, ensure_ascii=False) + "\n")


def _counts(server: CassetteServer) -> dict[str, int]:
    return {name: server.counts[name] for name in _WORDS if server.counts[name]}
