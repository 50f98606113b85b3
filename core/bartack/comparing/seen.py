"""Notices which contract fields a program reads of the records it gets, and keeps that as a consumer's manifest.

::

    with observing() as seen:
        for record in seen.over(hub.read("person")):
            send(record.value.name, [one.address for one in record.value.emails])
    seen.write(Path("mailing.reads.json"), "mailing")   # person.emails.address, person.name

Only records that go through :meth:`Seen.over` are looked at; reading the others costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from bartack.comparing.consumers import Consumer, write_manifest
from bartack_contracts import Contract, Record

__all__ = ["Seen", "observing"]

C = TypeVar("C", bound=Contract)

_DUMPS = frozenset({"model_dump", "model_dump_json", "model_copy"})
"""Whoever calls one of these gets everything."""


class Seen:
    """The fields that were read, as ``person.emails.address``."""

    def __init__(self) -> None:
        self._fields: set[str] = set()
        self._whole: set[str] = set()
        self._classes: dict[tuple[type[BaseModel], str], type[BaseModel]] = {}
        self._looks = True

    @property
    def reads(self) -> tuple[str, ...]:
        """What was read so far, in order: the innermost fields, and what was taken as a whole."""
        places = self._fields | self._whole
        inner = {one for one in places if not any(other.startswith(f"{one}.") for other in places)}
        return tuple(sorted(inner | self._whole))

    def over(self, records: Iterable[Record[C]]) -> Iterator[Record[C]]:
        """Pass records on, each of which notes what is read of its value."""
        for record in records:
            contract = record.contract.partition("/")[0]
            yield self._watched(record, contract, {"value": contract})

    def write(self, path: Path, consumer: str) -> Consumer:
        """Add what was read to the manifest of a consumer; ``[consumers.NAME] manifest = "…"`` makes it known.

        Raises
        ------
        ConfigError
            there is another file, or the manifest of somebody else.
        """
        return write_manifest(path, consumer, self.reads)

    def close(self) -> None:
        """Look no longer; records that are still around stay as they are."""
        self._looks = False

    def _value(self, value: Any, place: str) -> Any:
        if isinstance(value, BaseModel):
            return self._watched(value, place, {name: f"{place}.{name}" for name in type(value).model_fields})
        if isinstance(value, tuple):
            return tuple(self._value(one, place) for one in value)
        return value

    def _watched(self, value: Any, whole: str, places: Mapping[str, str]) -> Any:
        """Return a copy of a value that tells what is read of it, and is equal to it."""
        kind = type(value)
        if (kind, whole) not in self._classes:
            self._classes[kind, whole] = _watching(kind, self._reader(kind, whole, places))
        copy = value.model_copy()
        object.__setattr__(copy, "__class__", self._classes[kind, whole])
        return copy

    def _reader(self, kind: type[BaseModel], whole: str, places: Mapping[str, str]) -> Callable[[Any, str], Any]:
        def read(value: Any, name: str) -> Any:
            if name == "__class__":
                return kind
            found = object.__getattribute__(value, name)
            if self._looks and name in places:
                if whole != places[name]:  # the value of a record is no field, but what has them
                    self._fields.add(places[name])
                return self._value(found, places[name])
            if self._looks and name in _DUMPS:
                self._whole.add(whole)
            return found

        return read


@contextmanager
def observing() -> Iterator[Seen]:
    """Notice what is read within the block."""
    seen = Seen()
    try:
        yield seen
    finally:
        seen.close()


def _watching(kind: type[BaseModel], read: Callable[[Any, str], Any]) -> type[BaseModel]:
    """Return a class like ``kind``, but for reading; it is no model of its own, so that pydantic has nothing to build."""
    own: dict[str, Any] = {"__getattribute__": read, "__module__": kind.__module__, "__slots__": ()}
    made: type[BaseModel] = type.__new__(type(kind), kind.__name__, (kind,), own)
    return made
