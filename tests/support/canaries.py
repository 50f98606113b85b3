"""Secrets that sing: what each is for, how it may look when it leaks, and all the places where it could."""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import bartack
from bartack.errors import BartackError
from bartack.events import Event
from bartack.frontends.cli import main

__all__ = ["Aviary", "leaks"]

COMMANDS = (
    "read person --json",
    "read person",
    "read person --require complete",
    "get crm/people/1 --json",
    "explain crm/people/1 --json",
    "explain crm/people/1",
    "check --json",
    "check",
    "connectors",
    "sync --json",
    "sync",
    "status --json",
    "review list",
    "review show 1 --json",
)


def leaks(canary: str, text: str) -> list[str]:
    """Return the spellings in which a secret stands in a text; written without a look at how Bartack replaces them."""
    raw = canary.encode()
    spellings = {
        "plain": canary,
        "quoted": quote(canary, safe=""),
        "quoted, slashes kept": quote(canary),
        "form": quote_plus(canary),
        "JSON": json.dumps(canary)[1:-1],
        "XML": escape(canary),
        "hex": raw.hex(),
        "Python": repr(canary)[1:-1],
        "bytes": repr(raw)[2:-1],
    }
    for shift in range(3):
        core = base64.b64encode(bytes(shift) + raw)[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6].decode()
        spellings[f"base64 at {shift}"] = core
        spellings[f"base64 for URLs at {shift}"] = core.replace("+", "-").replace("/", "_")
    return [name for name, spelling in spellings.items() if spelling in text]


class Aviary:
    """Runs everything there is over one configuration and keeps all that is said, by sink."""

    def __init__(self, folder: Path, secret_files: tuple[str, ...] = ()) -> None:
        self.said: dict[str, list[str]] = {}
        self._folder = folder
        self._secret_files = {folder / name for name in secret_files}

    def fly(self) -> None:
        """Read, get, explain, check and sync, as a library and from the command line, with all logs at DEBUG."""
        with self._logs():
            self._library()
            for command in COMMANDS:
                self._command(command)
        for file in sorted(self._folder.rglob("*")):
            if file.is_file() and file not in self._secret_files:
                self._say(f"file {file.relative_to(self._folder)}", file.read_bytes().decode("latin-1"))

    def hits(self, *canaries: str) -> list[str]:
        """Return where a canary was heard: sink, spelling, and the words around."""
        found = []
        for sink, texts in self.said.items():
            for text in texts:
                for canary in canaries:
                    for spelling in leaks(canary, text):
                        found.append(f"{sink}: {canary} as {spelling}: {_around(canary, text)}")
        return found

    def _library(self) -> None:
        events: list[Event] = []
        with bartack.open(self._folder, listener=events.append) as hub:
            self._try("library", lambda: self._say("settings", repr(hub.source("crm").settings)))
            self._try("library", lambda: self._read(hub))
            self._try("library", lambda: self._say("get", repr(hub.get("crm/people/1"))))
            self._try("library", lambda: self._say("explain", repr(hub.explain("crm/people/1"))))
            self._try("library", lambda: self._say("check", repr(hub.check())))
            self._try("library", lambda: self._sync(hub))
            self._try("library", lambda: self._say("session", repr(hub.source("crm").open())))
            self._try(
                "library",
                lambda: self._say("hub", f"{hub!r} {hub.config!r} {hub.source('crm')!r} {hub.source('crm').runtime!r}"),
            )
        self._say("events", repr(events))

    def _read(self, hub: bartack.Hub) -> None:
        read = hub.read("person", allow_partial=True)
        for item in read.items():
            self._say("items", f"{item!r} {item.model_dump_json()}")
        self._say("rejects", repr(read.rejects))
        self._say("report", f"{read.report!r} {read.report.model_dump_json()}")
        for error in read.errors:
            self._error("read", error)
        list(hub.read("person"))

    def _sync(self, hub: bartack.Hub) -> None:
        for synced in hub.sync():
            self._say("synced", repr(synced))
            if synced.error is not None:
                self._error("sync", synced.error)

    def _command(self, command: str) -> None:
        out = StringIO()
        where = [] if command == "connectors" else ["--config", str(self._folder)]
        with redirect_stdout(out), redirect_stderr(out):
            try:
                main([*command.split(), *where])
            except SystemExit as error:
                out.write(str(error))
            except BartackError as error:
                self._error(f"bartack {command}", error)
        self._say(f"bartack {command}", out.getvalue())

    def _try(self, sink: str, action: Callable[[], Any]) -> None:
        try:
            action()
        except BartackError as error:
            self._error(sink, error)

    def _error(self, sink: str, error: BaseException) -> None:
        """Say an error and all that hangs on it, what is suppressed included."""
        self._say(f"{sink}: traceback", "".join(traceback.format_exception(error)))
        waiting: list[BaseException | None] = [error]
        seen: set[int] = set()
        while waiting:
            one = waiting.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            waiting += [one.__cause__, one.__context__, *(arg for arg in one.args if isinstance(arg, BaseException))]
            self._say(f"{sink}: {type(one).__name__}", f"{one} {one!r} {one.args!r} {getattr(one, '__dict__', {})!r}")

    def _say(self, sink: str, text: str) -> None:
        self.said.setdefault(sink, []).append(text)

    @contextmanager
    def _logs(self) -> Iterator[None]:
        """Take down what all loggers say, at DEBUG, with what they were given to say it."""
        handler = _Handler(self._say)
        root = logging.getLogger()
        level = root.level
        loggers = [
            logging.getLogger(name)
            for name in ("urllib3", "zeep", "sqlalchemy", "bartack", "requests", "hvac", "keyring")
        ]
        levels = [logger.level for logger in loggers]
        for logger in (root, *loggers):
            logger.setLevel(logging.DEBUG)
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            for logger, before in zip(loggers, levels, strict=True):
                logger.setLevel(before)


class _Handler(logging.Handler):
    def __init__(self, say: Callable[[str, str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(f"log {record.name}", f"{self.format(record)} {record.args!r}")


def _around(canary: str, text: str) -> str:
    at = text.find(canary[:8])
    return re.sub(r"\s+", " ", text[max(0, at - 60) : at + 60]) if at >= 0 else "…"
