"""What every recording is: things taken down in the order they happened, of which each may have been given again."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from bartack.recording.about import About

__all__ = ["Taken"]

T = TypeVar("T")


class Taken(Generic[T]):
    """Items and the file they live in: JSON where its name ends in ``.json``, else YAML. Safe in threads.

    ``about``: when and with what they were recorded. ``allow_playback_repeats``: a replay may give the last answer to a request
    again. Both are kept in the file.
    """

    def __init__(
        self, path: str | Path, items: Iterable[T], about: About | None, *, allow_playback_repeats: bool
    ) -> None:
        self.path = Path(path)
        self.about = about if about is not None else About()
        self.allow_playback_repeats = allow_playback_repeats
        self._items = list(items)
        self._played: set[int] = set()
        self._lock = threading.Lock()

    @property
    def items(self) -> tuple[T, ...]:
        """All of it so far, oldest first."""
        with self._lock:
            return tuple(self._items)

    @property
    def unplayed(self) -> tuple[T, ...]:
        """What no replay of this recording has given yet, oldest first."""
        with self._lock:
            return tuple(item for item in self._items if id(item) not in self._played)

    def played(self, item: T) -> None:
        """Take note that one of the items was given."""
        with self._lock:
            self._played.add(id(item))

    def append(self, item: T) -> None:
        """Add an item at the end; nothing is written before it is saved."""
        with self._lock:
            self._items.append(item)

    def described(self) -> dict[str, Any]:
        """Return the beginning of the file: what the recording says of itself."""
        metadata = self.about.to_document()
        if self.allow_playback_repeats:
            metadata["allow_playback_repeats"] = True
        return {"metadata": metadata} if metadata else {}

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}, {len(self)} items)"
