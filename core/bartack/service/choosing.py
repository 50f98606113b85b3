"""Which part of a record is answered: the fields that were asked for, or what fits the detail that was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from bartack.mapping.loader import near
from bartack.mapping.targets import target_of
from bartack.service.answers import Detail
from bartack.service.failures import QuestionError
from bartack_contracts import Contract

__all__ = ["Choice"]

_PLACE = re.compile(r"\[[0-9]+\]")

_MEANING = {"currency_raw": "currency", "country_raw": "country_code"}
"""What was sent, and the field that says what it means; where that is there, a concise answer leaves out what was sent."""


class Choice:
    """What of each record is wanted: ``fields`` are dotted names (``name.full``), lists are transparent; else a ``detail``."""

    def __init__(self, detail: Detail = "concise", fields: Sequence[str] | None = None) -> None:
        self.detail: Detail = detail
        self._paths = None if fields is None else [tuple(field.split(".")) for field in fields]

    def check(self, models: Sequence[type[Contract]]) -> None:
        """Refuse fields that none of the contracts has.

        Raises
        ------
        QuestionError
            an unknown field.
        """
        for path in self._paths or ():
            if not any(_has(model, path) for model in models):
                known = sorted({name for model in models for name in _names(model)})
                wanted = ".".join(path)
                names = ", ".join(model.contract for model in models)
                raise QuestionError(
                    f"no field {wanted!r}{near(wanted, known)}", next_step=f"the contract lists its fields: {names}"
                )

    def about(self, field: str | None) -> bool:
        """Tell whether what is said of a field (``emails[0].address``) is wanted; of the record as a whole it always is."""
        if self._paths is None or field is None:
            return True
        path = tuple(_PLACE.sub("", field).split("."))
        return any(path[: len(one)] == one or one[: len(path)] == path for one in self._paths)

    def of(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chosen part of a dumped contract value."""
        if self._paths is not None:
            chosen: dict[str, Any] = {}
            for path in self._paths:
                _take(value, path, chosen)
            return chosen
        return dict(value) if self.detail == "full" else _concise({**value, "custom": None})


def _has(model: type[BaseModel], path: tuple[str, ...]) -> bool:
    head, *rest = path
    if head not in model.model_fields:
        return False
    inner = target_of(model, head).model
    return not rest or (inner is not None and _has(inner, tuple(rest)))


def _names(model: type[BaseModel]) -> list[str]:
    inner = {name: target_of(model, name).fields() for name in model.model_fields}
    return [*inner, *(f"{name}.{one}" for name, below in inner.items() for one in below)]


def _take(value: Mapping[str, Any], path: tuple[str, ...], into: dict[str, Any]) -> None:
    """Copy what is at a path, beside what other paths have copied; elements of lists keep their places."""
    head, *rest = path
    if head not in value:
        return
    found = value[head]
    if not rest or found is None:
        into[head] = found
    elif isinstance(found, list):
        below = into.setdefault(head, [{} for _ in found])
        for element, one in zip(found, below, strict=True):
            if isinstance(element, Mapping) and one is not element:
                _take(element, tuple(rest), one)
    elif isinstance(found, Mapping):
        below = into.setdefault(head, {})
        if below is not found:
            _take(found, tuple(rest), below)


def _concise(value: Any) -> Any:
    """Leave out what is empty, and the raw text beside a value that was read."""
    if isinstance(value, list):
        return [_concise(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _concise(one) for name, one in value.items() if one not in (None, [], {})}
    for raw, meaning in _MEANING.items():
        if meaning in kept:
            kept.pop(raw, None)
    if kept.keys() - {"raw", "label"}:
        kept.pop("raw", None)
    return kept
