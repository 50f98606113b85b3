"""What scrubbing costs a body, and in how many places it was looked for what: scrubbing.py

Synthetic answers of 100 kB, as a REST API and a SOAP service would give them; CPU time, the best of several runs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bartack.recording import Personal, Scrubber, ScrubKey, Tokens
from support.scrub_positions import cells, positions, survives

SIZE = 100_000
RUNS = 7
PERSON = {"id": "{n}", "firstname": "Zoë{n}", "lastname": "Müller", "email": "zoe{n}@gmx.de", "phone": "+49 221 98{n:05d}",
          "createdate": "2026-11-25T12:00:00.000Z", "lifecyclestage": "lead", "hs_object_id": "{n}", "amount": "12.50",
          "owner": "77", "archived": "false", "notes_last_updated": "2026-11-24T08:15:00.000Z"}  # fmt: skip
DEAL = {
    "id": "{n}",
    "dealname": "Deal {n}",
    "stage": "won",
    "amount": "12.50",
    "closedate": "2026-11-25T12:00:00Z",
    "pipeline": "x",
}


def rows(row: dict[str, str]) -> list[dict[str, str]]:
    """Return so many rows that they fill a body."""
    size = len(json.dumps(row))
    return [{key: value.format(n=n) for key, value in row.items()} for n in range(SIZE // size)]


def bodies() -> dict[str, bytes]:
    """Return a body of each kind."""
    people = rows(PERSON)
    elements = "".join(
        f"<row>{''.join(f'<{key}>{value}</{key}>' for key, value in one.items())}</row>" for one in people
    )
    return {
        "JSON of persons": json.dumps({"results": people}).encode(),
        "JSON of deals": json.dumps({"results": rows(DEAL)}).encode(),
        "SOAP of persons": f"<Envelope><Body>{elements}</Body></Envelope>".encode(),
        "CSV of persons": "\n".join(";".join(one.values()) for one in people).encode(),
    }


def cost(scrubber: Scrubber, body: bytes) -> float:
    """Return the CPU milliseconds that 100 kB take."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.process_time()
        scrubber.body(body)
        best = min(best, time.process_time() - began)
    return best * 1000 * SIZE / len(body)


def main() -> None:
    """Print both tables."""
    scrubber = Scrubber(["a known secret of 24 letters"], Personal(Tokens(ScrubKey("a key for benchmarks"))))
    print(f"{'CPU ms per 100 kB':24} {'secrets':>8} {'first':>8} {'again':>8}")
    for name, body in bodies().items():
        began = time.process_time()
        Scrubber((), Personal(Tokens(ScrubKey.new()))).body(body)
        first = (time.process_time() - began) * 1000 * SIZE / len(body)
        print(f"{name:24} {cost(scrubber.with_personal(None), body):8.1f} {first:8.1f} {cost(scrubber, body):8.1f}")
    print(f"\n{'place':28} {'canaries':>8} {'survive':>8}")
    counts: Counter[str] = Counter()
    alive: Counter[str] = Counter()
    for one in positions():
        counts[one.place] += 1
        alive[one.place] += survives(one.value, scrubber.interaction(one.item.unpacked()))
    for place, value, left in cells(scrubber):
        counts[place] += 1
        alive[place] += value in str(left) or value.encode() == left
    for place, count in counts.items():
        print(f"{place:28} {count:8} {alive[place]:8}")
    print(f"{'all':28} {counts.total():8} {alive.total():8}")


if __name__ == "__main__":
    main()
