"""The soak in short; the long one is tests/benchmarks/soak.py."""

from __future__ import annotations

from pathlib import Path

from benchmarks.soak import soak


def test_under_faults_and_kills_every_row_is_accounted_for(tmp_path: Path) -> None:
    told = soak(tmp_path, rows=15_000, kills=4)
    print(f"\n{told}")
    assert (told.lost, told.doubled, told.findings) == (0, 0, ())
    assert (told.records, told.rejects) == (14_850, 150)
    assert told.faults > 0
    assert told.kills == 4
    assert told.megabytes <= 150
