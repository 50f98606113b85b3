"""Rows that somebody saved to a file: JSON, JSON lines or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from bartack.errors import BartackError, SourceChangedError, WireError
from bartack.transports.base import Body, Page, utcnow
from bartack.transports.http.documents import came_instead, media_type, read_json

__all__ = ["decode"]

_DELIMITERS = ",;\t|"


def decode(body: Body, stream: str, key: Sequence[str]) -> Page:
    """Read saved rows; see :meth:`SqlStream.decode`.

    In CSV every value is text. A line with more or fewer cells than the header is handed up as a list: it is counted,
    but it is no row.
    """
    start = body.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        raise WireError("the body is empty", where=stream)
    if start == b"<":
        raise SourceChangedError(f"{came_instead(body)} came instead of rows", where=stream)
    rows = _json(body) if start in (b"[", b"{") else _csv(body, stream, key)
    if rows and not any(isinstance(row, dict) and all(name in row for name in key) for row in rows):
        raise SourceChangedError(
            f"no row has the key {', '.join(key)}",
            where=stream,
            next_step="give rows of this stream, or correct its key",
        )
    return Page(rows, utcnow(), f"saved rows of {stream}")


def _json(body: Body) -> list[Any]:
    try:
        document = read_json(body)
    except WireError:
        lines = [line for line in body.content.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].rstrip().endswith(b"}"):
            raise
        return [_line(line, at) for at, line in enumerate(lines, 1)]
    return document if isinstance(document, list) else [document]


def _line(line: bytes, at: int) -> Any:
    try:
        return read_json(Body(line))
    except BartackError as error:
        raise WireError(f"line {at} is not well-formed JSON", next_step=error.next_step) from None


def _csv(body: Body, stream: str, key: Sequence[str]) -> list[Any]:
    _, charset = media_type(body.content_type)
    try:
        text = body.content.decode("utf-8-sig" if charset in (None, "utf-8") else charset)
    except (UnicodeError, LookupError):
        raise WireError(
            f"the text is not {charset or 'utf-8'}", where=stream, next_step="name the charset in the content type"
        ) from None
    header_line = text.lstrip("\r\n").split("\n", 1)[0]
    for delimiter in _DELIMITERS:
        header = next(csv.reader([header_line.rstrip("\r")], delimiter=delimiter), [])
        if all(name in header for name in key):
            return _cells(text, delimiter, stream)
    raise SourceChangedError(f"the first line has no column {', '.join(key)}", where=stream)


def _cells(text: str, delimiter: str, stream: str) -> list[Any]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [cells for cells in reader if cells]
    except csv.Error as error:
        raise WireError(f"broken CSV before line {reader.line_num}: {error}", where=stream) from None
    header = lines[0]
    if len(set(header)) < len(header):
        raise SourceChangedError("the header names a column twice", where=stream)
    return [dict(zip(header, cells, strict=True)) if len(cells) == len(header) else cells for cells in lines[1:]]
