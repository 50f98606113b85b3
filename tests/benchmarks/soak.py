"""A long sync under random faults and random kills: is every row accounted for, and how much memory does it take?

A server on the loopback address pages through numbered rows, and answers a tenth of the pages wrongly; the process that
syncs is killed again and again, and started again. Afterwards every row must be in the store exactly once, as a record or
as a reject, and the books must balance.

Run: ``python tests/benchmarks/soak.py [records] [kills]``; 1,000,000 records and 100 kills where they are left out.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bartack.config import load
from bartack.errors import SourceUnavailableError, WireError
from bartack.hub import Hub
from bartack.store import runs, tables
from bartack.testing import FAULTS, Answer, Fault, FaultServer, Request, Share

__all__ = ["Soaked", "soak"]

PER_PAGE = 100
ONE_BAD_IN = 100
SHARE = 0.1
SLOW = ("hang", "stall", "slow", "never", "flood", "bomb", "endless", "day", "delay")

CONFIGURATION = """\
[sources.crm]
connector = "http"
base_url = "{url}"
timeout = 5
[sources.crm.limits]
attempts = 10
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
total = "total"
paging = {{ kind = "cursor", next = "next", param = "after" }}
mapping = "people.yaml"
"""

MAPPING = """\
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
  phones: {each: [{path: phone, label: work}], use: phone}
  updated_at: {path: changed, use: {datetime: {format: iso}}}
"""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a soak came to; ``megabytes`` is the peak memory of the syncing processes."""

    records: int
    rejects: int
    lost: int
    doubled: int
    findings: tuple[str, ...]
    faults: int
    kills: int
    seconds: float
    megabytes: float


def soak(folder: Path, rows: int, kills: int, seed: int = 7) -> Soaked:
    """Sync ``rows`` rows through faults, killing the process ``kills`` times, each after a random number of pages."""
    dice = random.Random(seed)
    began = time.monotonic()
    planned = passing_faults()
    with FaultServer(lambda request: page(request, rows), Share(planned, SHARE, seed)) as server:
        (folder / "bartack.toml").write_text(CONFIGURATION.format(url=server.url), encoding="utf-8")
        (folder / "people.yaml").write_text(MAPPING, encoding="utf-8")
        killed = 0
        peak = 0.0
        while True:
            worker = subprocess.Popen([sys.executable, __file__, "--work", str(folder)])
            asked = len(server.requests)
            life = dice.randint(1, rows // PER_PAGE // (kills + 1)) if killed < kills else float("inf")
            while worker.poll() is None and len(server.requests) - asked < life:
                peak = max(peak, _peak(worker.pid))
                time.sleep(0.01)
            if worker.returncode is None:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                killed += 1
            elif worker.returncode == 0:
                break
        faults = Counter(server.played).total()
    return _counted(folder, rows, faults, killed, time.monotonic() - began, peak)


def _peak(process: int) -> float:
    """Return the most memory a process has had so far, in megabytes; 0 where it has ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("VmHWM:")), 0.0)


def passing_faults() -> list[Fault]:
    """Return the faults of the wire that pass when the page is asked for again, without those that take their time."""
    found = [
        one
        for one in FAULTS
        if isinstance(one.expected, type)
        and issubclass(one.expected, SourceUnavailableError | WireError)
        and not one.lasting
        and not one.needs
        and one.form == "any"
        and not any(word in one.name for word in SLOW)
    ]
    assert len(found) >= 12, found
    return found


def page(request: Request, rows: int) -> Answer:
    """Return the good answer: one page of numbered rows, one in a hundred of them without a name."""
    start = int(request.query.get("after") or 0)
    items = [row(number) for number in range(start, min(start + PER_PAGE, rows))]
    following = str(start + PER_PAGE) if start + PER_PAGE < rows else None
    return Answer.json({"items": items, "next": following, "total": rows}, page=start // PER_PAGE + 1)


def row(number: int) -> dict[str, Any]:
    """Return one native row."""
    return {
        "id": f"{number:08}",
        "name": " " if number % ONE_BAD_IN == 17 else f"Zoë Müller {number}",
        "email": f"zoe{number}@example.org",
        "phone": "+49 30 1234567",
        "changed": "2026-11-20T09:00:00Z",
    }


def work(folder: Path) -> int:
    """Sync until the source is done with; in the process that is killed."""
    with Hub(load(folder / "bartack.toml"), sleep=lambda _seconds: None) as hub:
        (ended,) = hub.sync("crm")
    return 0 if ended.state == "published" else 1


def _counted(folder: Path, rows: int, faults: int, killed: int, seconds: float, peak: float) -> Soaked:
    with Hub(load(folder / "bartack.toml")) as hub:
        found = hub.audit()
        with hub.store.read() as connection:
            records = _numbers(connection.execute(select(tables.records.c.id)).scalars())
            rejects = _numbers(connection.execute(select(tables.rejects.c.id)).scalars())
            resumed = sum(run.resumed for run in runs.history(connection))
    both = records | rejects
    bad = {number for number in range(rows) if number % ONE_BAD_IN == 17}
    lost = len(set(range(rows)) - both) + len(bad - rejects)
    doubled = len(records & rejects) + found.doubled
    print(f"resumed {resumed} times")
    return Soaked(len(records), len(rejects), lost + found.lost, doubled, found.findings, faults, killed, seconds, peak)


def _numbers(ids: Any) -> set[int]:
    return {int(text) for text in ids}


def main() -> int:
    """Run, and print what it came to."""
    if sys.argv[1:2] == ["--work"]:
        return work(Path(sys.argv[2]))
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as name:
        told = soak(Path(name), rows, kills)
    print(f"{told.records} records + {told.rejects} rejects = {rows} rows: {told.lost} lost, {told.doubled} doubled")
    print(f"{told.faults} faults, {told.kills} kills, {told.seconds:.0f} s, {told.megabytes:.0f} MB at most")
    return 0 if not (told.lost or told.doubled or told.findings) else 1


if __name__ == "__main__":
    raise SystemExit(main())
