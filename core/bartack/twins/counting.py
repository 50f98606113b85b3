"""Counts the rows of an answer, by other means than those that read it."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from bartack.recording import Interaction
from bartack.recording.messages import header
from bartack.twins.subject import Subject, Where

__all__ = ["rows_sent"]

_MOST = 64_000_000
_DECLARATION = re.compile(r"^<\?xml[^>]*\?>")


def rows_sent(subject: Subject, given: Sequence[Interaction]) -> int | None:
    """Return how many rows a read was given that asked for each page until it was answered; None where nobody can tell.

    Of a page that was asked for again the last answer counts.
    """
    pages = {_asked(page.interaction): page for page in subject.pages}
    last = {_asked(one): one for one in given}
    where = subject.pages[0].where if subject.pages else ()
    counted = 0
    for asked, one in last.items():
        rows = _rows(one, pages[asked].where if asked in pages else where)
        if rows is None and asked in pages:
            return None
        counted += rows or 0
    return counted


def _asked(one: Interaction) -> tuple[str, str, bytes | None]:
    return one.request.method, one.request.uri, one.request.body


def _rows(one: Interaction, where: Where) -> int | None:
    if one.failure is not None or one.response.status // 100 != 2:
        return None
    body = one.response.body
    try:
        if header(one.response.headers, "Content-Encoding"):
            body = _opened(body)
        text = body.decode(json.detect_encoding(body)).strip("\ufeff \t\r\n")
        if text.startswith("<"):
            return _elements(ET.fromstring(_DECLARATION.sub("", text)), where)  # noqa: S314 - made a moment ago
        return _items(json.loads(text), where)
    except (ValueError, RecursionError, ET.ParseError, zlib.error, EOFError, OSError):
        return None


def _opened(body: bytes) -> bytes:
    opened = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, _MOST)
    if len(opened) >= _MOST:
        raise ValueError("a bomb")
    return gzip.decompress(body)


def _items(document: Any, where: Where) -> int | None:
    for step in where:
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return len(document) if isinstance(document, list) else None


def _elements(root: ET.Element, where: Where) -> int | None:
    """Count the elements where the rows are; what stands around them may be called otherwise."""
    level = [root]
    for name in where[1:-1]:
        inner = [child for element in level for child in element]
        level = [child for child in inner if _local(child.tag) == name] or inner
    return sum(_local(child.tag) == where[-1] for element in level for child in element) if level else None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
