"""Errors inside an answer that pretends to be fine: what stands around the rows says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from lxml import etree

from bartack.transports.http.paths import look
from bartack.transports.http.refusals import ErrorBody, refusal
from bartack.transports.soap.envelope import Answer
from bartack.transports.soap.rows import RowReader

__all__ = ["FLAGS", "refuse"]

FLAGS: Final[tuple[ErrorBody, ...]] = (
    *(ErrorBody(name, equals=("false", "0")) for name in ("success", "Success", "isSuccess", "IsSuccess", "ok")),
    ErrorBody("status.@isSuccess", equals="false"),  # NetSuite
    *(ErrorBody(name, equals=("error", "fail", "failed", "failure")) for name in ("status", "Status")),
)
"""What is looked for around the rows of every answer, on each level of the way to them. It says no by a flag: a code or
a text of an error may also stand there when all is well."""

_MESSAGES = (
    "message", "Message", "errorMessage", "ErrorMessage", "error", "error.message", "errors.message", "errors.error",
    "status.statusDetail.message", "statusDetail.message", "status.message", "description",
)  # fmt: skip


def refuse(answer: Answer, path: Sequence[str], rows: int, declared: Iterable[ErrorBody]) -> str | None:
    """Raise the error that an answer carries; return its words where it is a flag beside rows.

    ``path`` leads from the response element to the rows; where it is empty, the response element is the row itself, and
    its flags are fields like others. A ``declared`` error is refused, whatever stands beside it.

    Raises
    ------
    SourceRefusedError, AccessError, SourceUnavailableError
        by the error's code and words.
    """
    around = answer.reader.row(_around(answer.reader, answer.element, path))
    error = refusal(around, declared)
    if error is not None:
        raise error
    for level in _levels(around, path):
        error = refusal(level, [_speaking(flag, level) for flag in FLAGS])
        if error is not None and not rows:
            raise error
        if error is not None:
            return error.message
    return None


def _around(reader: RowReader, element: etree._Element, path: Sequence[str]) -> etree._Element:
    """Return a copy of an element without the rows in it."""
    element = reader.resolve(element)
    if not path:
        return element
    namespaces: Any = element.nsmap
    copy = etree.Element(element.tag, {str(name): str(text) for name, text in element.attrib.items()}, namespaces)
    for child in element:
        if reader.name(child) != path[0]:
            copy.append(deepcopy(child))
        elif len(path) > 1:
            copy.append(_around(reader, child, path[1:]))
    return copy


def _levels(around: Any, path: Sequence[str]) -> Iterator[dict[str, Any]]:
    for step in path:
        if not isinstance(around, dict):
            return
        yield around
        around = around.get(step)


def _speaking(flag: ErrorBody, level: dict[str, Any]) -> ErrorBody:
    """Return a flag that knows where the source's own words are."""
    texts = (path for path in _MESSAGES if isinstance(found := look(level, path), str) and found.strip())
    return replace(flag, message=next(texts, None))
