"""``bartack cassette scrub`` and ``scan``: recordings without secrets and personal data, and the proof of it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from bartack import config as configuration
from bartack import registry
from bartack.errors import BartackError, ConfigError
from bartack.frontends.cli.tables import console, table
from bartack.hub import Hub
from bartack.reading.personal import columns_of
from bartack.reading.replayed import source_of
from bartack.reading.source import offline
from bartack.recording import Cassette, Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.allowing import FILE, allowed, allowing_text
from bartack.recording.cleaning import clean
from bartack.recording.keys import find_key, make_key
from bartack.recording.names import is_secret_field
from bartack.recording.personal import Columns
from bartack.recording.scanning import Leak, Scanner, text_files
from bartack.secrets import KnownSecrets
from bartack.transports.base import Runtime

__all__ = ["scan", "scrub"]

_SHORTEST = 8
"""Characters of a value of the environment that is searched for: shorter ones are words."""


def scrub(options: argparse.Namespace) -> int:
    """Take secrets and personal data out of cassettes, in place; say how much of what stood where, and nothing else."""
    folder = _folder(options.config)
    key = find_key(folder, os.environ) if options.check else make_key(folder, os.environ)
    tokens = Tokens(key if key is not None else ScrubKey.new())
    secrets = _known(options.config)
    changed = False
    for path in options.files:
        cassette = Cassette.load(path)
        personal = Personal(tokens, _columns(cassette, options.connector))
        cleaned = clean(cassette, Scrubber(secrets, personal))
        changed |= bool(cleaned.found)
        if cleaned.found and not options.check:
            cleaned.cassette.save()
        rows = [[where, kind, count] for (where, kind), count in sorted(cleaned.found.items())]
        if options.json:
            found = [{"where": where, "kind": kind, "values": count} for where, kind, count in rows]
            _line({"cassette": path, "changed": bool(found) and not options.check, "found": found})
        else:
            told = "would be changed" if options.check else "changed"
            sys.stdout.write(f"{path}: {told if rows else 'nothing to replace'}\n")
            if rows:
                console().print(table(["where", "kind", "values"], rows))
    return 1 if changed and options.check else 0


def scan(options: argparse.Namespace) -> int:
    """Search files for what must not be in a repository; say where and what kind, never what it is."""
    paths = [Path(one) for one in options.paths] or [Path()]
    allow = Path(options.allow or FILE)
    reasons = allowed(allow)
    scanner = Scanner(_known(options.config))
    files, leaks = 0, list[tuple[Path, Leak]]()
    for path in text_files(paths):
        files += 1
        leaks += [(path, leak) for leak in scanner.file(path) if leak.fingerprint not in reasons]
    for path, leak in leaks:
        if options.json:
            found = {"file": str(path), "line": leak.line, "kind": leak.kind, "fingerprint": leak.fingerprint}
            _line({"leak": found})
        else:
            sys.stdout.write(f"{path}:{leak.line}: {leak.kind} {leak.fingerprint}\n")
    if options.reason and leaks:
        with allow.open("a", encoding="utf-8") as file:
            file.write(allowing_text((leak.fingerprint for _, leak in leaks), options.reason))
        sys.stdout.write(f"{len({leak.fingerprint for _, leak in leaks})} allowed in {allow}\n")
        return 0
    if options.json:
        _line({"scanned": {"files": files, "leaks": len(leaks), "allowed": len(reasons)}})
    else:
        sys.stdout.write(f"{len(leaks)} leaks in {files} files\n")
        if leaks:
            sys.stdout.write(
                f"bartack cassette scrub cleans recordings; what is harmless goes into {allow}, with a reason\n"
            )
    return 1 if leaks else 0


def _folder(config: str | None) -> Path:
    """Return where the project's key is: beside its configuration, or here."""
    with suppress(ConfigError):
        return _configuration(config).parent
    return Path()


def _configuration(config: str | None) -> Path:
    start = Path(config) if config is not None else Path()
    return start if start.is_file() else configuration.find(start.resolve())


def _known(config: str | None) -> KnownSecrets:
    """Return the secrets that are known here: of the environment, by their names, and of the configuration."""
    named = {value for name, value in os.environ.items() if is_secret_field(name) or name.upper().endswith("_TOKEN")}
    known = KnownSecrets(value for value in named if len(value) >= _SHORTEST)
    try:
        file = _configuration(config)
    except ConfigError:
        if config is not None:
            raise
        return known
    with Hub(configuration.load(file)) as hub:
        for name in hub.sources:
            try:
                known.add(*hub.source(name).known_secrets().texts())
            except BartackError as error:
                sys.stderr.write(f"the secrets of {name} are not looked for: {error}\n")
    return known


def _columns(cassette: Cassette, connector: str | None) -> Columns:
    """Return the personal columns of the source a cassette was recorded of, if it says which, or the connector is named."""
    about = cassette.about
    name = connector or about.connector
    if not name:
        return {}
    runtime = Runtime(base_dir=str(_folder(None)))
    try:
        plugins = registry.load({name})
        if name == about.connector:
            return columns_of(source_of(about, plugins, runtime))
        return columns_of(offline(plugins.connector(name), name, plugins, runtime))  # what it says needs no settings
    except ConfigError:
        if connector is not None:
            raise
        return {}


def _line(data: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
