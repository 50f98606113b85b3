"""Cassette files: YAML in the format of vcrpy, version 1, read without trust and written all or nothing."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from bartack.errors import RecordingError

__all__ = ["Tree", "read", "text_or_bytes", "write"]

Tree = str | bytes | None | list["Tree"] | dict[str, "Tree"]
"""What a cassette file is made of. A number is text here: ``code: 200`` and ``code: '200'`` say the same."""

MAX_DEPTH = 16
"""The format is five levels deep. The event parser does not recurse, so a deeper file is refused, not crashed on."""

_BINARY = "tag:yaml.org,2002:binary"
_TEXT = (None, "!", "tag:yaml.org,2002:str")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# Characters a literal block gives back as they were; the others (carriage return, NEL, U+2028 ...) need escapes.
_PLAIN = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def read(path: Path) -> Tree:
    """Return the content of a YAML file: text, bytes, lists and mappings, whatever its tags would like to be.

    Raises
    ------
    RecordingError
        there is no such file, or it is no plain YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecordingError("there is no such cassette", where=str(path), next_step="record it first") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"the cassette cannot be read: {error}", where=str(path)) from None
    try:
        return _Builder().build(text)
    except yaml.YAMLError as error:
        raise RecordingError(f"the cassette is no YAML: {_one_line(error)}", where=str(path)) from None
    except _RefusedError as error:
        raise RecordingError(str(error), where=str(path)) from None


def write(path: Path, document: Mapping[str, Any], *, heading: str) -> None:
    """Write ``document`` below a comment, so that readers see the old file or the new one, never a part.

    Raises
    ------
    RecordingError
        the file cannot be written.
    """
    text = f"# {heading}\n" + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**31 - 1
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise RecordingError(f"the cassette cannot be written: {error.strerror}", where=str(path)) from None


def text_or_bytes(body: bytes) -> str | bytes:
    """Return what people can read as text (written as a literal block where that is exact), the rest as bytes."""
    try:
        return Body(body.decode("utf-8"))
    except UnicodeDecodeError:
        return body


class Body(str):
    """Text that reads best as a literal block, line by line."""

    __slots__ = ()


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True  # a reviewer should not have to look things up


def _represent_body(dumper: yaml.CSafeDumper, body: Body) -> yaml.Node:
    style = "|" if body and _PLAIN.fullmatch(body) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(body), style=style)


_Dumper.add_representer(Body, _represent_body)


class _RefusedError(Exception):
    """The file is YAML, but not of the kind that a cassette is."""


class _Builder:
    """Builds a tree from parser events: no recursion, and no tag means anything but text and ``!!binary``."""

    def __init__(self) -> None:
        self._root: list[Tree] = []
        self._open: list[Callable[[Tree], None]] = [self._root.append]
        self._anchors: dict[str, Tree] = {}

    def build(self, text: str) -> Tree:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            match event:
                case yaml.ScalarEvent():
                    self._add(event, _scalar(event))
                case yaml.MappingStartEvent():
                    mapping: dict[str, Tree] = {}
                    self._enter(event, mapping, _filler(mapping))
                case yaml.SequenceStartEvent():
                    sequence: list[Tree] = []
                    self._enter(event, sequence, sequence.append)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._open.pop()
                case yaml.AliasEvent():
                    if event.anchor not in self._anchors:
                        raise _RefusedError(f"{_line(event)}*{event.anchor} refers to nothing")
                    self._open[-1](self._anchors[event.anchor])
        if len(self._root) != 1:
            raise _RefusedError("the cassette is empty" if not self._root else "the cassette holds several documents")
        return self._root[0]

    def _enter(self, event: Any, node: Tree, fill: Callable[[Tree], None]) -> None:
        if event.tag not in (None, "!"):
            raise _RefusedError(f"{_line(event)}the tag {event.tag} has no place in a cassette")
        if len(self._open) > MAX_DEPTH:
            raise _RefusedError(f"{_line(event)}nested deeper than any cassette")
        self._add(event, node)
        self._open.append(fill)

    def _add(self, event: Any, node: Tree) -> None:
        if event.anchor:
            self._anchors[event.anchor] = node
        self._open[-1](node)


def _filler(mapping: dict[str, Tree]) -> Callable[[Tree], None]:
    """Return a function that takes a mapping's keys and values in turn."""
    pending: list[str] = []

    def fill(node: Tree) -> None:
        if pending:
            mapping[pending.pop()] = node
        elif isinstance(node, str):
            pending.append(node)
        else:
            raise _RefusedError(f"a key is {type(node).__name__}, not text")

    return fill


def _scalar(event: yaml.ScalarEvent) -> Tree:
    if event.tag == _BINARY:
        try:
            return base64.b64decode(event.value)
        except binascii.Error:
            raise _RefusedError(f"{_line(event)}the value is no base64") from None
    if event.tag not in _TEXT:
        raise _RefusedError(f"{_line(event)}the tag {event.tag} has no place in a cassette")
    if event.style in ("", None) and event.tag is None and event.value in _NULLS:
        return None
    return str(event.value)


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}: " if event.start_mark else ""


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1})" if mark else ""
    return f"{getattr(error, 'problem', None) or error}{place}"
