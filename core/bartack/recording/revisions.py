"""What is different when the same was recorded again: interactions that came, went, or were answered otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bartack.recording.canonical import Canonical, canonical
from bartack.recording.messages import Interaction

__all__ = ["Revision", "revision"]


@dataclass(frozen=True, slots=True)
class Revision:
    """The interactions of two recordings that are not the same; those ``changed`` are the later ones. All in their order."""

    added: tuple[Interaction, ...] = ()
    removed: tuple[Interaction, ...] = ()
    changed: tuple[Interaction, ...] = ()


def revision(before: Iterable[Interaction], after: Iterable[Interaction]) -> Revision:
    """Compare two recordings by what was asked; of what was asked several times, the first with the first, and so on."""
    left: dict[Canonical, list[Interaction]] = {}
    for item in before:
        left.setdefault(canonical(item.request), []).append(item)
    added, changed = [], []
    for item in after:
        earlier = left.get(canonical(item.request))
        if not earlier:
            added.append(item)
        elif _answer(earlier.pop(0)) != _answer(item):
            changed.append(item)
    removed = tuple(item for items in left.values() for item in items)
    return Revision(tuple(added), removed, tuple(changed))


def _answer(item: Interaction) -> tuple[object, ...]:
    """Return what matters of an answer; dates and the like in its headers do not."""
    return item.response.status, item.response.body, item.failure
