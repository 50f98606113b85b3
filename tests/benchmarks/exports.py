"""What it costs to write records into files: time, memory and size, next to pyarrow and pandas left to themselves.

Run: ``python tests/benchmarks/exports.py [records]``. Each way runs in a process of its own and makes its invoices as it
goes; what making them costs is a way, too, and is taken off the others.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bartack.export import record_batches
from bartack.export.batches import BATCH, chunks
from bartack.export.files import WholeFile
from bartack.export.writers import Format, writer
from bartack_contracts import Invoice, Provenance, Record, Ref

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ABOUT = Provenance(connector="bench", mapping="sha256:00", payload="sha256:01", fetched_at=NOW, request=None)


def records(count: int) -> Iterator[Record[Invoice]]:
    """Make invoices of two lines."""
    for n in range(count):
        money = {"amount": Decimal(n % 10_000) / 100, "currency": "EUR"}
        line = {"description": f"Bolt M{n % 12}", "quantity": Decimal(n % 7), "unit_price": money, "total": money}
        value = Invoice.model_validate(
            {
                "number": f"R-{n:07}",
                "kind": "customer_invoice",
                "status": {"value": "open", "raw": "posted"},
                "party": {"contract": "organization/1", "id": str(n % 500), "name": f"Customer {n % 500}"},
                "issue_date": date(2026, 1 + n % 12, 1 + n % 28),
                "currency": "EUR",
                "lines": [line, line],
                "total": money,
                "updated_at": NOW,
            }
        )
        yield Record[Invoice](
            ref=Ref("erp", "invoices", str(n)), contract="invoice/1", value=value, provenance=ABOUT, issues=()
        )


def nothing(count: int, path: Path) -> None:
    """Make the records."""
    path.write_text(str(sum(1 for _ in records(count))))


def bartack(kind: Format) -> Callable[[int, Path], None]:
    """Write them as Bartack does."""

    def write(count: int, path: Path) -> None:
        with WholeFile(path) as file:
            out = writer(kind, file, Invoice)
            for some in chunks(records(count), BATCH):
                out.write(some)
            out.end((), None)
            file.publish()

    return write


def batches(count: int, path: Path) -> None:
    """Take them as batches, and count."""
    path.write_text(str(sum(batch.num_rows for batch in record_batches(records(count), Invoice))))


def dicts(count: int) -> list[dict[str, Any]]:
    return [one.model_dump(mode="python") for one in records(count)]


def from_pylist(count: int, path: Path) -> None:
    """Let pyarrow find out what it is."""
    pq.write_table(pa.Table.from_pylist(dicts(count)), path, compression="zstd")


def to_parquet(count: int, path: Path) -> None:
    """Let pandas find out what it is."""
    pd.DataFrame(dicts(count)).to_parquet(path, compression="zstd")


def json_dumps(count: int, path: Path) -> None:
    """Write JSON lines by the standard library."""
    with path.open("w") as file:
        for one in records(count):
            file.write(json.dumps(one.model_dump(mode="json")) + "\n")


WAYS: dict[str, Callable[[int, Path], None]] = {
    "making the records": nothing,
    **{f"bartack {kind}": bartack(kind) for kind in get_args(Format)},
    "bartack record_batches": batches,
    "pyarrow from_pylist": from_pylist,
    "pandas to_parquet": to_parquet,
    "json.dumps": json_dumps,
}


def measured(name: str, count: int) -> dict[str, float]:
    """Run one way in a process of its own."""
    done = subprocess.run([sys.executable, __file__, str(count), name], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(name: str, count: int) -> None:
    """Run one way here; print what it took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        began = time.process_time()
        WAYS[name](count, path)
        seconds = time.process_time() - began
        size = path.stat().st_size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"seconds": seconds, "size": size, "grown": grown / 1024}))


def main() -> None:
    """Print a line for each way."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if len(sys.argv) > 2:
        run(sys.argv[2], count)
        return
    making = 0.0
    print(f"{count:,} invoices of two lines: CPU seconds beyond making them, memory grown, size of the file")
    for name in WAYS:
        found = measured(name, count)
        seconds = found["seconds"] - making
        making = making or seconds
        print(f"{name:24} {seconds:7.1f} s {found['grown']:8.0f} MiB {found['size'] / 2**20:8.1f} MiB")


if __name__ == "__main__":
    main()
