"""The story on a laptop: a small firm's estate, read; a source that changes; a reject, corrected; a sync, killed.

Everything is offline: the CRM and the billing service answer from recordings, the legacy database is made from its SQL.
Each step prints the command that a reader can type.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path

from bartack.errors import ConfigError
from bartack.frontends.cli.main import main
from bartack.frontends.cli.syncing import print_ended
from bartack.hub import Hub, open_hub
from bartack.recording import Cassette
from bartack.transports.base import utcnow

__all__ = ["demo"]

_ESTATE = "bartack_connectors.demo"
"""The package that carries the estate as data."""

_DAY = timedelta(days=1)
_SOME_PAGES = 15


def demo(options: argparse.Namespace) -> int:
    """Tell the story; with ``--keep`` leave the estate in a folder."""
    with _estate(options.keep) as folder:
        shown = shlex.quote(options.keep or "demo")
        _say(f"$ cd {shown}          # bartack demo --keep {shown} leaves the estate there\n")
        story = _Story(folder)
        told = (
            story.three_systems,
            story.yesterday,
            story.renamed_envelope,
            story.an_amount_that_is_none,
            story.killed,
        )
        return 0 if all(part() for part in told) else 1


class _Story:
    """The parts of the story, in order; each says whether it went as it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def three_systems(self) -> bool:
        return (
            self._step(
                "A small firm keeps its customers three times: in a CRM, in a SOAP billing service, in a database of 1998.\n"
                "One command reads them all into one contract. Every row is counted; what has no name is rejected.",
                "bartack read person",
            )
            == 1
            and self._step(
                "Where does a value come from? Native path, raw value and rule of every field:",
                "bartack explain legacy/customers/00000105",
            )
            == 0
        )

    def yesterday(self) -> bool:
        """Sync as if it were yesterday: the one step in which the clock is not the reader's."""
        self._tell("Yesterday, everything was brought into the store. (The demo sets its clock back for this.)")
        _say("$ bartack sync crm billing; bartack sync legacy --stream customers\n")
        with open_hub(self.folder, clock=lambda: utcnow() - _DAY) as hub:
            ended = list(hub.sync(["crm", "billing"]))
            ended += hub.sync("legacy", streams=["customers"])
        print_ended(ended)
        return all(one.state == "published" for one in ended)

    def renamed_envelope(self) -> bool:
        """Let the CRM rename ``result`` to ``results``, as an upgrade might, and read again."""
        path = self.folder / "crm.yaml"
        after = Cassette(path)
        for one in Cassette.load(path).interactions:
            body = one.response.body.replace(b'"result":', b'"results":')
            after.append(replace(one, response=replace(one.response, body=body)))
        after.save()
        status = self._step(
            "Overnight the CRM renames its envelope. Others report success with zero rows.\n"
            "Bartack names the path that is missing, and answers with yesterday's customers: stale, and it says so.",
            "bartack read person --source crm",
        )
        _say(f"$ echo $?\n{status}\n")
        live = self._step("Who wants no old answer gets the error:", "bartack read person --source crm --live")
        _say(f"$ echo $?\n{live}\n")
        return (status, live) == (1, 3)

    def an_amount_that_is_none(self) -> bool:
        with open_hub(self.folder) as hub:
            number = next(one.number for one in hub.review.list(source="billing"))
        self._step(
            "Billing had sent an invoice whose amount is 'N/A'. It is no zero and no null: it waits for a person.",
            "bartack review list",
        )
        self._step("What came, exactly as it came, and what can be done:", f"bartack review show {number}")
        fixed = self._step(
            "Somebody has asked billing for the amount. The correction is applied to what is stored; no source is asked.",
            f"bartack review fix {number} --set total.amount=1230.00 --set total.currency=PLN --note 'Jan, on the phone'",
        )
        again = self._step(
            "After a change of the mapping, everything that waits is mapped again:", "bartack review retry"
        )
        self._step("And the books balance, over all runs:", "bartack status --audit")
        return (fixed, again) == (0, 1)

    def killed(self) -> bool:
        """Kill a sync with SIGKILL in the middle of its pages, and start it again."""
        self._tell(
            "Ten thousand telephone calls are synced, a hundred a page. In the middle of it the process is killed."
        )
        _say("$ bartack sync legacy --stream calls &\n$ kill -9 %1\n")
        pages = self._kill_in_the_middle()
        _say(f"(killed after {pages} pages)\n")
        synced = self._step("The same command again goes on where it was:", "bartack sync legacy --stream calls")
        self._step("Nothing is lost, and nothing is there twice:", "bartack status --audit")
        with open_hub(self.folder) as hub:
            found = hub.audit()
        calls = [one for one in found.balances if one.stream == "calls"]
        return synced == 0 and not found.findings and [one.live for one in calls] == [10_000]

    def _kill_in_the_middle(self) -> int:
        command = [sys.executable, "-m", "bartack", "sync", "legacy", "--stream", "calls", "--config", str(self.folder)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ourselves
        with open_hub(self.folder) as hub:
            while process.poll() is None and self._pages(hub) < _SOME_PAGES:
                time.sleep(0.01)
            process.kill()
            process.wait()
            return self._pages(hub)

    def _pages(self, hub: Hub) -> int:
        run = next((one.last_run for one in hub.status() if one.stream == "calls"), None)
        return 0 if run is None else run.at.pages

    def _step(self, words: str, command: str) -> int:
        self._tell(words)
        _say(f"$ {command}\n")
        return main([*shlex.split(command)[1:], "--config", str(self.folder)])

    def _tell(self, words: str) -> None:
        _say("".join(f"\n# {line}" for line in words.splitlines()) + "\n")


@contextmanager
def _estate(keep: str | None) -> Iterator[Path]:
    """Lay out the estate in ``keep``, or in a folder that goes away."""
    if keep is not None:
        folder = Path(keep)
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError("the folder is not empty", where=keep, next_step="name a new one")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _lay_out(folder)
        except OSError as error:
            raise ConfigError(
                f"the estate cannot be laid out: {error.strerror}", where=keep, next_step="name a folder you may write"
            ) from None
        yield folder
        shutil.rmtree(folder / ".bartack")  # as it was before the story
        _lay_out(folder)
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
