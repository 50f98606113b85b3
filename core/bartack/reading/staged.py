"""A read that was made as a whole before anything of it was handed out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from bartack_contracts import Contract, Record, Reject, Report

if TYPE_CHECKING:
    from bartack.reading.read import Read

__all__ = ["Staged"]

C = TypeVar("C", bound=Contract)


class Staged(Generic[C]):
    """A read that has ended well enough: its records, and its report."""

    def __init__(self, records: Sequence[Record[C]], read: Read[C]) -> None:
        self._records = tuple(records)
        self.contract = read.contract
        self.report: Report = read.report
        self.rejects: tuple[Reject, ...] = tuple(read.rejects)

    def __iter__(self) -> Iterator[Record[C]]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        return None
