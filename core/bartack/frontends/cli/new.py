"""``bartack new``: a plugin of one's own, drafted from what is known of the system."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bartack import registry
from bartack.frontends.cli.tables import console, table
from bartack.frontends.cli.texts import shown
from bartack.transports.base import Runtime

if TYPE_CHECKING:
    from bartack.drafting.drafting import Written

__all__ = ["connector"]

_SHOWN = 10
"""Lists left out that are printed."""


def connector(options: argparse.Namespace) -> int:
    """Write a plugin distribution. Nothing that is there is overwritten."""
    from bartack.drafting.drafting import draft, write

    plugins, runtime = registry.load(), Runtime()
    plugin = draft(options.name, options.origin, plugins, runtime)
    folder = Path(options.folder) if options.folder is not None else Path(plugin.names.distribution)
    written = write(plugin, folder, plugins, runtime)
    if options.json:
        _print_json(written)
    else:
        _print(written)
    return 0


def _steps(folder: str) -> list[str]:
    return [f"cd {folder}", "pip install -e '.[test]'", "pytest"]


def _print(written: Written) -> None:
    plugin = written.plugin
    out = console()
    rows = [tuple(map(shown, row.values())) for row in plugin.table]
    out.print(table(["stream", "contract", "confidence", "key", "paging"], rows, f"wrote {written.folder}"))
    for one in plugin.left_out[:_SHOWN]:
        out.print(f"left out: {shown(one)}", markup=False, soft_wrap=True)
    if len(plugin.left_out) > _SHOWN:
        out.print(f"left out: {len(plugin.left_out) - _SHOWN} more; README.md lists them", markup=False, soft_wrap=True)
    for one in written.remarks:
        out.print(f"look at: {shown(one)}", markup=False, soft_wrap=True)
    for todo in plugin.todos:
        out.print(f"to do: {shown(todo)}", markup=False, soft_wrap=True)
    out.print("next: look at the guesses in connector.py and mappings/, then")
    for step in _steps(str(written.folder)):
        out.print(f"  {step}", markup=False, soft_wrap=True)


def _print_json(written: Written) -> None:
    plugin = written.plugin
    data = {
        "folder": str(written.folder),
        "streams": plugin.table,
        "files": [*plugin.files, "README.md", *(str(path.relative_to(written.folder)) for path in written.recorded)],
        "todos": [{"file": one.file, "line": one.line, "text": one.text} for one in plugin.todos],
        "left_out": list(plugin.left_out),
        "remarks": list(written.remarks),
        "next": _steps(str(written.folder)),
    }
    sys.stdout.write(json.dumps({"new": data}, ensure_ascii=False) + "\n")
