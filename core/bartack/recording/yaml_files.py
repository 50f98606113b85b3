"""Cassettes in YAML, for people: read event by event, so that no tag, alias or depth can do any harm."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from bartack.recording.trees import Body, RefusedError, Tree

__all__ = ["dump", "parse"]

MAX_DEPTH = 16
"""The format is five levels deep. The event parser does not recurse, so a deeper file is refused, not crashed on."""
MAX_REPEATED = 1_000_000
"""Nodes that aliases may repeat. They cost nothing here, but whoever walks through them would never come to an end."""

_BINARY = "tag:yaml.org,2002:binary"
_TEXT = (None, "!", "tag:yaml.org,2002:str")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# Characters a literal block gives back as they were; the others (carriage return, NEL, U+2028 ...) need escapes.
_PLAIN = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def parse(text: str) -> Tree:
    """Return the content of a YAML file: text, bytes, lists and mappings, whatever its tags would like to be.

    Raises
    ------
    RefusedError
        it is no YAML, or not of the plain kind.
    """
    try:
        return _Builder().build(text)
    except yaml.YAMLError as error:
        raise RefusedError(f"the cassette is no YAML: {_one_line(error)}") from None


def dump(document: Mapping[str, Any], heading: str) -> str:
    """Return ``document`` as YAML below a comment; the same document gives the same text."""
    return f"# {heading}\n" + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**31 - 1
    )


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True  # a reviewer should not have to look things up


def _represent_body(dumper: yaml.CSafeDumper, body: Body) -> yaml.Node:
    style = "|" if body and _PLAIN.fullmatch(body) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(body), style=style)


_Dumper.add_representer(Body, _represent_body)


class _Builder:
    """Builds a tree from parser events: no recursion, and no tag means anything but text and ``!!binary``."""

    def __init__(self) -> None:
        self._root: list[Tree] = []
        self._open: list[Callable[[Tree], None]] = [self._root.append]
        self._begun: list[tuple[str | None, Tree, int]] = []
        self._anchors: dict[str, tuple[Tree, int]] = {}
        self._nodes = 0
        self._repeated = 0

    def build(self, text: str) -> Tree:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            match event:
                case yaml.ScalarEvent():
                    value = _scalar(event)
                    if event.anchor:
                        self._anchors[event.anchor] = value, 1
                    self._nodes += 1
                    self._open[-1](value)
                case yaml.MappingStartEvent():
                    mapping: dict[str, Tree] = {}
                    self._enter(event, mapping, _filler(mapping))
                case yaml.SequenceStartEvent():
                    sequence: list[Tree] = []
                    self._enter(event, sequence, sequence.append)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._leave()
                case yaml.AliasEvent():
                    self._repeat(event)
        if len(self._root) != 1:
            raise RefusedError("the cassette is empty" if not self._root else "the cassette holds several documents")
        return self._root[0]

    def _enter(self, event: Any, node: Tree, fill: Callable[[Tree], None]) -> None:
        if event.tag not in (None, "!"):
            raise RefusedError(f"{_line(event)}the tag {event.tag} has no place in a cassette")
        if len(self._open) > MAX_DEPTH:
            raise RefusedError(f"{_line(event)}nested deeper than any cassette")
        self._begun.append((event.anchor, node, self._nodes))
        self._nodes += 1
        self._open[-1](node)
        self._open.append(fill)

    def _leave(self) -> None:
        self._open.pop()
        anchor, node, before = self._begun.pop()
        if anchor:  # only now: a node that contains itself has no end
            self._anchors[anchor] = node, self._nodes - before

    def _repeat(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise RefusedError(f"{_line(event)}*{event.anchor} refers to nothing, or to what it stands in")
        node, size = self._anchors[event.anchor]
        self._nodes += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise RefusedError(f"{_line(event)}aliases repeat more than any cassette does")
        self._open[-1](node)


def _filler(mapping: dict[str, Tree]) -> Callable[[Tree], None]:
    """Return a function that takes a mapping's keys and values in turn."""
    pending: list[str] = []

    def fill(node: Tree) -> None:
        if pending:
            mapping[pending.pop()] = node
        elif not isinstance(node, str):
            raise RefusedError(f"a key is {type(node).__name__}, not text")
        elif node in mapping:
            raise RefusedError(f"the key {node[:80]!r} is there twice")
        else:
            pending.append(node)

    return fill


def _scalar(event: yaml.ScalarEvent) -> Tree:
    if event.tag == _BINARY:
        try:
            return base64.b64decode(event.value)
        except (binascii.Error, ValueError):
            raise RefusedError(f"{_line(event)}the value is no base64") from None
    if event.tag not in _TEXT:
        raise RefusedError(f"{_line(event)}the tag {event.tag} has no place in a cassette")
    if event.style in ("", None) and event.tag is None and event.value in _NULLS:
        return None
    return str(event.value)


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}: " if event.start_mark else ""


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1})" if mark else ""
    return f"{getattr(error, 'problem', None) or error}{place}"
