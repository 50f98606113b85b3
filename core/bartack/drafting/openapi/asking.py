"""How a list is asked for: what its parameters are called tells pages, page sizes and changes apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bartack.drafting.envelope import CURSORS, OFFSETS, PAGES, SINCES, SIZES
from bartack.drafting.openapi.lists import Listing
from bartack.drafting.openapi.references import Resolver
from bartack.paths import parse
from bartack.transports.http import (
    CursorPaging,
    LinkHeaderPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    Since,
    Size,
)
from bartack.transports.sql.drafts.columns import bare

__all__ = ["Asking", "asking"]

_USUAL = 100
"""Rows a page, where the description does not say."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a stream declares of its requests, with remarks on each parameter."""

    paging: Paging = field(default_factory=NoPaging)
    page_size: Size | None = None
    since: Since | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    place: str
    schema: Mapping[str, Any]
    required: bool
    example: Any


def asking(resolver: Resolver, listing: Listing) -> Asking:
    """Return how a list is asked for."""
    parameters = [one for one in (_parameter(resolver, node) for node in listing.parameters) if one is not None]
    query = [one for one in parameters if one.place == "query"]
    size = _called(query, SIZES)
    page_size = None if size is None else _size(size)
    paging, why = _paging(resolver, listing, query, page_size)
    since, why_since = _since(parameters)
    if isinstance(paging, OffsetPaging):
        page_size = None
    used = {one.name for one in query if one.name in str(paging) or (size is not None and one.name == size.name)}
    params, left = _required(query, used | ({since.param} if since is not None else set()))
    remarks = {"paging": why}
    if page_size is not None and size is not None:
        known = "its maximum is declared" if "maximum" in size.schema else "no maximum is declared"
        remarks["page_size"] = (
            f"confidence: {'high' if 'maximum' in size.schema else 'medium'}: called {size.name}; {known}"
        )
    if since is not None:
        remarks["since"] = why_since
    if params or left:
        known = "confidence: medium: required; the values are those the description shows"
        remarks["params"] = f"TODO: params: {', '.join(left)}: required, and no value is shown" if left else known
    return Asking(paging, page_size, since, params, remarks)


def _parameter(resolver: Resolver, node: Mapping[str, Any]) -> _Parameter | None:
    name = node.get("name")
    if not isinstance(name, str) or not name:
        return None
    schema = resolver.schema(node.get("schema", node))
    example = node.get("example", schema.get("example", schema.get("default")))
    if example is None and isinstance(schema.get("enum"), list) and schema["enum"]:
        example = schema["enum"][0]
    return _Parameter(name, str(node.get("in")), schema, node.get("required") is True, example)


def _called(parameters: Sequence[_Parameter], spellings: str) -> _Parameter | None:
    names = {bare(one.name): one for one in reversed(parameters)}
    return next((names[spelling] for spelling in spellings.split() if spelling in names), None)


def _size(parameter: _Parameter) -> Size:
    most = _whole(parameter.schema.get("maximum"))
    usual = _whole(parameter.schema.get("default")) or _USUAL
    rows = most if most is not None and most <= 1_000 else usual
    return Size(parameter.name, max(rows, 1), most if most is not None and most >= 1 else None)


def _paging(resolver: Resolver, listing: Listing, query: Sequence[_Parameter], size: Size | None) -> tuple[Paging, str]:
    around, cursor, page = listing.envelope, _called(query, CURSORS), _called(query, PAGES)
    if around.next is not None:
        if _is_address(resolver, listing, around.next):
            return NextUrlPaging(around.next), f"confidence: high: the answer's {around.next} is an address"
        by = cursor or (page if bare(around.next.rpartition(".")[2]) in ("nextpage", "next") else None)
        if by is not None:
            return CursorPaging(
                around.next, by.name
            ), f"confidence: high: the answer's {around.next} goes into {by.name}"
    if "link" in listing.headers:
        return LinkHeaderPaging(), "confidence: high: the answer has a Link header"
    if (offset := _called(query, OFFSETS)) is not None and size is not None:
        start = _whole(offset.schema.get("default")) or 0
        paging = OffsetPaging(offset.name, size.param, size.rows, start=start, most=size.most)
        return paging, f"confidence: high: the parameters {offset.name} and {size.param}"
    if page is not None:
        first = _whole(page.schema.get("minimum", page.schema.get("default")))
        told = f"the first page is {first}" if first in (0, 1) else "that the first page is 1 is taken for granted"
        paged = PagePaging(page.name, start=first if first in (0, 1) else 1, pages=around.pages)
        return paged, f"confidence: {'high' if first in (0, 1) else 'medium'}: the parameter {page.name}; {told}"
    if cursor is not None:
        return NoPaging(), f"TODO: paging: {cursor.name} takes a cursor; where is the next one in an answer?"
    if around.next is not None or around.more is not None:
        return NoPaging(), f"TODO: paging: the answer has {around.next or around.more}; which parameter leads on?"
    if size is not None:
        return NoPaging(), f"TODO: paging: {size.param} says how many rows come; what leads to the others?"
    return NoPaging(), "confidence: medium: no parameter and no field leads to further pages"


def _is_address(resolver: Resolver, listing: Listing, path: str) -> bool:
    schema: Mapping[str, Any] = listing.answer
    for step in parse(path):
        properties = schema.get("properties")
        schema = resolver.schema(properties.get(str(step))) if isinstance(properties, dict) else {}
    name = bare(path.rpartition(".")[2])
    shown = str(schema.get("example", ""))
    return (
        schema.get("format") in ("uri", "url", "uri-reference")
        or name.endswith(("link", "url", "href"))
        or shown.startswith(("http://", "https://", "/"))
        or "links" in bare(path)
    )


def _since(parameters: Sequence[_Parameter]) -> tuple[Since | None, str]:
    query = [one for one in parameters if one.place == "query"]
    found = _called(query, SINCES)
    if found is not None:
        form, kind = found.schema.get("format"), found.schema.get("type")
        written = "date" if form == "date" else "epoch" if kind in ("integer", "number") else "iso"
        return Since(found.name, format=written), f"confidence: high: called {found.name}, written {written}"
    if any(one.place == "header" and one.name.lower() == "if-modified-since" for one in parameters):
        return Since(
            "If-Modified-Since", format="http", header=True
        ), "confidence: medium: the header If-Modified-Since"
    return None, ""


def _required(query: Iterable[_Parameter], used: set[str]) -> tuple[dict[str, Any], list[str]]:
    """Return values of required parameters that nothing else fills in, and the names of those that no value is known of."""
    needed = [one for one in query if one.required and one.name not in used]
    known = {one.name: one.example for one in needed if isinstance(one.example, str | int)}
    return known, [one.name for one in needed if one.name not in known]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
