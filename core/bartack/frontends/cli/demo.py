"""The story on a laptop: a small firm's estate, read; one value explained; one reject; and a source that changes.

Everything is offline: the CRM and the billing service answer from recordings, the legacy database is made from its SQL.
Each step prints the command that a reader can type.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from bartack.errors import ConfigError
from bartack.frontends.cli.main import main

__all__ = ["demo"]

_ESTATE = "bartack_connectors.demo"
"""The package that carries the estate as data."""

_STORY = (
    (
        "A small firm keeps its customers three times: in a CRM, in a SOAP billing service, in a database of 1998.\n"
        "One command reads them all into one contract. Every row is counted; what has no name is rejected, with its reason.",
        "bartack read person",
    ),
    (
        "Where does a value come from? Native path, raw value and rule of every field:",
        "bartack explain legacy/customers/00000105",
    ),
    (
        "Billing sends an invoice whose amount is 'N/A'. It is no zero and no null: it is rejected, with the raw XML kept.",
        "bartack read invoice --source billing",
    ),
    (
        "For machines: one JSON line a record or reject, the verdict last.",
        "bartack read invoice --source billing --json",
    ),
)


def demo(options: argparse.Namespace) -> int:
    """Tell the story; with ``--keep`` leave the estate in a folder."""
    with _estate(options.keep) as folder:
        shown = options.keep or "demo"
        _say(f"$ cd {shlex.quote(shown)}          # bartack demo --keep {shlex.quote(shown)} leaves the estate there\n")
        for words, command in _STORY:
            _step(words, command, folder)
        _reject_as_it_was_sent(folder)
        return _renamed_envelope(folder)


def _step(words: str, command: str, folder: Path) -> int:
    _say("".join(f"\n# {line}" for line in words.splitlines()) + f"\n$ {command}\n")
    return main([*shlex.split(command)[1:], "--config", str(folder)])


def _reject_as_it_was_sent(folder: Path) -> None:
    """Show the rejected invoice beside its raw XML: the same that ``reject.raw`` holds."""
    from bartack.hub import open_hub

    with open_hub(folder) as hub:
        invoices = hub.read("invoice", source="billing")
        for _ in invoices:
            pass
    _say("\n# What billing sent, as Python sees it: for reject in invoices.rejects: print(reject.raw)\n")
    for reject in invoices.rejects:
        _say(f"{reject.raw}\n")
        for issue in reject.issues:
            _say(f"  {issue.code}: {issue.path} = {issue.raw!r}: {issue.message}\n")


def _renamed_envelope(folder: Path) -> int:
    """Let the CRM rename ``result`` to ``results``, as an upgrade might, and read again."""
    from dataclasses import replace

    from bartack.recording import Cassette

    path = folder / "crm.yaml"
    after = Cassette(path)
    for one in Cassette.load(path).interactions:
        body = one.response.body.replace(b'"result":', b'"results":')
        after.append(replace(one, response=replace(one.response, body=body)))
    after.save()
    words = (
        "Overnight the CRM renames its envelope. Others report success with zero rows.\n"
        "Bartack says what is missing, and the exit status is 3:"
    )
    status = _step(words, "bartack read person --source crm", folder)
    _say(f"$ echo $?\n{status}\n")
    return 0 if status == 3 else 1


@contextmanager
def _estate(keep: str | None) -> Iterator[Path]:
    """Lay out the estate in ``keep``, or in a folder that goes away."""
    if keep is not None:
        folder = Path(keep)
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError("the folder is not empty", where=keep, next_step="name a new one")
        folder.mkdir(parents=True, exist_ok=True)
        _lay_out(folder)
        yield folder
        _lay_out(folder)  # as it was before the CRM changed
        return
    with tempfile.TemporaryDirectory() as name:
        _lay_out(Path(name))
        yield Path(name)


def _lay_out(folder: Path) -> None:
    with resources.as_file(resources.files(_ESTATE) / "estate") as estate:
        shutil.copytree(estate, folder, dirs_exist_ok=True)
    database = folder / "legacy.db"
    database.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    try:
        connection.executescript((folder / "legacy.sql").read_text(encoding="utf-8"))
    finally:
        connection.close()


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
