"""Reads a mapping file, and remembers on which line everything stands.

YAML is read plainly: no tags, no anchors across documents, no surprises. Only ``true``, ``false``, ``null`` and whole
numbers without leading zeros are more than text, so that ``no``, ``on``, ``007`` and ``1.0`` stay what the author wrote.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import ValidationError

from bartack.errors import ConfigError
from bartack.mapping.rules import Mapping

__all__ = ["LoadedMapping", "load", "near", "plain"]

Location = tuple[str | int, ...]

_INT = re.compile(r"-?(0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A mapping, and where it was written."""

    mapping: Mapping
    file: str = "<python>"
    lines: AbstractMapping[Location, int] = field(default_factory=dict)

    def place(self, location: Location) -> str:
        """Return ``file:line`` of the closest thing written at ``location``."""
        for end in range(len(location), -1, -1):
            line = self.lines.get(location[:end])
            if line is not None:
                return f"{self.file}:{line}"
        return self.file

    @property
    def digest(self) -> str:
        """``sha256:…`` of what the mapping says, whatever way it is written."""
        text = json.dumps(self.mapping.model_dump(mode="json", exclude_defaults=True, by_alias=True), sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def overridden(self, override: AbstractMapping[str, Any], file: str) -> LoadedMapping:
        """Lay a source's own rules over this mapping.

        Raises
        ------
        ConfigError
            the override is no valid part of a mapping.
        """
        try:
            return LoadedMapping(self.mapping.overridden(override), self.file, self.lines)
        except ValidationError as error:
            raise ConfigError(
                _explain(error), where=file, next_step="correct the override in the configuration"
            ) from None


def load(text: str, file: str) -> LoadedMapping:
    """Read a mapping from YAML text; ``file`` is its name for error messages.

    Raises
    ------
    ConfigError
        not YAML, a key twice, or no valid mapping; the message names file and line.
    """
    data, lines = plain(text, file)
    try:
        mapping = Mapping.model_validate(data)
    except ValidationError as error:
        location = tuple(error.errors()[0]["loc"])
        raise ConfigError(
            _explain(error),
            where=LoadedMapping(_EMPTY, file, lines).place(location),
            next_step="correct the mapping; docs/mapping.md lists the keys of a rule",
        ) from None
    return LoadedMapping(mapping, file, lines)


def plain(text: str, file: str) -> tuple[Any, dict[Location, int]]:
    """Read YAML plainly (see above), also JSON; return what it says, and on which line everything stands.

    Raises
    ------
    ConfigError
        not YAML, or a key twice; the message names file and line.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"not YAML: {error.problem}", where=f"{file}:{line}", next_step="correct the file") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}", where=file, next_step="correct the file") from None
    lines: dict[Location, int] = {}
    return _construct(node, (), lines, file), lines


_EMPTY = Mapping(contract="none/1", fields={})


def _explain(error: ValidationError) -> str:
    found = error.errors()
    texts = []
    for one in found[:5]:
        place = ".".join(str(part) for part in one["loc"])
        texts.append(f"{place}: {one['msg'].removeprefix('Value error, ')}")
    more = f" (and {len(found) - 5} more)" if len(found) > 5 else ""
    return "; ".join(texts) + more


def _construct(node: yaml.Node | None, location: Location, lines: dict[Location, int], file: str) -> Any:
    if node is None:
        return {}
    lines[location] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result or not isinstance(key_node, yaml.ScalarNode):
                what = f"the key {key!r} stands twice" if key in result else "a key must be a word"
                raise ConfigError(what, where=f"{file}:{key_node.start_mark.line + 1}", next_step="remove one of them")
            result[key] = _construct(value_node, (*location, key), lines, file)
            lines[(*location, key)] = key_node.start_mark.line + 1
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*location, at), lines, file) for at, child in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "~", ""):
        return None
    return int(text) if _INT.fullmatch(text) else text


def near(word: str, known: Any) -> str:
    """Return ``; did you mean 'x'?`` when ``known`` has a similar word, else an empty text."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
