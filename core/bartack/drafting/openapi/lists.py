"""The operations of a description that return lists of objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bartack.drafting.envelope import GENERIC, Envelope, signs
from bartack.drafting.names import singular
from bartack.drafting.openapi.references import Resolver
from bartack.transports.sql.drafts.columns import bare, words

__all__ = ["Listing", "listings"]

_VERBS = frozenset("list search query all find get paged json xml".split())
_NO_ROWS = frozenset("errors warnings links included messages facets fields filters sort sorting metadata".split())
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """An operation that returns a list.

    ``rows``: the steps to it; ``item``: the schema of its objects, as it stands in the description, ``answer`` that of the
    whole answer. ``parameters`` are resolved. ``one``: the path of a single record.
    """

    path: str
    noun: str
    rows: tuple[str, ...]
    item: Any
    answer: Mapping[str, Any]
    envelope: Envelope
    parameters: tuple[Mapping[str, Any], ...]
    headers: frozenset[str]
    example: Any = None
    one: str | None = None
    security: Any = None
    title: str = ""


def listings(resolver: Resolver) -> Iterator[Listing | str]:
    """Yield the lists of a description, by path; of those that cannot be read without more, why."""
    paths = resolver.at(resolver.document.get("paths"))
    for path, node in paths.items():
        item = resolver.at(node)
        operation = resolver.at(item.get("get"))
        if not operation or not str(path).startswith("/") or str(path).rstrip("/").endswith("}"):
            continue
        found = _listing(resolver, str(path), item, operation)
        if found is None or _base(str(path)) in paths:
            continue
        wanted = re.findall(r"\{([^}]*)\}", found.path)
        yield f"{found.path}: needs {', '.join(wanted)}" if wanted else found


def _listing(resolver: Resolver, path: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Listing | None:
    answer, example, headers = _answer(resolver, operation)
    if answer is None:
        return None
    noun = _noun(path)
    found = next(iter(sorted(_arrays(resolver, answer, ()), key=lambda one: _rank(one[0], noun))), None)
    if found is None:
        return None
    rows, element = found
    if _rank(rows, noun)[0] and "id" in (resolver.schema(answer).get("properties") or {}):
        return None  # a record that has lists in it
    parameters = [resolver.at(one) for one in (*_list(item.get("parameters")), *_list(operation.get("parameters")))]
    around = signs(_leaves(resolver, answer, (), rows)) if rows else Envelope()
    summary = operation.get("summary")
    return Listing(
        path,
        _better(noun, resolver.name(element), rows),
        rows,
        element,
        resolver.schema(answer),
        around,
        tuple(one for one in parameters if one),
        headers,
        example,
        _one(resolver, path),
        operation.get("security"),
        summary if isinstance(summary, str) else "",
    )


def _answer(resolver: Resolver, operation: Mapping[str, Any]) -> tuple[Any, Any, frozenset[str]]:
    """Return schema, example and header names of the good answer; no schema where it is no JSON."""
    responses = resolver.at(operation.get("responses"))
    good = next((responses[code] for code in ("200", "2XX", "2xx", "default") if code in responses), None)
    response = resolver.at(good)
    headers = frozenset(str(name).lower() for name in resolver.at(response.get("headers")))
    if "schema" in response:  # Swagger 2.0
        examples = resolver.at(response.get("examples"))
        return response["schema"], examples.get("application/json"), headers
    for kind, media in resolver.at(response.get("content")).items():
        if re.search(r"[/+]json\b|^\*/\*$", str(kind)):
            found = resolver.at(media)
            several = list(resolver.at(found.get("examples")).values())
            example = found.get("example", resolver.at(several[0]).get("value") if several else None)
            return found.get("schema"), example, headers
    return None, None, headers


def _arrays(resolver: Resolver, node: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    schema = resolver.schema(node)
    if schema["type"] == "array":
        element = schema.get("items")
        if resolver.schema(element)["type"] == "object":
            yield steps, element
    elif schema["type"] == "object" and len(steps) < _DEEPEST:
        properties = schema.get("properties")
        for name, one in properties.items() if isinstance(properties, dict) else ():
            if name and bare(str(name)) not in _NO_ROWS:
                yield from _arrays(resolver, one, (*steps, str(name)))


def _rank(steps: tuple[str, ...], noun: str) -> tuple[bool, int]:
    """Sort lists that are called like the path, or like any list, before others, and shallow ones before deep ones."""
    name = bare(steps[-1]) if steps else ""
    return not (not steps or name in GENERIC or singular(name) == singular(bare(noun))), len(steps)


def _leaves(resolver: Resolver, node: Any, steps: tuple[str, ...], rows: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    schema = resolver.schema(node)
    properties = schema.get("properties")
    if schema["type"] == "object" and isinstance(properties, dict):
        for name, one in properties.items() if len(steps) < _DEEPEST else ():
            if (*steps, str(name)) != rows:
                yield from _leaves(resolver, one, (*steps, str(name)), rows)
    elif schema["type"] != "array":
        yield steps


def _noun(path: str) -> str:
    steps = [one for one in path.split("/") if one and "{" not in one]
    steps = [re.sub(r"\.(?:json|xml)$", "", one) for one in steps]
    telling = [one for one in steps if bare(one) not in _VERBS and not re.fullmatch(r"v\d+(?:\.\d+)*|api|rest", one)]
    return telling[-1] if telling else ""


def _better(noun: str, schema: str, rows: tuple[str, ...]) -> str:
    """Return the path's noun, or where it says nothing that of the list or its schema."""
    named = rows[-1] if rows and bare(rows[-1]) not in GENERIC else ""
    return noun or named or "_".join(words(schema)) or "rows"


def _base(path: str) -> str:
    """Return the path without a verb at its end (``/contacts/search``), else what is no path."""
    head, _, last = path.rpartition("/")
    return head if bare(last) in _VERBS and head else ""


def _one(resolver: Resolver, path: str) -> str | None:
    """Return the path of one record, with ``{id}``."""
    wanted = re.compile(re.escape(path.rstrip("/")) + r"/\{[^{}/]+\}/?")
    for other, node in resolver.at(resolver.document.get("paths")).items():
        if wanted.fullmatch(str(other)) and resolver.at(node).get("get"):
            return re.sub(r"\{[^{}/]+\}", "{id}", str(other))
    return None


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
