"""``bartack cassette``: recordings as files."""

from __future__ import annotations

import argparse
import json
import sys

from bartack.frontends.cli.tables import console, shown, table
from bartack.recording import Cassette, Interaction

__all__ = ["show"]


def show(options: argparse.Namespace) -> int:
    """Print what a cassette says of itself, and its interactions, without their bodies."""
    cassette = Cassette.load(options.file)
    about = cassette.about.to_document()
    if options.json:
        for line in ({"about": about}, *({"interaction": _data(one)} for one in cassette.interactions)):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return 0
    for name, value in about.items():
        told = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
        sys.stdout.write(f"{name:18} {shown(told)}\n")
    rows = [
        [n, one.request.method, one.request.uri, _end(one), len(one.response.body), _time(one)]
        for n, one in enumerate(cassette.interactions, 1)
    ]
    heads = ["no", "method", "address", "answer", "bytes", "ms"]
    console().print(table(heads, rows) if rows else "nothing was recorded")
    return 0


def _data(one: Interaction) -> dict[str, object]:
    return {
        "method": one.request.method,
        "uri": one.request.uri,
        "status": None if one.failure else one.response.status,
        "failure": one.failure.kind if one.failure else None,
        "bytes": len(one.response.body),
        "seconds": one.seconds,
    }


def _end(one: Interaction) -> str:
    return one.failure.kind if one.failure else f"{one.response.status} {one.response.message}".strip()


def _time(one: Interaction) -> str:
    return "" if one.seconds is None else f"{one.seconds * 1000:.0f}"
