"""``bartack cassette``: recordings as files."""

from __future__ import annotations

import argparse
import json
import sys

from bartack.frontends.cli.tables import console, table
from bartack.frontends.cli.texts import shown
from bartack.recording import Interaction, load_recording
from bartack.recording.sql import Database, SqlCassette, Statement

__all__ = ["show"]

_HEADS = ["no", "method", "address", "answer", "bytes", "ms"]
_SQL_HEADS = ["no", "statement", "rows", "ms"]


def show(options: argparse.Namespace) -> int:
    """Print what a cassette says of itself, and its interactions without their bodies, or its statements without their rows."""
    recording = load_recording(options.file)
    about = recording.about.to_document()
    if isinstance(recording, SqlCassette):
        about = {**_database(recording.database), **about}
        lines = [{"statement": _told(one)} for one in recording.statements]
        heads, rows = _SQL_HEADS, [_statement_row(n, one) for n, one in enumerate(recording.statements, 1)]
    else:
        lines = [{"interaction": _data(one)} for one in recording.interactions]
        heads, rows = _HEADS, [_row(n, one) for n, one in enumerate(recording.interactions, 1)]
    if options.json:
        for line in ({"about": about}, *lines):
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return 0
    for name, value in about.items():
        told = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
        sys.stdout.write(f"{name:18} {shown(told)}\n")
    console().print(table(heads, rows) if rows else "nothing was recorded")
    return 0


def _database(database: Database) -> dict[str, object]:
    version = ".".join(map(str, database.server_version))
    proven = {} if database.proven else {"proven": "no: nobody has recorded a real server of that kind"}
    return {"database": f"{database.dialect} {version}".strip(), "label": database.label, **proven}


def _told(one: Statement) -> dict[str, object]:
    answer = one.answer
    return {
        "sql": one.sql,
        "rows": None if answer.error else len(answer.rows),
        "whole": answer.whole,
        "error": answer.error.kind if answer.error else None,
        "seconds": answer.seconds,
    }


def _statement_row(number: int, one: Statement) -> list[object]:
    answer = one.answer
    end = answer.error.kind if answer.error else f"{len(answer.rows)}{'' if answer.whole else ' and more'}"
    return [number, " ".join(one.sql.split()), end, _time(answer.seconds)]


def _row(number: int, one: Interaction) -> list[object]:
    return [number, one.request.method, one.request.uri, _end(one), len(one.response.body), _time(one.seconds)]


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


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f}"
