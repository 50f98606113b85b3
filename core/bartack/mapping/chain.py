"""Several normalizers, one after the other, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bartack.normalizers.base import Note, Noted

__all__ = ["Chain"]


@dataclass(frozen=True, slots=True)
class Chain:
    """Runs its steps in order, gathers their notes, and stops where a step says "empty"."""

    steps: tuple[Callable[..., Any], ...]

    def __call__(self, value: Any, parameters: tuple[Mapping[str, Any], ...]) -> Any:
        notes: tuple[Note, ...] = ()
        for run, given in zip(self.steps, parameters, strict=True):
            value = run(value, **given)
            if value.__class__ is Noted:
                notes += value.notes
                value = value.value
            if value is None:
                break
        return Noted(value, notes) if notes else value
