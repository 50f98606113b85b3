"""``bartack cassette replay --serve``: a recording as a server on this machine."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from bartack.errors import RecordingError
from bartack.frontends.cli.main import INCOMPLETE, print_error
from bartack.frontends.cli.recorded import config_of
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
    cassette = Cassette.load(options.file)
    manner = Manner(rate=options.rate, latency=options.latency, failing=dict(options.fail), seed=options.seed)
    key = find_key(Path(config_of(options.config).folder), os.environ)
    scrubber = Scrubber(personal=None if key is None else Personal(Tokens(key)))
    served = CassetteServer(cassette, manner, port=options.port, scrubber=scrubber)
    with served as server, _Interrupted() as interrupted:
        _tell(server.addresses, as_json=options.json)
        interrupted.wait()
    counts = {name: server.counts[name] for name in _WORDS if server.counts[name]}
    (_sum_up_json if options.json else _sum_up)(counts, server.misses, len(cassette.unplayed))
    return INCOMPLETE if server.counts["unknown"] else 0


class _Interrupted:
    """Waits for SIGINT or SIGTERM; a shell starts what runs in the background with the first one ignored."""

    def __enter__(self) -> threading.Event:
        told = threading.Event()
        self._before = {one: signal.signal(one, lambda *_: told.set()) for one in (signal.SIGINT, signal.SIGTERM)}
        return told

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)


def _tell(addresses: Mapping[str, str], *, as_json: bool) -> None:
    for origin, address in addresses.items():
        line = json.dumps({"serving": {"origin": origin, "address": address}}) if as_json else f"{origin} is {address}"
        sys.stdout.write(line + "\n")
    sys.stdout.flush()  # somebody waits for it


def _sum_up(counts: Mapping[str, int], misses: Sequence[RecordingError], unplayed: int) -> None:
    sys.stdout.write(f"{sum(counts.values())} requests\n")
    for name, number in counts.items():
        sys.stdout.write(f"  {number} {_WORDS[name]}\n")
    sys.stdout.write(f"{unplayed} recorded answers were not given\n")
    sys.stdout.flush()
    for miss in misses:
        print_error(miss)


def _sum_up_json(counts: Mapping[str, int], misses: Sequence[RecordingError], unplayed: int) -> None:
    served = {"counts": counts, "unknown": [miss.told() for miss in misses], "unplayed": unplayed}
    sys.stdout.write(json.dumps({"served": served}, ensure_ascii=False) + "\n")
