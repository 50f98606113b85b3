"""The families of changes: each module knows one kind of trouble, and yields all of it that a recording can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from bartack.twins.families.answers import bodies, encodings, envelope
from bartack.twins.families.meaning import meaning
from bartack.twins.families.paging import paging
from bartack.twins.families.statuses import statuses
from bartack.twins.families.values import presence, texts, types
from bartack.twins.mutant import Change
from bartack.twins.subject import Subject

__all__ = ["FAMILIES", "Family"]

Family = Callable[[Subject, Random], Iterator[Change]]

FAMILIES: Final[Mapping[str, Family]] = MappingProxyType(
    {
        "presence": presence,
        "types": types,
        "texts": texts,
        "encodings": encodings,
        "envelope": envelope,
        "bodies": bodies,
        "paging": paging,
        "statuses": statuses,
        "meaning": meaning,
    }
)
"""All families by name, in the order in which they take turns."""
