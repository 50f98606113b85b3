"""A file that appears under its name when all of it is on the disk, and not before."""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from bartack.errors import ConfigError, ExportError

__all__ = ["WholeFile", "Written", "digest_of", "settle_folder", "writable"]

_CHUNK = 1 << 20


class Written(NamedTuple):
    """What is on the disk: ``size`` in bytes, ``sha256`` as ``sha256:…``."""

    name: str
    size: int
    sha256: str


class WholeFile(io.RawIOBase):
    """A binary file that is written under another name; :meth:`publish` puts it in the place of what was there.

    Left by an error it leaves nothing. Readable by its owner only, for there are persons in it.

    Raises
    ------
    ConfigError
        there can be no such file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.size = 0
        self._given_up = False
        self._digest = hashlib.sha256()
        try:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            number, self._name = _draft_of(path)
        except OSError as error:
            raise ConfigError(
                f"cannot be written: {error.strerror}",
                where=str(path),
                next_step="name a file in a folder that you may write to",
            ) from None
        self._file = os.fdopen(number, "wb")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Write bytes, and take them into the digest; once it is given up, writers may still write their ends into nothing."""
        if self._given_up:
            return len(data)
        with writable(self.path):
            self._file.write(data)
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def publish(self) -> Written:
        """Let the file appear under its name, whole and on the disk.

        Raises
        ------
        ExportError
            the disk is full, or fails.
        """
        with writable(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            Path(self._name).replace(self.path)
            settle_folder(self.path.parent)
        return Written(self.path.name, self.size, f"sha256:{self._digest.hexdigest()}")

    def discard(self) -> None:
        """Leave nothing; after :meth:`publish` there is nothing to leave."""
        self._given_up = True
        with suppress(OSError):
            self._file.close()
        Path(self._name).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def _draft_of(path: Path) -> tuple[int, str]:
    """Make a draft and hold it, after removing those that nobody holds: of processes that were killed."""
    for draft in path.parent.glob(f".{glob.escape(path.name)}.????????"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()
    while True:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        fcntl.flock(number, fcntl.LOCK_EX)
        if os.fstat(number).st_nlink:  # nobody took it for left behind, before it was held
            return number, name
        os.close(number)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn what the operating system says about writing into an error that tells what to do.

    Raises
    ------
    ExportError
        the disk is full, or fails.
    """
    try:
        yield
    except OSError as error:
        step = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "look at the disk and the folder"
        raise ExportError(
            f"cannot be written: {error.strerror}", where=str(path), next_step=f"{step}, then run it again"
        ) from None


def settle_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def digest_of(path: Path) -> Written:
    """Return what is on the disk.

    Raises
    ------
    OSError
        it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            size += len(data)
    return Written(path.name, size, f"sha256:{digest.hexdigest()}")
