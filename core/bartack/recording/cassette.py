"""A cassette: recorded interactions in the order they happened, in a file (YAML or JSON) that vcrpy reads too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from bartack.errors import RecordingError
from bartack.recording.about import About
from bartack.recording.files import is_json, read, write
from bartack.recording.format import from_document, to_document
from bartack.recording.messages import Interaction
from bartack.recording.taken import Taken

__all__ = ["Cassette"]

_HEADING = "Recorded by Bartack. Secrets are replaced by the word scrubbed."


class Cassette(Taken[Interaction]):
    """Recorded interactions. Nothing is scrubbed here."""

    def __init__(
        self,
        path: str | Path,
        interactions: Iterable[Interaction] = (),
        *,
        about: About | None = None,
        allow_playback_repeats: bool = False,
    ) -> None:
        super().__init__(path, interactions, about, allow_playback_repeats=allow_playback_repeats)

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
            return cls.from_document(path, document)
        except RecordingError as error:
            raise error.at(str(path)) from None

    @classmethod
    def from_document(cls, path: Path, document: Any) -> Self:
        """Read a cassette out of a file's content.

        Raises
        ------
        RecordingError
            it is no cassette, or one of its bodies cannot be unpacked.
        """
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

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """All interactions so far, oldest first."""
        return self.items

    def save(self) -> None:
        """Write the file as it should be now, all or nothing; the same interactions give the same bytes.

        Raises
        ------
        RecordingError
            the file cannot be written.
        """
        text_only = is_json(self.path)
        interactions = [to_document(item, text_only=text_only) for item in self.interactions]
        document = self.described() | {"interactions": interactions, "version": 1}
        write(self.path, document, heading=_HEADING)
