"""The shape of a contract as text: every field at every depth, so that two versions can be held side by side."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from bartack_contracts.contract import Contract
from bartack_contracts.describe import describe

__all__ = ["shape", "shape_digest"]


def shape(contract: type[Contract]) -> dict[str, str]:
    """Return what each field is, by its dotted path; lists and what they hold share one path.

    The text is Bartack's own, so that a newer pydantic does not change it.

    >>> from bartack_contracts import Deal
    >>> found = shape(Deal)
    >>> found["title"], found["amount.amount"], found["persons"]
    ('text (required)', 'decimal (required)', 'list of DealPerson')
    """
    return dict(_below(contract, "", ()))


def shape_digest(contract: type[Contract]) -> str:
    """Return ``sha256:…`` of a contract's id, version and shape."""
    told = {"contract": contract.contract, "version": contract.version, "fields": shape(contract)}
    return f"sha256:{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()}"


def _below(model: type[BaseModel], place: str, around: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, str]]:
    for field in describe(model):
        marks = [word for word, holds in (("required", field.required), ("personal", field.personal)) if holds]
        yield f"{place}{field.name}", f"{field.type} ({', '.join(marks)})" if marks else field.type
        for inner in _models(model.model_fields[field.name].annotation):
            if inner not in (*around, model):
                yield from _below(inner, f"{place}{field.name}.", (*around, model))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) is None:
        return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
    return [model for part in get_args(annotation) for model in _models(part)]
