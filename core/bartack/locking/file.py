"""``bartack.lock``: written beside the configuration, read without trust, and held against what is there now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from bartack.errors import ConfigError, LockError, RecordingError
from bartack.locking.declared import digest_of
from bartack.locking.differences import differences, in_words
from bartack.locking.document import FORMAT, Lock, lock_of
from bartack.reading.source import Source
from bartack.recording.files import write_text
from bartack.registry import Plugins

__all__ = ["FILE", "beside", "hold", "read", "write"]

FILE = "bartack.lock"


def beside(config: Path | str) -> Path:
    """Return where the lock of a configuration file is."""
    return Path(config).with_name(FILE)


def read(path: Path) -> Lock:
    """Read a lock.

    Raises
    ------
    LockError
        there is none, it is damaged or was changed by hand, or a newer Bartack wrote it.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LockError("there is no lock", where=str(path), next_step="bartack lock writes one") from None
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from None
    if not isinstance(document, dict) or not isinstance(document.get("lock"), int):
        raise _damaged(path, "it is none")
    if document["lock"] > FORMAT:
        raise LockError(
            f"a newer Bartack wrote it (format {document['lock']}, known is {FORMAT})",
            where=str(path),
            next_step="use that Bartack, or write it anew: bartack lock",
        )
    digest = document.pop("digest", None)
    if digest != digest_of(document):
        raise _damaged(path, "its digest is of another content")
    return Lock(document)


def _damaged(path: Path, why: str) -> LockError:
    return LockError(
        f"the lock is damaged, or was changed by hand: {why}",
        where=str(path),
        next_step="take it from version control, or look at what is there now and write it anew: bartack lock",
    )


def write(path: Path, lock: Lock) -> None:
    """Write a lock, so that readers see the old one or the new one, never a part.

    Raises
    ------
    ConfigError
        it cannot be written.
    """
    try:
        write_text(path, lock.text)
    except RecordingError as error:
        words = error.message.replace("the cassette", "the lock")
        raise ConfigError(words, where=str(path), next_step="check the folder and its permissions") from None


def hold(path: Path, sources: Iterable[Source], plugins: Plugins) -> None:
    """Hold what is configured and installed now against a lock; nothing is asked of any source.

    Raises
    ------
    LockError
        they do not match (``differences`` says where), or there is no lock that can be read.
    ConfigError
        what is configured now cannot be used at all.
    """
    found = differences(read(path), lock_of(sources, plugins))
    if found:
        raise LockError(
            f"what is configured and installed is not what was locked:\n{in_words(found)}",
            where=str(path),
            next_step="undo the change; or look at it, and lock anew: bartack lock",
            differences=found,
        )
