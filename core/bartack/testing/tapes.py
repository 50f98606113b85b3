"""Cassettes as tests use them: found by name, recorded on demand, and played to their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import requests

from bartack.errors import RecordingError
from bartack.recording import Cassette, load_recording, recording, replaying
from bartack.recording.adapters import RecordingAdapter, ReplayAdapter
from bartack.recording.sql import SqlCassette

__all__ = ["CASSETTES", "Tape", "alike", "cassette_folder", "overlaid"]

CASSETTES = "BARTACK_CASSETTES"
"""Environment variable: a folder in which a cassette is looked for first, by its path in the project's own folder."""


@dataclass(frozen=True)
class Tape:
    """A cassette of one test. ``source``: the source of the hub that it stands in for; ``None`` for sessions of ``requests``.

    ``mode``: whether it is played or recorded. ``spare``: not all of it has to be asked for.
    """

    path: Path
    source: str | None = None
    mode: Literal["replay", "record"] = "replay"
    spare: bool = False

    @cached_property
    def cassette(self) -> Cassette | SqlCassette:
        """What was recorded.

        Raises
        ------
        RecordingError
            there is no such file, or it is no cassette.
        """
        try:
            return load_recording(self.path)
        except RecordingError as error:
            if not self.path.exists():
                error.next_step = "record it: pytest --record"
            raise

    @cached_property
    def adapter(self) -> RecordingAdapter | ReplayAdapter:
        """What answers, or records what is answered, when it is mounted on a session.

        Raises
        ------
        RecordingError
            there is no such file, or it is no recording of HTTP.
        """
        return recording(self.path) if self.mode == "record" else replaying(Cassette.load(self.path))

    def session(self) -> requests.Session:
        """Return a session of ``requests`` that is answered from the cassette, or recorded."""
        session = requests.Session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, self.adapter)
        return session

    def close(self, *, passed: bool) -> None:
        """Save what was recorded, if the test has passed.

        Raises
        ------
        RecordingError
            it cannot be written.
        """
        if self.mode == "record" and self.source is None and passed:
            self.adapter.cassette.save()

    def left(self) -> str:
        """Say what nobody has asked for; blank where that is nothing, or does not matter."""
        if self.mode == "record" or self.spare:
            return ""
        whole = self.cassette if self.source is not None else self.adapter.cassette
        unplayed = whole.unplayed
        if not unplayed:
            return ""
        shown = ", ".join(map(str, unplayed[:3])) + (" …" if len(unplayed) > 3 else "")
        return (
            f"{len(unplayed)} of {len(whole)} recorded answers in {self.path} were not asked for: {shown}; "
            "record it anew (pytest --record=again), or say that it may be: @pytest.mark.cassette(…, spare=True)"
        )


def cassette_folder(test: Path, declared: str = "") -> Path:
    """Return the folder of cassettes that a test file uses: as declared, else the nearest ``cassettes`` upwards, else beside."""
    if declared:
        return Path(declared)
    for folder in test.parents:
        if (folder / "cassettes").is_dir():
            return folder / "cassettes"
    return test.parent / "cassettes"


def overlaid(path: Path, folder: Path, environ: Mapping[str, str]) -> Path:
    """Return where a cassette is read from: another folder may go before the project's own (twins of it, for a kill report)."""
    other = environ.get(CASSETTES)
    if other and path.is_relative_to(folder) and (instead := Path(other) / path.relative_to(folder)).exists():
        return instead
    return path


def alike(paths: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield pairs of recordings that hold the same; what is none is passed over."""
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            recording = load_recording(path)
        except RecordingError:
            continue
        if len(recording):
            first = seen.setdefault(recording.digest, path)
            if first != path:
                yield first, path
