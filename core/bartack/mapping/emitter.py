"""Python source, line by line: scopes that hold back what must stand first, names, and constants.

Nothing of a mapping is ever pasted into source except through ``repr`` of a text or number; everything else is a
constant in the namespace of the generated function.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bartack.paths import Key, Path, parse

__all__ = ["Emitter", "Scope"]


class Scope:
    """A native object paths start from (the row, or an element of a list), and the parents already read from it."""

    def __init__(self, variable: str, at: int, indent: int, root: Scope | None) -> None:
        self.variable = variable
        self.root = root if root is not None else self
        self.at = at
        self.indent = indent
        self.parents: dict[tuple[str, ...], str] = {}


class Emitter:
    """Gathers the lines of one generated function."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self._lines: list[str] = []
        self._indent = 1
        self._count = 0
        self._scopes: list[Scope] = []

    def name(self, prefix: str = "v") -> str:
        """Return a fresh local name."""
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: Any) -> str:
        """Return an expression for a constant: its repr where that is exact, else a name in the namespace."""
        if value is None or value.__class__ in (str, int, bool):
            return repr(value)
        name = self.name("K")
        self.namespace[name] = value
        return name

    def line(self, text: str) -> None:
        """Add one line at the current depth."""
        self._lines.append(" " * self._indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Open a block: ``head`` and a colon, and what is added inside stands one deeper."""
        self.line(f"{head}:")
        self._indent += 1
        start = len(self._lines)
        yield
        if len(self._lines) == start:
            self.line("pass")
        self._indent -= 1

    def scope(self, variable: str) -> Scope:
        """Start a scope here: parents read later through it are put in at this point, where they are always bound."""
        scope = Scope(variable, len(self._lines), self._indent, self._scopes[0] if self._scopes else None)
        self._scopes.append(scope)
        return scope

    def leaf(self, scope: Scope, path_text: str, variable: str) -> None:
        """Read the value at a path into ``variable``: ``A`` where it was not sent."""
        if path_text.startswith("$."):
            scope, path_text = scope.root, path_text[2:]
        path = parse(path_text)
        if not path:
            self.line(f"{variable} = {scope.variable}")
        elif all(isinstance(one, Key) for one in path):
            self.line(f"{variable} = {self._parent(scope, path[:-1])}.get({str(path[-1])!r}, A)")
        else:
            self.line(f"{variable} = resolve({scope.variable}, {self.constant(path)})")

    def _parent(self, scope: Scope, path: Path) -> str:
        keys = tuple(str(one) for one in path)
        if keys not in scope.parents:
            name = self.name("o")
            if keys:
                above = self._parent(scope, path[:-1])
                self._put(scope, f"{name} = {above}.get({keys[-1]!r}, A)")
                self._put(scope, f"if {name}.__class__ is not dict: {name} = NULLS if {name} is None else NONE_SENT")
            else:
                self._put(scope, f"{name} = {scope.variable}")
                self._put(scope, f"if {name}.__class__ is not dict: {name} = NONE_SENT")
            scope.parents[keys] = name
        return scope.parents[keys]

    def _put(self, scope: Scope, text: str) -> None:
        """Insert a line at the scope's start, after those put there before."""
        at = scope.at
        self._lines.insert(at, " " * scope.indent + text)
        for other in self._scopes:
            if other is scope or other.at > at:
                other.at += 1

    def source(self, head: str) -> str:
        """Return the whole function."""
        return "\n".join([f"def {head}:", *self._lines]) + "\n"
