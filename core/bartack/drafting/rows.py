"""Rows of JSON as columns: what nested fields are called, where they are, and what identifies a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bartack.drafting.hints import hint
from bartack.drafting.names import singular
from bartack.transports.sql.drafts.columns import Column, Columns, bare, words

__all__ = ["Field", "Key", "columns", "fields_of", "json_text", "key_of", "path_of", "spelled"]

_DEEPEST = 4
"""Levels of objects in a row that are looked into."""
_MOST = 400
"""Fields of a row that are looked at."""
_WRAPPERS = frozenset(
    "attributes properties fields data values details detail info contact contactinfo communication profile dates meta"
    " metadata timestamps audit audittrail kontakt".split()
)
"""Names of objects that say nothing of what is in them."""
INNER = frozenset("value amount address number text formatted raw date datetime iban content".split())
"""Names within an object that leave its own name to say what it is: ``email.address``."""
_NAMES = frozenset("name names fullname personname".split())
_OF_NAMES = frozenset("first last given family middle full display".split())


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row: the steps that lead to it, and what is known of it.

    ``values``: one for each row that was seen, ``None`` where it was not there. ``over``: the steps to the list it is in.
    ``format`` and ``description``: as a schema says them.
    """

    steps: tuple[str, ...]
    values: tuple[Any, ...] = ()
    over: tuple[str, ...] | None = None
    format: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a row: the paths, and how sure that is, why."""

    paths: tuple[str, ...]
    confidence: float
    reason: str

    @property
    def spec(self) -> str | tuple[str, ...]:
        """The key as a stream declares it."""
        return self.paths[0] if len(self.paths) == 1 else self.paths


def columns(noun: str, fields: Sequence[Field], targets: Mapping[str, str]) -> Columns:
    """Return fields as columns. ``targets``: singular noun -> name of the list that holds such records.

    Fields that no path of a mapping can name are left out; under ``custom`` they are kept all the same.
    """
    rows = max((len(one.values) for one in fields), default=0)
    made = []
    for one in fields:
        outer = one.over if one.over is not None and (not one.steps or bare(one.steps[-1]) in INNER) else ()
        name = spelled((*outer, *one.steps))
        made.append(
            Column(
                name,
                one.values + (None,) * (rows - len(one.values)),
                target=_target(name, targets),
                at=path_of(one.steps) or ".",
                over=None if one.over is None else path_of(one.over),
                hint=hint(one.format, one.description),
            )
        )
    return Columns(noun, made)


def fields_of(rows: Sequence[Mapping[str, Any]]) -> list[Field]:
    """Return the fields of some rows, in the order in which they come up."""
    found: dict[tuple[tuple[str, ...] | None, tuple[str, ...]], list[Any]] = {}
    for at, row in enumerate(rows):
        for over, steps, value in _leaves(row, (), None):
            if (over, steps) not in found and len(found) >= _MOST:
                continue
            values = found.setdefault((over, steps), [])
            values += [None] * (at - len(values))
            if len(values) == at:  # of a list the first element
                values.append(value)
    return [
        Field(steps, tuple(values) + (None,) * (len(rows) - len(values)), over)
        for (over, steps), values in found.items()
    ]


def key_of(noun: str, fields: Sequence[Field], rows: int) -> Key | None:
    """Return what identifies a row best: a field called like an id, that differs in all rows where rows are known."""
    plain = [one for one in fields if one.over is None and len(one.steps) == 1]
    known = [one for one in plain if _differs(one, rows)]
    last = singular((words(noun) or [""])[-1])
    wanted = (
        "id",
        f"{last}id",
        "uid",
        "uuid",
        "guid",
        "key",
        f"{last}key",
        f"{last}no",
        f"{last}number",
        f"{last}code",
    )
    for name in wanted:
        for one in known:
            if bare(one.steps[0]) == name:
                return Key((path_of(one.steps),), 0.9, f"called {one.steps[0]}")
    for one in known:
        if re.search(r"(?:id|no|nr|number|nummer|code|key)$", bare(one.steps[0])):
            return Key((path_of(one.steps),), 0.6, f"called {one.steps[0]}, and no field is called id")
    nested = [one for one in fields if one.over is None and len(one.steps) > 1 and _differs(one, rows)]
    for one in nested:
        if bare(one.steps[-1]) == "id" and bare(one.steps[0]) in _WRAPPERS | {last}:
            return Key((path_of(one.steps),), 0.6, "the only id in a row")
    return Key((path_of(known[0].steps),), 0.3, "no field is called like an id") if known else None


def spelled(steps: Sequence[str]) -> str:
    """Return what a nested field would be called if it stood in the row itself.

    >>> [spelled(one.split(".")) for one in ("properties.email", "name.first", "billing_address.city", "phone.number")]
    ['email', 'first_name', 'billing_city', 'phone']
    >>> [spelled(one.split(".")) for one in ("owner.name", "total.currency", "total.amount")]
    ['owner_name', 'currency', 'total']
    """
    *outer, last = steps
    outer = [one for one in outer if bare(one) not in _WRAPPERS]
    if not outer:
        return last
    parent = bare(outer[-1])
    if parent in _NAMES and bare(last) in _OF_NAMES:
        return f"{last}_name"
    if bare(last) in ("currency", "currencycode"):
        return "currency"
    if parent.endswith("address") and bare(last) not in INNER:
        label = parent.removesuffix("address").removesuffix("postal")
        return f"{label}_{last}" if label else last
    return "_".join(outer) if bare(last) in INNER else "_".join((*outer, last))


def json_text(document: Any) -> str:
    """Return a document as JSON, indented; decimals are written out with the digits they have."""
    marked = _marked(document)
    text = json.dumps(marked, ensure_ascii=False, indent=1)
    return re.sub(rf'"{_MARK}(-?[0-9.eE+-]+)"', r"\1", text)


_MARK = "\ue000"


def _marked(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _marked(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_marked(item) for item in node]
    return f"{_MARK}{node}" if isinstance(node, Decimal) else node


def _leaves(
    node: Mapping[str, Any], steps: tuple[str, ...], over: tuple[str, ...] | None
) -> Iterator[tuple[tuple[str, ...] | None, tuple[str, ...], Any]]:
    for name, value in node.items():
        if not name or len(steps) >= _DEEPEST:
            continue
        here = (*steps, name)
        if isinstance(value, Mapping):
            if over is None:
                yield from _leaves(value, here, None)
        elif isinstance(value, list):
            if over is None and value:
                yield from _elements(value, here)
        else:
            yield over, here, value


def _elements(items: Sequence[Any], here: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Any]]:
    for item in items[:20]:
        if isinstance(item, Mapping):
            for _, steps, value in _leaves(item, (), here):
                yield here, steps, value
        elif not isinstance(item, list):
            yield here, (), item


def _differs(one: Field, rows: int) -> bool:
    known = [
        value for value in one.values if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    ]
    return rows == 0 or not one.values or (len(known) == rows and len(set(map(str, known))) == rows)


def path_of(steps: Sequence[str]) -> str:
    """Return steps as a path, each quoted where it has to be."""
    return ".".join(_step(one) for one in steps)


def _step(name: str) -> str:
    plain = re.fullmatch(r"[^.\[\]'$\s][^.\[\]']*", name) is not None and name == name.strip()
    return name if plain else f"'{name.replace(chr(39), chr(39) * 2)}'"


def _target(name: str, targets: Mapping[str, str]) -> str | None:
    """Return the list that a field like ``company_id`` points to."""
    plain = bare(name)
    if not plain.endswith("id") or plain == "id":
        return None
    noun = plain.removesuffix("id")
    found = targets.get(noun)
    if found is None and noun in ("owner", "assignee", "assignedto", "agent", "salesrep"):
        found = targets.get("user")
    return found
