"""init and check: start a configuration, and try it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bartack.errors import ConfigError
from bartack.frontends.cli.main import FAILED, USAGE
from bartack.frontends.cli.tables import console, table
from bartack.hub import open_hub

__all__ = ["check", "init"]

STARTER = """\
# Sources are what Bartack reads. `bartack connectors` lists the connectors, `bartack connectors NAME` their settings.

# [sources.crm]
# connector = "hubspot"
# token = { env = "HUBSPOT_TOKEN" }        # secrets come from the environment or a file, never from here
# default_region = "DE"                    # what the source never writes; unset stays unset

# [sources.erp]
# connector = "sql"
# url = "sqlite:///erp.db"
# [sources.erp.streams.customers]
# table = "customers"
# key = "id"
# mapping = "customers.yaml"
"""


def init(options: argparse.Namespace) -> int:
    """Write a configuration; with ``--from`` one drafted from a database. Files that are there stay as they are."""
    folder = Path(options.folder)
    files = {"bartack.toml": STARTER}
    notes: tuple[str, ...] = ()
    if options.url is not None:
        from bartack.transports.base import Runtime
        from bartack.transports.sql.reflect import draft

        drafted = draft(options.url, Runtime(base_dir=str(folder)), name=options.name)
        files = {"bartack.toml": drafted.toml, **drafted.mappings}
        notes = tuple(drafted.notes)
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise ConfigError(f"{taken[0]} is there already", where=str(folder), next_step="move it away, or use --folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {folder / name}\n")
    for note in notes:
        sys.stdout.write(f"  {note}\n")
    sys.stdout.write(
        "next: look at the guesses, then bartack check\n" if options.url else "next: edit it, then bartack check\n"
    )
    return 0


def check(options: argparse.Namespace) -> int:
    """Try configuration, reach, credentials and every stream."""
    with open_hub(options.config) as hub:
        done = hub.check(options.source)
    if options.json:
        for one in done:
            sys.stdout.write(json.dumps({"check": asdict(one)}, ensure_ascii=False) + "\n")
    else:
        rows = [(one.source, one.what, one.result, one.detail, one.next_step or "") for one in done]
        console().print(table(["source", "what", "result", "detail", "next step"], rows))
    failed = [one for one in done if one.result == "failed"]
    if not failed:
        return 0
    return USAGE if all(one.what == "configuration" for one in failed) else FAILED
