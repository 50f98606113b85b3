"""What two locks do not agree in, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bartack.locking.declared import one_line
from bartack.locking.document import Lock

__all__ = ["Difference", "differences", "in_words"]

_SHOWN = 20
_LONGEST = 160


class Difference(NamedTuple):
    """One difference: its ``path`` in the lock, and what stands there; None where nothing does."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def place(self) -> str:
        """What it is a difference of."""
        match self.path:
            case ("contracts", contract, "fields", field):
                return f"contract {contract}: field {field}"
            case ("contracts", contract, *rest):
                return _of(f"contract {contract}", rest)
            case ("plugins", name):
                return f"plugin {name}"
            case ("sources", source, "connector", what):
                return f"source {source}: connector {what}"
            case ("sources", source, "settings" | "decided", what):
                return f"source {source}: {what}"
            case ("sources", source, "streams", stream, "mappings", contract, "rules", field):
                return f"{source}/{stream} as {contract}: rule of {field}"
            case ("sources", source, "streams", stream, "mappings", contract, *rest):
                return _of(f"{source}/{stream} as {contract}", rest or ["mapping"])
            case ("sources", source, "streams", stream, "declared", what):
                return f"{source}/{stream}: {what}"
            case ("sources", source, "streams", stream, *rest):
                return _of(f"{source}/{stream}", rest or ["stream"])
            case ("sources", source, *rest):
                return _of(f"source {source}", rest)
        return ".".join(self.path)

    @property
    def field(self) -> str | None:
        """The contract field it may change, as ``person.emails.address``; a whole contract as ``person``."""
        match self.path:
            case ("contracts", contract, "fields", field):
                return f"{_bare(contract)}.{field}"
            case ("contracts", contract, *_):
                return _bare(contract)
            case ("sources", _, "streams", _, "mappings", contract, "rules" | "custom_fields", field):
                return f"{_bare(contract)}.{field if self.path[-2] == 'rules' else 'custom'}"
            case ("sources", _, "streams", _, "mappings", contract, *_):
                return _bare(contract)
        return None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return f"{self.place}: {'new' if self.before is None else 'gone'}{self._only()}"
        return f"{self.place}: {_short(self.before)} -> {_short(self.after)}"

    def _only(self) -> str:
        there = self.after if self.before is None else self.before
        return "" if isinstance(there, dict) and len(one_line(there)) > _LONGEST else f" ({_short(there)})"


def differences(before: Lock, after: Lock) -> tuple[Difference, ...]:
    """Return where two locks say something else, the smallest things that do."""
    return tuple(_compared((), before.document, after.document))


def _compared(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)) or _is_leaf(path):
        yield Difference(path, before, after)
        return
    names = sorted({*before, *after})
    found = [
        one for name in names if name != "digest" for one in _compared((*path, name), before.get(name), after.get(name))
    ]
    if not found:  # only the digests differ: what it says has another meaning now, in words that are the same
        yield Difference((*path, "digest"), before.get("digest"), after.get("digest"))
    yield from found


def _is_leaf(path: tuple[str, ...]) -> bool:
    """Say whether what stands at ``path`` is one line: a rule, a setting, a declaration."""
    match path:
        case ("sources", _, "streams", _, "mappings", _, "rules" | "custom_fields", _):
            return True
        case ("sources", _, "settings" | "decided", _) | ("sources", _, "streams", _, "declared", _):
            return True
    return False


def in_words(found: tuple[Difference, ...]) -> str:
    """Return differences as lines, the first of them."""
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "\n".join(f"  {line}" for line in [*map(str, found[:_SHOWN]), *more])


def _of(what: str, rest: list[str]) -> str:
    return f"{what}: {' '.join(rest)}" if rest else what


def _bare(contract: str) -> str:
    return contract.partition("/")[0]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else one_line(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
