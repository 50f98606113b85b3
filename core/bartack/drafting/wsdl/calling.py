"""How an operation is called: which of its arguments page, which ask for changes, and which nobody can fill in but a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bartack.drafting.envelope import CURSORS, OFFSETS, PAGES, SINCES, SIZES, Envelope
from bartack.drafting.wsdl.elements import leaves, type_name
from bartack.transports.http import NoPaging, Since
from bartack.transports.soap import OffsetArguments, PageArguments, TokenArguments
from bartack.transports.soap.paging import Paging, put
from bartack.transports.sql.drafts.columns import bare

__all__ = ["Calling", "calling"]

_EMPTY = {"boolean": False, "string": "", "dateTime": "2000-01-01T00:00:00Z", "date": "2000-01-01", "time": "00:00:00"}
_USUAL = 100


@dataclass(frozen=True, slots=True)
class Calling:
    """What a stream declares of its calls, with remarks on each parameter."""

    paging: Paging | NoPaging = field(default_factory=NoPaging)
    since: Since | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Argument:
    path: str
    name: str
    kind: str
    required: bool


def calling(question: Any, around: Envelope) -> Calling:
    """Return how an operation is called. ``question``: the element of its request; ``around``: what its answer says."""
    arguments = [
        _Argument(".".join(path), path[-1], type_name(leaf), not leaf.is_optional and not leaf.nillable)
        for path, leaf in (leaves(question) if question is not None else ())
    ]
    paging, why = _paging(arguments, around)
    found = _called(arguments, SINCES)
    since = None if found is None else Since(found.path, format=_FORMATS.get(found.kind, "iso"))
    used = {name for name in _filled(paging) if name} | ({since.param} if since is not None else set())
    left = [one for one in arguments if one.required and one.path not in used]
    given: Mapping[str, Any] = {}
    for one in left:
        given = put(given, one.path, _EMPTY.get(one.kind, 0))
    remarks = {"paging": why}
    if left:
        remarks["arguments"] = f"TODO: arguments: {', '.join(one.path for one in left)}: required; with which values?"
    if since is not None and found is not None:
        remarks["since"] = f"confidence: medium: called {found.name}"
        given = put(given, since.param, "1970-01-01T00:00:00Z") if found.required else given
    return Calling(paging, since, dict(given), remarks)


_FORMATS = {"date": "date", "int": "epoch", "long": "epoch", "integer": "epoch"}


def _paging(arguments: Sequence[_Argument], around: Envelope) -> tuple[Paging | NoPaging, str]:
    size, cursor = _called(arguments, SIZES), _called(arguments, CURSORS)
    offset, page = _called(arguments, OFFSETS), _called(arguments, PAGES)
    limit = None if size is None else size.path
    if cursor is not None and around.next is not None:
        token = TokenArguments(cursor.path, around.next, limit=limit, size=_USUAL)
        return token, f"confidence: medium: the answer's {around.next} goes into {cursor.path}"
    if offset is not None:
        counted = OffsetArguments(offset.path, limit, _USUAL)
        return (
            counted,
            f"confidence: medium: the argument {offset.path}; that rows are counted from 0 is taken for granted",
        )
    if page is not None:
        paged = PageArguments(page.path, limit, _USUAL)
        return paged, f"confidence: medium: the argument {page.path}; that the first page is 1 is taken for granted"
    if size is not None or around.next is not None or around.more is not None:
        seen = around.next or around.more or limit
        return NoPaging(), f"TODO: paging: there is {seen}; how does a long list go on?"
    return NoPaging(), "confidence: medium: no argument leads to further pages"


def _filled(paging: Any) -> tuple[str | None, ...]:
    return tuple(getattr(paging, name, None) for name in ("offset", "page", "argument", "limit"))


def _called(arguments: Sequence[_Argument], spellings: str) -> _Argument | None:
    names = {bare(one.name): one for one in reversed(arguments)}
    return next((names[spelling] for spelling in spellings.split() if spelling in names), None)
