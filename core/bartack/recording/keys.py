"""The key of a project's tokens: who has it makes the same tokens again; who has not can neither make nor undo them.

It is looked for in ``BARTACK_SCRUB_KEY``, then in ``.bartack/scrub.key`` beside the configuration, which the first recording
makes. Neither is for the repository: a cassette names the key it was made with by eight digits, which tell nothing of it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bartack.errors import RecordingError

__all__ = ["FILE", "VARIABLE", "ScrubKey", "find_key", "make_key"]

VARIABLE = "BARTACK_SCRUB_KEY"
FILE = Path(".bartack", "scrub.key")
_SHORTEST = 16
_NOBODYS = "# Made by Bartack. What is here belongs into no repository.\n*\n"


@dataclass(frozen=True)
class ScrubKey:
    """A key, of any text of at least 16 characters; it does not show itself."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.text) < _SHORTEST:
            raise RecordingError(
                f"a scrub key has at least {_SHORTEST} characters; this one has {len(self.text)}",
                next_step=f"unset {VARIABLE} and let Bartack make one, or set a long one",
            )

    @classmethod
    def new(cls) -> ScrubKey:
        """Return a key nobody has had before."""
        return cls(secrets.token_hex(32))

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits by which a cassette names its key."""
        return hashlib.blake2b(self._secret, digest_size=4, person=b"bartack key id").hexdigest()

    @cached_property
    def _secret(self) -> bytes:
        return hashlib.blake2b(self.text.encode("utf-8"), person=b"bartack scrub").digest()

    def stream(self, purpose: str, value: str) -> Callable[[int], int]:
        """Return numbers from 0 to 65,535 that follow from the key, a purpose and a value; asked for by position."""
        message = value.encode("utf-8", "surrogatepass")
        person = purpose.encode("ascii")[:16]
        blocks: list[bytes] = []

        def number(at: int) -> int:
            block, offset = divmod(at, 32)
            while len(blocks) <= block:
                salt = len(blocks).to_bytes(4, "big")
                blocks.append(hashlib.blake2b(message, key=self._secret, salt=salt, person=person).digest())
            return int.from_bytes(blocks[block][2 * offset : 2 * offset + 2], "big")

        return number


def find_key(folder: Path, environ: Mapping[str, str]) -> ScrubKey | None:
    """Return the project's key, if it has one here.

    Raises
    ------
    RecordingError
        there is one that cannot be read or is too short.
    """
    if text := environ.get(VARIABLE, "").strip():
        return ScrubKey(text)
    try:
        return ScrubKey((folder / FILE).read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise RecordingError(f"the scrub key cannot be read: {reason}", where=str(folder / FILE)) from None


def make_key(folder: Path, environ: Mapping[str, str]) -> ScrubKey:
    """Return the project's key; where it has none, make one that only its owner can read.

    Raises
    ------
    RecordingError
        as :func:`find_key`; or a new one cannot be written.
    """
    if (found := find_key(folder, environ)) is not None:
        return found
    file = folder / FILE
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not (ignore := file.parent / ".gitignore").exists():
            ignore.write_text(_NOBODYS, encoding="ascii")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(f"{ScrubKey.new().text}\n")
        with suppress(FileExistsError):  # another process was faster: its key is the project's
            os.link(draft, file)
        draft.unlink()
    except OSError as error:
        raise RecordingError(
            f"the scrub key cannot be written: {error.strerror}", where=str(file), next_step=f"set {VARIABLE}"
        ) from None
    return make_key(folder, environ)
