"""Answers without personal data: what a contract marks as :data:`~bartack_contracts.Personal` is replaced, and stays valid.

A text becomes ``***``, a list as many of them. What cannot be a text (a date, a telephone number in E.164) becomes empty;
where it must not be, the zero of its type. Never an invented value that could be taken for one. What was not fetched, or is
empty, stays so. A row that was rejected keeps its keys. The ref stays: it is who a record is, and how it is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bartack.errors import ConfigError
from bartack_contracts import ISSUE_CODES, CustomField, Issue, Provenance, Record, Reject

__all__ = ["MASK", "Item", "masked", "masked_issue", "masked_request", "masked_row", "masked_value"]

MASK = "***"

M = TypeVar("M", bound=BaseModel)
Item = TypeVar("Item", bound=Record[Any] | Reject)

_ZEROS = (0, Decimal(0), 0.0, False, date(1900, 1, 1), datetime(1900, 1, 1, tzinfo=UTC))


def masked(item: Item) -> Item:
    """Return a record or reject without personal data; the same every time, and valid.

    Raises
    ------
    ConfigError
        a contract marks a field as personal whose type has no value to stand in.
    """
    issues = tuple(map(masked_issue, item.issues))
    about = {"issues": issues, "provenance": _without_parameters(item.provenance)}
    return cast("Item", item.model_copy(update=about | _content(item)))  # mypy loses the variable in the union


def masked_value(value: M) -> M:
    """Return a contract, or a value in one, without personal data; see :func:`masked`."""
    if isinstance(value, CustomField):
        return value.model_copy(update=_custom(value))
    return _masked_fields(value, everything=False)


def masked_issue(issue: Issue) -> Issue:
    """Return a remark without the value it is about: the message, which may quote it, becomes what the code means."""
    known = ISSUE_CODES.get(issue.code)
    message = known.meaning if known is not None else MASK
    return issue.model_copy(update={"message": message, "raw": None if issue.raw is None else MASK})


def _content(item: Record[Any] | Reject) -> dict[str, Any]:
    if isinstance(item, Record):
        return {"value": masked_value(item.value)}
    return {"payload": masked_row(item.payload), "raw": None if item.raw is None else MASK}


def _masked_fields(value: M, *, everything: bool) -> M:
    kind, changed = type(value), {}
    for name, field in kind.model_fields.items():
        if name in value.model_fields_set:
            current = getattr(value, name)
            hide = everything or _is_personal(field)
            new = _hidden(kind, name, current) if hide else _inside(current)
            if new is not current:
                changed[name] = new
    return value.model_copy(update=changed) if changed else value


def _is_personal(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("personal") is True


def _inside(current: Any) -> Any:
    """Look for personal fields within a value that is none as a whole."""
    if isinstance(current, BaseModel):
        return masked_value(current)
    if isinstance(current, tuple | list):
        return type(current)(_inside(item) for item in current)
    return current


def _hidden(kind: type[BaseModel], name: str, current: Any) -> Any:
    if current is None or current in ((), [], ""):
        return current
    if isinstance(current, BaseModel):
        return _masked_fields(current, everything=True)
    if isinstance(current, tuple | list) and isinstance(current[0], BaseModel):
        return type(current)(_masked_fields(item, everything=True) for item in current)
    found = _stand_in(kind, name)
    return found * len(current) if isinstance(found, tuple) else found


@cache
def _stand_in(kind: type[BaseModel], name: str) -> Any:
    """Return what can stand for any value of a field and is taken for none."""
    adapter: TypeAdapter[Any] = TypeAdapter(
        kind.model_fields[name].rebuild_annotation(), config=ConfigDict(strict=True)
    )
    for candidate in (MASK, (MASK,), None, *_ZEROS):
        try:
            adapter.validate_python(candidate)
        except ValidationError:
            continue
        return candidate
    raise ConfigError(
        f"{kind.__name__}.{name} is personal, and no value can stand for it where answers are masked",
        next_step="make it optional in its contract",
    )


def _custom(field: CustomField) -> dict[str, Any]:
    if field.value is None:
        return {"raw": None if field.raw is None else MASK}
    return {"type": "text", "value": MASK, "raw": None if field.raw is None else MASK}


def masked_row(payload: Any) -> Any:
    """Return a native row with its keys, and a mask for each of its values."""
    if isinstance(payload, Mapping):
        return {key: masked_row(item) for key, item in payload.items()}
    if isinstance(payload, list | tuple):
        return [masked_row(item) for item in payload]
    return payload if payload is None or isinstance(payload, bool) else MASK


def masked_request(request: str | None) -> str | None:
    """Return what a source was asked for without parameters, which may name a person."""
    return None if request is None else request.partition("?")[0]


def _without_parameters(provenance: Provenance) -> Provenance:
    return provenance.model_copy(update={"request": masked_request(provenance.request)})
