"""Foreign YAML as plain data: read event by event, so that no tag, alias or depth can do any harm."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from bartack.errors import ConfigError

__all__ = ["plain_yaml"]

_DEEPEST = 200
_MOST = 2_000_000
"""Nodes of a document, what aliases repeat included."""
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}")


def plain_yaml(text: str, where: str) -> Any:
    """Return a YAML document as dicts, lists, texts, whole numbers, decimals, booleans and ``None``; dates stay texts.

    Raises
    ------
    ConfigError
        it is no YAML, holds several documents or a key twice, is nested without measure, or its aliases multiply.
    """
    try:
        return _Reader(where).read(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        raise ConfigError(f"not YAML: {getattr(error, 'problem', None) or 'unreadable'}", where=place) from None


class _Reader:
    def __init__(self, where: str) -> None:
        self._where = where
        self._root: list[Any] = []
        self._open: list[list[Any] | _Pairs] = [self._root]
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._begun: list[tuple[str | None, int]] = []
        self._nodes = 0

    def read(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            match event:
                case yaml.ScalarEvent():
                    value = _scalar(event)
                    if event.anchor:
                        self._anchors[event.anchor] = value, 1
                    self._take(value, 1)
                case yaml.SequenceStartEvent():
                    self._enter(event, [])
                case yaml.MappingStartEvent():
                    self._enter(event, _Pairs())
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self._leave()
                case yaml.AliasEvent():
                    if event.anchor not in self._anchors:
                        raise self._refused(f"*{event.anchor} refers to nothing, or to what it stands in")
                    self._take(*self._anchors[event.anchor])
        if len(self._root) != 1:
            raise self._refused("it holds several documents" if self._root else "it is empty")
        return self._root[0]

    def _enter(self, event: Any, node: list[Any] | _Pairs) -> None:
        if len(self._open) > _DEEPEST:
            raise self._refused(f"nested deeper than {_DEEPEST} levels")
        self._begun.append((event.anchor, self._nodes))
        self._open.append(node)

    def _leave(self) -> None:
        node = self._open.pop()
        anchor, before = self._begun.pop()
        value = node.mapping if isinstance(node, _Pairs) else node
        if anchor:  # only now: a node that contains itself has no end
            self._anchors[anchor] = value, self._nodes - before + 1
        self._take(value, 1)

    def _take(self, value: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > _MOST:
            raise self._refused("its aliases multiply without measure")
        above = self._open[-1]
        if isinstance(above, list):
            above.append(value)
        elif not above.take(value):
            raise self._refused(f"a key stands twice, or is no word: {str(value)[:60]!r}")

    def _refused(self, what: str) -> ConfigError:
        return ConfigError(what, where=self._where, next_step="correct the file")


class _Pairs:
    """A mapping in the making: keys and values come in turn."""

    def __init__(self) -> None:
        self.mapping: dict[str, Any] = {}
        self._key: str | None = None

    def take(self, value: Any) -> bool:
        if self._key is not None:
            self.mapping[self._key] = value
            self._key = None
            return True
        if isinstance(value, dict | list):
            return False
        key = (
            {True: "true", False: "false", None: "null"}.get(value, str(value)) if not isinstance(value, str) else value
        )
        self._key = key
        return key not in self.mapping


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = str(event.value)
    if event.style not in (None, "") or event.tag is not None:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _FRACTION.fullmatch(text) else text
