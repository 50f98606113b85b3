"""bartack lock: what is read and by which rules, written down and held."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bartack.comparing.consumers import consumers_of, hit
from bartack.errors import ConfigError, LockError
from bartack.frontends.cli.main import INCOMPLETE
from bartack.hub import Hub, open_hub
from bartack.locking import Difference, beside, differences, lock_of, read, write

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Write the lock of a configuration, or say what is not as it holds."""
    with open_hub(options.config) as hub:
        if not hub.sources:
            raise ConfigError(
                "no source is configured", where=hub.config.file, next_step="write a table [sources.NAME]"
            )
        path = beside(Path(hub.config.file))
        now = lock_of(map(hub.source, hub.sources), hub.plugins)
        if options.check:
            found = differences(read(path), now)
            _tell(hub, found, as_lines=options.json)
            if not found and not options.json:
                sys.stdout.write(f"all is as {path.name} holds\n")
            return INCOMPLETE if found else 0
        with suppress(LockError):  # there is none yet, or none that can be read
            _tell(hub, differences(read(path), now), as_lines=options.json)
        write(path, now)
        if not options.json:
            told = f"{len(now.document['sources'])} sources, {len(now.document['contracts'])} contracts"
            sys.stdout.write(f"{path.name} holds {told}: {now.digest}\n")
    return 0


def _tell(hub: Hub, found: Sequence[Difference], *, as_lines: bool) -> None:
    """Tell each difference, and which consumers it hits."""
    consumers = consumers_of(hub.config, hub.contracts)
    for one in found:
        hits = hit(consumers, [one.field]) if one.field is not None else ()
        if as_lines:
            told = {"place": one.place, "before": one.before, "after": one.after, "consumers": hits}
            sys.stdout.write(json.dumps({"difference": told}, ensure_ascii=False) + "\n")
        else:
            whom = f"; hits {', '.join(hits)}" if hits else ""
            sys.stdout.write(f"{one}{whom}\n")
