"""What every recording is: things taken down in the order they happened, of which each may have been given again."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from bartack.recording.about import About

__all__ = ["Item", "Taken"]


class Item(Protocol):
    """One thing that was recorded; as text it is what was asked."""

    @property
    def said(self) -> Hashable:
        """What was asked and answered, without how long it took."""


T = TypeVar("T", bound=Item)


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

    @property
    def digest(self) -> str:
        """What the items say, in short: two recordings with the same digest hold the same."""
        said = repr([item.said for item in self.items])
        return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()

    @property
    def doubles(self) -> tuple[T, ...]:
        """The items that say what another one says, in order."""
        said = [repr(item.said) for item in self.items]
        times = Counter(said)
        return tuple(item for item, one in zip(self.items, said, strict=True) if times[one] > 1)

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
