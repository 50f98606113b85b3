"""What a row became, in a form in which two versions of a mapping, connector or contract can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from bartack.errors import ConfigError
from bartack_contracts import Record, Reject

__all__ = ["Told", "from_lines", "stated", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """A record with its ``fields``, or a reject with its ``reasons``.

    ``fields``: path in the contract -> value as JSON; elements of lists are gathered under ``emails[].address``, in order.
    ``reasons``: ``code at path`` of each issue.
    """

    ref: str
    kind: Literal["record", "reject"]
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reasons: tuple[str, ...] = ()


def told(item: Record[Any] | Reject) -> Told:
    """Return what an item of a read tells."""
    return stated(item.model_dump(mode="json"), "record" if isinstance(item, Record) else "reject")


def from_lines(path: Path) -> Iterator[Told]:
    """Read the JSON lines that ``--json`` printed earlier: records and rejects; errors and verdicts are passed over.

    Raises
    ------
    ConfigError
        the file cannot be read, or a line of it is none of these.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                found = _line(line)
                if found is None:
                    raise ConfigError(
                        "this is no line of records, rejects, errors or verdicts",
                        where=f"{path}:{number}",
                        next_step="give what bartack read --json or bartack cassette replay --json has printed",
                    )
                if isinstance(found, Told):
                    yield found
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), next_step="check the path") from None


def _line(line: str) -> Told | Literal["other"] | None:
    try:
        document = json.loads(line)
        ((kind, content),) = document.items()
        if kind in ("error", "verdict"):
            return "other"
        return stated(content, kind) if kind in ("record", "reject") else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def stated(item: Mapping[str, Any], kind: Literal["record", "reject"]) -> Told:
    """Return what an item says that has become JSON: its ref, its ``value`` where it is a record, its issues.

    Raises
    ------
    KeyError, TypeError, AttributeError
        it is no item.
    """
    issues: Iterable[Mapping[str, Any]] = item.get("issues", ())
    reasons = tuple(sorted({f"{one['code']} at {one.get('path') or one.get('field') or 'row'}" for one in issues}))
    ref = item["ref"]
    name = ref if isinstance(ref, str) else "/".join(ref[part] for part in ("source", "stream", "id"))
    gathered: dict[str, list[str]] = {}
    if kind == "record":
        _flatten(item["value"], "", gathered)
    return Told(name, kind, {path: ", ".join(values) for path, values in gathered.items()}, reasons)


def _flatten(value: Any, path: str, into: dict[str, list[str]]) -> None:
    if isinstance(value, dict) and value:
        for name, one in value.items():
            _flatten(one, f"{path}.{name}" if path else name, into)
    elif isinstance(value, list) and value:
        for one in value:
            _flatten(one, f"{path}[]", into)
    else:
        into.setdefault(path, []).append(json.dumps(value, ensure_ascii=False, sort_keys=True))
