"""Who reads which fields of the contracts: as declared in ``bartack.toml``, or as observed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from bartack.config import Config
from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack_contracts import Catalog, Contract

__all__ = ["Consumer", "consumers_of", "field_paths", "hit", "read_manifest", "write_manifest"]


@dataclass(frozen=True, slots=True, order=True)
class Consumer:
    """``reads``: contract fields as ``person.emails.address``; a whole contract, or a field with all that is in it, too."""

    name: str
    reads: tuple[str, ...]


def hit(consumers: Iterable[Consumer], fields: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the consumers that read one of ``fields``, something in one, or something around one.

    >>> hit([Consumer("invoicing", ("invoice.total",)), Consumer("mail", ("person.emails",))], ["invoice.total.amount"])
    ('invoicing',)
    """
    wanted = tuple(fields)
    return tuple(
        one.name
        for one in consumers
        if any(_within(read, field) or _within(field, read) for read in one.reads for field in wanted)
    )


def _within(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.")


def consumers_of(config: Config, catalog: Catalog) -> tuple[Consumer, ...]:
    """Return the consumers of a configuration, with what their manifests say.

    Raises
    ------
    ConfigError
        a manifest cannot be read, or a consumer reads what no contract has.
    """
    known = {path for contract in catalog for path in field_paths(contract)}
    found = []
    for name, declared in config.consumers.items():
        where = f"{config.file} [consumers.{name}]"
        reads = set(declared.reads)
        if declared.manifest is not None:
            reads |= set(read_manifest(Path(config.folder) / declared.manifest).reads)
        for read in sorted(reads - known):
            raise ConfigError(
                f"no contract has {read!r}{near(read, known)}",
                where=where,
                next_step="bartack contracts NAME lists its fields",
            )
        found.append(Consumer(name, tuple(sorted(reads))))
    return tuple(sorted(found))


def field_paths(contract: type[Contract]) -> Iterable[str]:
    """Yield what can be read of a contract: its name, and every field, also those within others."""
    name = contract.contract.partition("/")[0]
    yield name
    yield from _below(contract, name, ())


def _below(model: type[BaseModel], place: str, around: tuple[type[BaseModel], ...]) -> Iterable[str]:
    for name, field in model.model_fields.items():
        yield f"{place}.{name}"
        for inner in _models(field.annotation):
            if inner not in around:
                yield from _below(inner, f"{place}.{name}", (*around, model))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) is None:
        return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
    return [model for part in get_args(annotation) for model in _models(part)]


def read_manifest(path: Path) -> Consumer:
    """Read what :func:`write_manifest` wrote.

    Raises
    ------
    ConfigError
        it cannot be read, or is no manifest.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the manifest cannot be read: {error}", where=str(path), next_step="observe anew") from None
    reads = document.get("reads") if isinstance(document, dict) else None
    if not isinstance(reads, list) or not isinstance(document.get("consumer"), str):
        raise ConfigError(
            "no manifest of a consumer", where=str(path), next_step='{"consumer": "NAME", "reads": ["person.name"]}'
        )
    return Consumer(document["consumer"], tuple(sorted(map(str, reads))))


def write_manifest(path: Path, consumer: str, reads: Sequence[str]) -> Consumer:
    """Add fields to the manifest of a consumer, or begin one; what it has stays. The same fields give the same bytes.

    Raises
    ------
    ConfigError
        there is another file, or the manifest of somebody else.
    """
    known: tuple[str, ...] = ()
    if path.exists():
        before = read_manifest(path)
        if before.name != consumer:
            raise ConfigError(f"this is the manifest of {before.name}", where=str(path), next_step="write another file")
        known = before.reads
    found = Consumer(consumer, tuple(sorted({*known, *reads})))
    document: Mapping[str, Any] = {"consumer": found.name, "reads": list(found.reads)}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return found
