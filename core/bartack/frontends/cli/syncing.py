"""sync: bring the store up to date."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from bartack.errors import BartackError, ConfigError
from bartack.frontends.cli.main import FAILED, INCOMPLETE, exit_status
from bartack.frontends.cli.progress import Line, SyncProgress
from bartack.frontends.cli.tables import console, table
from bartack.hub import Hub, open_hub
from bartack.store.counts import COUNTED, Counts
from bartack.store.retention import Removed
from bartack.syncing.synced import Synced

__all__ = ["print_ended", "sync"]


def sync(options: argparse.Namespace) -> int:
    """Sync sources into the store, or publish what was held back."""
    ended: list[Synced] = []
    line = Line()
    with open_hub(options.config, listener=SyncProgress(line)) as hub, _gently(line) as stopped:
        for one in _accepted(hub, options) if options.accept else hub.sync(
            options.sources or None, streams=options.stream, full=options.full, stop=lambda: bool(stopped)
        ):  # fmt: skip
            ended.append(one)
            line.clear()
            if options.json:
                sys.stdout.write(json.dumps({"sync": as_data(one)}, ensure_ascii=False) + "\n")
                sys.stdout.flush()
        if not stopped and any(one.state == "published" for one in ended):
            line.show("indexing what has changed")
            hub.replica.refresh()
        order = {name: at for at, name in enumerate(hub.sources)}
    if not options.json:
        print_ended(sorted(ended, key=lambda one: order.get(one.source, 0)))
    return status_of(ended)


def _accepted(hub: Hub, options: argparse.Namespace) -> Iterator[Synced]:
    found = False
    for name in options.sources or hub.sources:
        for one in hub.accept(name, options.stream):
            found = True
            yield one
    if not found:
        raise ConfigError("nothing is held back", next_step="bartack status shows where each stream stands")


@contextmanager
def _gently(line: Line) -> Iterator[list[int]]:
    """Let the page that is being read be kept when somebody ends the process; a second signal ends it at once."""
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(number)
        line.clear()
        sys.stderr.write("ending after this page; the next sync goes on there (once more: at once)\n")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        line.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


def status_of(ended: Iterable[Synced]) -> int:
    """Return the exit status: 3 when a source failed, 1 when something is held back, rejected or not done."""
    worst = 0
    for one in ended:
        if one.error is not None:
            worst = max(worst, exit_status(one.error) if one.state == "failed" else FAILED)
        elif one.state != "published" or any(counts.rejected for counts in (one.done or {}).values()):
            worst = max(worst, INCOMPLETE)
    return worst


def as_data(one: Synced) -> dict[str, object]:
    """Return how a sync ended as plain data."""
    return {
        "source": one.source,
        "stream": one.stream,
        "state": one.state,
        "kind": one.kind,
        "run": one.run,
        "went_on_after": one.went_on_after,
        "completeness": one.completeness,
        "reasons": list(one.reasons),
        "contracts": {
            contract: {name: getattr(counts, name) for name in COUNTED} for contract, counts in (one.done or {}).items()
        },
        "alarms": [alarm.model_dump(mode="json") for alarm in one.alarms],
        "policy": {name: getattr(one.removed, name) for name in Removed.__dataclass_fields__},
        "error": None if one.error is None else one.error.told(),
    }


def print_ended(ended: Sequence[Synced]) -> None:
    """Print how syncs ended, as a table."""
    rows = []
    for one in ended:
        for contract, counts in (one.done or {"": Counts()}).items():
            changed = f"+{counts.created} ~{counts.updated} -{counts.removed}"
            numbers = [str(counts.rows), str(counts.delivered), str(counts.rejected), changed]
            rows.append([f"{one.source}/{one.stream}", contract, _kind(one), one.state, *numbers, _why(one)])
    heads = ["stream", "contract", "sync", "state", "rows", "delivered", "rejected", "new ~changed -gone", "why"]
    console().print(table(heads, rows))
    for one in ended:
        if one.removed:
            console().print(f"{one.source}: by its policy {_removed(one.removed)}")


def _removed(removed: Removed) -> str:
    words = {
        "payloads": "raw payloads removed",
        "rejects": "decided rejects removed",
        "records": "deleted records removed",
        "encrypted": "payloads encrypted",
    }
    return ", ".join(f"{count} {what}" for name, what in words.items() if (count := getattr(removed, name)))


def _kind(one: Synced) -> str:
    went_on = f", on from page {one.went_on_after + 1}" if one.went_on_after else ""
    return f"{one.kind}{went_on}" if one.kind else ""


def _why(one: Synced) -> str:
    error: BartackError | None = one.error
    step = f" Next step: {error.next_step}" if error is not None and error.next_step else ""
    return "; ".join(one.reasons) + step
