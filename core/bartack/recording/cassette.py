"""A cassette: recorded interactions in the order they happened, in a file (YAML or JSON) that vcrpy reads too."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from bartack.errors import RecordingError
from bartack.recording.about import About
from bartack.recording.files import is_json, read, write
from bartack.recording.format import from_document, to_document
from bartack.recording.messages import Interaction

__all__ = ["Cassette"]

_HEADING = "Recorded by Bartack. Secrets are replaced by the word scrubbed."


class Cassette:
    """Interactions and the file they live in: JSON where its name ends in ``.json``, else YAML.

    Adding is safe from several threads; nothing is scrubbed here.
    ``about``: when and with what it was recorded. ``allow_playback_repeats``: a replay may answer a request again with its
    last answer. Both are kept in the file.
    """

    def __init__(
        self,
        path: str | Path,
        interactions: Iterable[Interaction] = (),
        *,
        about: About | None = None,
        allow_playback_repeats: bool = False,
    ) -> None:
        self.path = Path(path)
        self.about = about if about is not None else About()
        self.allow_playback_repeats = allow_playback_repeats
        self._interactions = list(interactions)
        self._played: set[int] = set()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a cassette, of Bartack or of vcrpy.

        Raises
        ------
        RecordingError
            there is no such file, it is no cassette, or one of its bodies cannot be unpacked.
        """
        path = Path(path)
        document = read(path)
        try:
            items = document.get("interactions") if isinstance(document, dict) else None
            if not isinstance(document, dict) or not isinstance(items, list):
                raise RecordingError("this file is no cassette: it holds no list of interactions")
            version = document.get("version")
            if version not in (1, "1"):
                told = f"version {version!r}"[:40] if isinstance(version, str | int) else "no version"
                raise RecordingError(f"the format has {told}; version 1 is known")
            metadata = document.get("metadata")
            metadata = metadata if isinstance(metadata, dict) else {}
            return cls(
                path,
                [from_document(item, f"interaction {n}") for n, item in enumerate(items, 1)],
                about=About.from_document(metadata),
                allow_playback_repeats=metadata.get("allow_playback_repeats") in (True, "true"),
            )
        except RecordingError as error:
            raise error.at(str(path)) from None

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """All interactions so far, oldest first."""
        with self._lock:
            return tuple(self._interactions)

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions that no replay of this cassette has given yet, oldest first."""
        with self._lock:
            return tuple(item for item in self._interactions if id(item) not in self._played)

    def played(self, interaction: Interaction) -> None:
        """Take note that one of its interactions was given."""
        with self._lock:
            self._played.add(id(interaction))

    def append(self, interaction: Interaction) -> None:
        """Add an interaction at the end; nothing is written before :meth:`save`."""
        with self._lock:
            self._interactions.append(interaction)

    def save(self) -> None:
        """Write the file as it should be now, all or nothing; the same interactions give the same bytes.

        Raises
        ------
        RecordingError
            the file cannot be written.
        """
        metadata = self.about.to_document()
        if self.allow_playback_repeats:
            metadata["allow_playback_repeats"] = True
        document: dict[str, Any] = {"metadata": metadata} if metadata else {}
        text_only = is_json(self.path)
        interactions = [to_document(item, text_only=text_only) for item in self.interactions]
        document |= {"interactions": interactions, "version": 1}
        write(self.path, document, heading=_HEADING)

    def __len__(self) -> int:
        return len(self.interactions)

    def __repr__(self) -> str:
        return f"Cassette({str(self.path)!r}, {len(self)} interactions)"
