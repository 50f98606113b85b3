"""What waits, by what is wrong with it: rejects of one stream whose same fields failed for the same reasons."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from bartack.errors import BartackError, ConfigError
from bartack.masking import masked_issue
from bartack.store.reasons import Reasons
from bartack_contracts import Issue

__all__ = ["Bulk", "Cause", "Fault", "causes_of", "each", "no_such_cause"]

T = TypeVar("T")

_PLACE = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A contract field (a native path, or ``row``, where it is about none) and the code of what is wrong with it."""

    field: str
    code: str

    def __str__(self) -> str:
        return f"{self.field}: {self.code}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Rejects of one stream and contract with the same ``faults``: their ``numbers``, the oldest first.

    ``key`` names the group, here and tomorrow. ``example``: what is wrong with the first of them. Elements of a list are told
    apart in issues, but not here: ``emails[].address``.
    """

    key: str
    source: str
    stream: str
    contract: str
    faults: tuple[Fault, ...]
    numbers: tuple[int, ...]
    first_seen: datetime
    last_seen: datetime
    example: Issue


@dataclass(frozen=True, slots=True)
class Bulk(Generic[T]):
    """What became of one decision over several rejects: what was ``done``, one by one, and which were ``refused`` and why."""

    done: tuple[T, ...]
    refused: tuple[tuple[int, BartackError], ...]


def causes_of(waiting: Iterable[Reasons], masks: Callable[[str], bool]) -> tuple[Cause, ...]:
    """Group what waits by its cause, the largest group first; ``masks`` tells which sources are answered masked."""
    groups: dict[tuple[str, str, str, tuple[Fault, ...]], list[Reasons]] = {}
    for one in waiting:
        groups.setdefault((one.source, one.stream, one.contract, _faults(one)), []).append(one)
    found = [_cause(faults, members) for (_, _, _, faults), members in groups.items()]
    masked = {source for source in {one.source for one in found} if masks(source)}
    shown = [replace(one, example=masked_issue(one.example)) if one.source in masked else one for one in found]
    return tuple(sorted(shown, key=lambda one: (-len(one.numbers), one.numbers[0])))


def each(numbers: Iterable[int], do: Callable[[int], T]) -> Bulk[T]:
    """Do something to each of several rejects by itself; what is refused of one of them does not harm the others."""
    done, refused = [], []
    for number in numbers:
        try:
            done.append(do(number))
        except BartackError as error:
            refused.append((number, error))
    return Bulk(tuple(done), tuple(refused))


def no_such_cause(key: str) -> ConfigError:
    """Return the error of who names a cause that nothing waits for."""
    return ConfigError(f"nothing waits for the cause {key!r}", next_step="bartack review causes")


def _faults(one: Reasons) -> tuple[Fault, ...]:
    faults = {Fault(_PLACE.sub("[]", issue["field"] or issue["path"] or "row"), issue["code"]) for issue in _grave(one)}
    return tuple(sorted(faults))


def _grave(one: Reasons) -> list[dict[str, Any]]:
    """Return the issues that the row was rejected for, as plain data: as values of their own they would take ten times longer."""
    issues = json.loads(one.issues)
    return [issue for issue in issues if issue["severity"] == "error"] or issues


def _cause(faults: tuple[Fault, ...], members: list[Reasons]) -> Cause:
    first = members[0]
    place = (first.source, first.stream, first.contract)
    key = hashlib.sha256("\n".join((*place, *map(str, faults))).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return Cause(
        key,
        *place,
        faults,
        tuple(one.number for one in members),
        min(one.first_seen for one in members),
        max(one.last_seen for one in members),
        Issue.model_validate_json(json.dumps(_grave(first)[0])),
    )
