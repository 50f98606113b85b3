"""Finds what must not be in a repository, in any text file: secrets and personal data, told by place and kind, never shown.

A line is searched for well-known shapes, for values that look random under a secret name, for secrets that are known by
value, and for personal data by its looks. A cassette is read, too: whatever a scrubber would still replace is a leak, also
inside of base64 or of a packed body.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.cleaning import clean
from bartack.recording.detectors import find
from bartack.recording.keys import ScrubKey
from bartack.recording.library import SUFFIXES
from bartack.recording.names import PLACEHOLDER, is_secret_field, is_secret_header
from bartack.recording.personal import Personal
from bartack.recording.prose import SHAPES
from bartack.recording.readings import KEPT
from bartack.recording.scrub import Scrubber
from bartack.recording.tokens import Tokens
from bartack.secrets import MARK, KnownSecrets

__all__ = ["Leak", "Scanner", "fingerprint", "text_files"]

_SKIPPED = frozenset((".git", ".hg", ".venv", "node_modules", "__pycache__"))
_NAMED = re.compile(
    r"([A-Za-z_][\w.-]{1,63})\\?[\"']?\s{0,8}(?:[:=]|=>)\s{0,8}\\?[\"']?(?:(?:Bearer|Basic|Token)\s+)?"
    r"([^\s\"'\\,;&<>(){}\[\]]{12,})"
)
_ELEMENT = re.compile(r"<(?:\w+:)?([A-Za-z][\w.-]{1,63})(?:\s[^<>]*)?>([^\s<>]{12,})</")
_HEADER_NAME = re.compile(r"\s*([A-Za-z][\w-]{2,63}):\s*$")
_HEADER_VALUE = re.compile(r"\s*-\s+[\"']?(?:(?:Bearer|Basic|Token)\s+)?([^\s\"']{8,})")
_RANDOM = 3.0
"""Bits a character from which on a value looks random; words have 2.5 to 3.5, but seldom with digits among them."""


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """A finding: the line (from 1), its kind, and a fingerprint that tells it from others and leads to nobody."""

    line: int
    kind: str
    fingerprint: str


@lru_cache(4096)
def fingerprint(value: str) -> str:
    """Return twelve hexadecimal digits for a value: slow to make, so that nobody tries all telephone numbers."""
    digest = hashlib.scrypt(value.encode("utf-8", "surrogatepass"), salt=b"bartack scan", n=2**12, r=8, p=1, dklen=6)
    return digest.hex()


def text_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files, and those below folders, in order; not those of version control and of installed packages.

    Raises
    ------
    RecordingError
        there is no such file or folder.
    """
    for path in paths:
        if path.is_dir():
            inside = (one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink())
            yield from (one for one in inside if not _SKIPPED & set(one.relative_to(path).parts))
        elif path.exists():
            yield path
        else:
            raise RecordingError("there is no such file or folder", where=str(path), next_step="check the path")


class Scanner:
    """Searches files. ``secrets`` are known by value; ``personal`` says what is personal besides what looks so."""

    def __init__(self, secrets: KnownSecrets | None = None, personal: Personal | None = None) -> None:
        self._secrets = secrets or KnownSecrets()
        personal = personal or Personal(Tokens(ScrubKey.new()))
        self._personal = personal.again()
        self._redactor = self._secrets.redactor(MARK)

    def file(self, path: Path) -> list[Leak]:
        """Return the leaks of a file; none of one that is no text.

        Raises
        ------
        RecordingError
            it cannot be read.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RecordingError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
        if b"\0" in content[:8192]:
            return []
        cassette = _cassette(path, content)
        kept = cassette is not None and cassette.about.personal == KEPT
        found = list(self.text(content.decode("utf-8", "replace"), personal=not kept))
        return found or (list(self._inside(cassette)) if cassette is not None else [])

    def text(self, text: str, *, personal: bool = True) -> Iterator[Leak]:
        """Yield the leaks of a text, line by line; ``personal``: personal data counts."""
        header = ""
        for number, line in enumerate(text.splitlines(), 1):
            seen: set[str] = set()
            for kind, value in self._line(line, header, personal=personal):
                if value not in seen and not any(value in other for other in seen):
                    seen.add(value)
                    yield Leak(number, kind, fingerprint(value))
            named = _HEADER_NAME.match(line)
            header = named[1] if named else header if line.lstrip().startswith("- ") else ""

    def _line(self, line: str, header: str, *, personal: bool) -> Iterator[tuple[str, str]]:
        if self._redactor and self._redactor.text(line) is not line:
            yield "known secret", line.strip()
        for kind, needle, shape in SHAPES:
            if needle in line:
                yield from ((kind, found[0]) for found in shape.finditer(line))
        for pattern in (_NAMED, _ELEMENT):
            for found in pattern.finditer(line):
                if (is_secret_field(found[1]) or is_secret_header(found[1])) and _is_random(found[2]):
                    yield "secret by its name", found[2]
        if is_secret_header(header) and (value := _HEADER_VALUE.match(line)) and _is_random(value[1]):
            yield "secret by its name", value[1]
        if personal:
            for kind, start, end in find(line):
                if self._personal.stands.found(kind, line[start:end]) != line[start:end]:
                    yield kind, line[start:end]

    def _inside(self, cassette: Cassette) -> Iterator[Leak]:
        """Yield what a scrubber would still replace in a cassette of which no line looks suspicious."""
        scrubber = Scrubber(self._secrets, self._personal)
        for where, kind in sorted(clean(cassette, scrubber).found):
            yield Leak(1, f"{kind} in {where}", fingerprint(f"{cassette.path.name} {where} {kind}"))


def _cassette(path: Path, content: bytes) -> Cassette | None:
    if path.suffix not in SUFFIXES or b"interactions" not in content:
        return None
    try:
        return Cassette.load(path)
    except RecordingError:
        return None


def _is_random(value: str) -> bool:
    """Tell whether a value looks like a secret that a machine made, or somebody careful."""
    if PLACEHOLDER in value or MARK in value or not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
        return False
    counts = Counter(value)
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    return bits >= _RANDOM and not re.match(r"\$|%\(|https?:|/|\./|~/", value)
