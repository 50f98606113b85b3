"""What is told of records that are of the same one: with the key, its value, and where it stands on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bartack.replica.answers import Standing
from bartack_contracts import Ref, Verdict

__all__ = ["Ambiguous", "Link", "Linked"]


@dataclass(frozen=True, slots=True)
class Link:
    """A record that is known by the same value of ``key``.

    ``value``: in the form in which it is compared; ``None`` where it is masked. ``here`` and ``there``: the contract field
    that holds it in the record that was asked about, and in the linked one; ``ref`` where it is the record's own id.
    """

    ref: Ref
    contract: str
    key: str
    value: str | None
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A value that links nothing, and ``why``: it is no one's own. ``sources``: how many records of each carry it."""

    key: str
    value: str | None
    here: str
    sources: Mapping[str, int]
    why: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The records that are linked with one, and how far each stream can be trusted in which some were sought.

    Nothing is merged, and no link is followed by a second one: what a linked record is linked with is asked of that.
    ``notices``: what else is to be known, such as that there are links which may not be told.
    """

    ref: Ref
    contract: str
    links: tuple[Link, ...]
    ambiguous: tuple[Ambiguous, ...]
    standings: tuple[Standing, ...]
    verdict: Verdict
    notices: tuple[str, ...] = ()
