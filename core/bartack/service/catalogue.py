"""What there is to ask: the sources with their health, and the contracts with their fields."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
from typing import TYPE_CHECKING, Literal

from bartack.errors import ConfigError
from bartack.replica.answers import Standing
from bartack.replica.fields import Field, fields_of
from bartack.resilience.gate import SourceGate
from bartack.service import telling
from bartack.service.answers import ContractItem, ContractsAnswer, FieldItem, PathItem, SourceItem, SourcesAnswer
from bartack.service.budget import fit, size
from bartack.service.pages import NOTICES
from bartack_contracts import Contract, describe, schema

if TYPE_CHECKING:
    from bartack.hub import Hub

__all__ = ["contracts_answer", "sources_answer"]


def sources_answer(hub: Hub, names: Sequence[str], standings: Sequence[Standing], budget: int) -> SourcesAnswer:
    """Return how each source stands; as many as fit."""
    items = [_source(hub, name, [one for one in standings if one.source == name]) for name in names]
    shell = SourcesAnswer(verdict=telling.verdict_over(standings), sources=(), total=len(items), truncated=False)
    fitted = fit(items, budget - size(shell) - NOTICES, _without_streams)
    truncated = len(fitted) < len(items)
    notices = ("the answer was kept short: query one source to see how it stands",) if truncated else ()
    return shell.model_copy(update={"sources": tuple(fitted), "truncated": truncated, "notices": notices})


def contracts_answer(
    models: Sequence[type[Contract]], standings: Sequence[Standing], budget: int, *, fields: bool, schemas: bool
) -> ContractsAnswer:
    """Return contracts, with ``fields`` or ``schemas`` where these are asked for."""
    items = [
        _contract(model, [one for one in standings if one.contract == model.contract], fields=fields, schemas=schemas)
        for model in models
    ]
    shell = ContractsAnswer(verdict=telling.verdict_over(standings), contracts=(), total=len(items), truncated=False)
    fitted = fit(items, budget - size(shell) - NOTICES, _without_schema)
    too_large = sum(one.json_schema is not None for one in items) - sum(one.json_schema is not None for one in fitted)
    notices = ("the schema is too large for an answer: ask for the fields, or read the resource",) if too_large else ()
    truncated = len(fitted) < len(items) or bool(too_large)
    return shell.model_copy(update={"contracts": tuple(fitted), "truncated": truncated, "notices": notices})


def _source(hub: Hub, name: str, standings: Sequence[Standing]) -> SourceItem:
    breaker: Literal["closed", "open", "half_open"] = "closed"
    try:
        gate = hub.source(name).runtime.gate
    except ConfigError:
        ready = False
    else:
        ready = True
        breaker = gate.worst() if isinstance(gate, SourceGate) else "closed"
    return SourceItem(
        name=name,
        connector=hub.config.sources[name].connector,
        ready=ready,
        breaker=breaker,
        streams=tuple(map(telling.standing_item, standings)),
        next_steps=tuple(_next_steps(name, standings, ready=ready)),
    )


def _next_steps(name: str, standings: Sequence[Standing], *, ready: bool) -> list[str]:
    """Return what the operator may type; who asks can only tell them."""
    if not ready:
        return [f"bartack check {name}"]
    steps = []
    if any(one.as_of is None for one in standings):
        steps.append(f"bartack sync {name}")
    elif any(one.reasons for one in standings):
        steps.append("bartack status")
    if any(one.waiting for one in standings):
        steps.append(f"bartack review list --source {name}")
    return steps


def _without_streams(source: SourceItem, _: int) -> SourceItem:
    return source.model_copy(update={"streams": (), "next_steps": ("bartack status",)})


def _contract(model: type[Contract], standings: Sequence[Standing], *, fields: bool, schemas: bool) -> ContractItem:
    told = fields and not schemas
    return ContractItem(
        id=model.contract,
        version=model.version,
        meaning=cleandoc(model.__doc__ or "").partition("\n\n")[0],
        records=sum(one.records for one in standings),
        streams=tuple(f"{one.source}/{one.stream}" for one in standings),
        fields=tuple(FieldItem(**one._asdict()) for one in describe(model)) if told else None,
        paths=tuple(map(_path, fields_of(model).values())) if told else None,
        json_schema=schema(model) if schemas else None,
    )


def _path(field: Field) -> PathItem:
    return PathItem(
        path=field.path,
        kind=field.kind,
        many=field.many or None,
        personal=field.personal or None,
        words=field.vocabulary,
    )


def _without_schema(contract: ContractItem, _: int) -> ContractItem:
    return contract.model_copy(update={"json_schema": None, "fields": None, "paths": None})
