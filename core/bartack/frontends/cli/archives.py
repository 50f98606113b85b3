"""``bartack cassette har``: from the archives of browsers and proxies to cassettes, and back."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bartack.errors import ConfigError, RecordingError
from bartack.recording import Cassette, Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.cleaning import clean
from bartack.recording.files import write_text
from bartack.recording.har import from_har, to_har

__all__ = ["har"]


def har(options: argparse.Namespace) -> int:
    """Turn an archive into a cassette, scrubbed, or a cassette into an archive: the ending says which is which."""
    given, out = Path(options.file), Path(options.out)
    if (given.suffix == ".har") == (out.suffix == ".har"):
        raise ConfigError("one of the two files is an archive", next_step="let its name end in .har")
    if given.suffix == ".har":
        count = _imported(given, out)
    else:
        cassette = Cassette.load(given)
        archive = to_har(cassette.interactions, cassette.about.recorded_at)
        write_text(out, json.dumps(archive, ensure_ascii=False, indent=1) + "\n")
        count = len(cassette)
    told = {"out": str(out), "interactions": count}
    sys.stdout.write((json.dumps(told) if options.json else f"{out}: {count} interactions") + "\n")
    return 0


def _imported(archive: Path, out: Path) -> int:
    try:
        interactions = from_har(archive.read_bytes())
    except OSError as error:
        raise RecordingError(f"the archive cannot be read: {error.strerror}", where=str(archive)) from None
    except RecordingError as error:
        raise error.at(str(archive)) from None
    cassette = clean(Cassette(out, interactions), Scrubber((), Personal(Tokens(ScrubKey.new())))).cassette
    cassette.save()
    return len(cassette)
