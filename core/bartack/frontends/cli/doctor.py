"""``bartack cassette doctor``: what is wrong with recordings, what they never show, and the command that repairs it."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.recorded import config_of, reader_of
from bartack.frontends.cli.tables import console, table
from bartack.reading.fallback import parse_age
from bartack.rehearsing.doctor import Doctor
from bartack.rehearsing.doctor_findings import SEVERITIES, Finding

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Examine a folder of cassettes; 1, where something is found that is as grave as ``--fail-on``."""
    reader = reader_of(config_of(options.config))
    age = timedelta(seconds=parse_age(options.max_age) or 0)
    tests = None if options.tests is None else Path(options.tests)
    found = Doctor(reader.plugins, reader.runtime, age, tests).examine(Path(options.folder))
    if options.json:
        for finding in found:
            sys.stdout.write(json.dumps({"finding": finding.to_document()}, ensure_ascii=False) + "\n")
    else:
        _print(found)
    return INCOMPLETE if any(finding.at_least(options.fail_on) for finding in found) else 0


def _print(found: Sequence[Finding]) -> None:
    out = console()
    if found:
        heads = ["severity", "where", "code", "what"]
        out.print(table(heads, [[one.severity, one.place, one.code, one.message] for one in found]))
    for step, places in _steps(found).items():
        out.print(f"next step for {', '.join(places)}: {step}", markup=False, soft_wrap=True)
    times = Counter(one.severity for one in found)
    told = ", ".join(f"{times[one]} {one}s" for one in reversed(SEVERITIES) if times[one])
    out.print(told or "nothing was found")


def _steps(found: Sequence[Finding]) -> dict[str, list[str]]:
    """Return each command once, with the places it repairs."""
    steps: dict[str, list[str]] = {}
    for one in found:
        places = steps.setdefault(one.next_step, [])
        if one.place not in places:
            places.append(one.place)
    return steps
