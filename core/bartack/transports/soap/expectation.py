"""Where the rows are in an answer, and whether an answer without rows may be believed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from bartack.errors import SourceChangedError
from bartack.transports.base import KeySpec
from bartack.transports.soap.envelope import Answer

__all__ = ["Expectation", "key_names", "steps"]

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LISTED = 8
"""Names quoted in an error."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an operation's answer should look like.

    ``path``: local names below the response element down to the repeated one. ``elements``: possible names of the
    response element; without any, the operation's own name must begin it (``ListCustomersResponse``). ``siblings``:
    names that the WSDL declares beside the rows, None where that is not known. ``key``: first steps of the row's key,
    to recognize rows under another name.
    """

    operation: str
    path: tuple[str, ...]
    elements: frozenset[str] = frozenset()
    siblings: frozenset[str] | None = None
    key: frozenset[str] = frozenset()

    def rows(self, answer: Answer) -> list[etree._Element]:
        """Return the row elements, references resolved.

        Raises
        ------
        SourceChangedError
            the path is not there, or rows seem to have got another name: zero rows would be a lie.
        """
        parents, path = self._entrance(answer)
        for depth, step in enumerate(path):
            found = [child for parent in parents for child in answer.reader.children(parent, step)]
            if not found and depth < len(path) - 1:
                raise self._changed(f"there is no <{step}>", parents)
            if not found:
                self._believe_no_rows(answer, parents, step)
            parents = found
        return parents

    def _entrance(self, answer: Answer) -> tuple[list[etree._Element], tuple[str, ...]]:
        """Return where to start, and the steps still to go.

        Inside an envelope that is the response element. What people save by hand may begin further down.
        """
        start = [answer.reader.resolve(answer.element)]
        if answer.bare and not self._expected(answer.name) and answer.name in self.path:
            return start, self.path[self.path.index(answer.name) + 1 :]
        if not self.path and not self._expected(answer.name):
            raise self._changed(f"<{answer.name}> is not the answer of {self.operation}", start)
        return start, self.path

    def _expected(self, name: str) -> bool:
        if self.elements:
            return name in self.elements
        stem = _plain(re.sub(r"(Request|Input|In)$", "", self.operation) or self.operation)
        return _plain(name).startswith(stem)

    def _believe_no_rows(self, answer: Answer, parents: Sequence[etree._Element], step: str) -> None:
        """Accept that a list is empty, or raise: a renamed envelope or renamed rows are no empty list."""
        if len(self.path) == 1 and not self._expected(answer.name):
            raise self._changed(f"<{answer.name}> is not the answer of {self.operation}, and has no <{step}>", parents)
        children = [answer.reader.resolve(child) for parent in parents for child in parent]
        names = Counter(answer.reader.name(child) for child in children)
        derived = any(parent.get(_XSI_TYPE) for parent in parents)  # may hold more than the type that is declared
        if self.siblings is not None and not derived:
            if names and step not in self.siblings:
                raise self._changed(f"there is no <{step}>, and the WSDL knows none here", parents)
            if unknown := sorted(names.keys() - self.siblings):
                raise self._changed(f"there is no <{step}>, but <{unknown[0]}>, which the WSDL does not know", parents)
            return
        for child in children:
            name = answer.reader.name(child)
            inside = {answer.reader.name(grandchild) for grandchild in child}
            if inside and (names[name] > 1 or inside & self.key):
                raise self._changed(f"there is no <{step}>, but <{name}> looks like a row by another name", parents)

    def _changed(self, what: str, parents: Sequence[etree._Element]) -> SourceChangedError:
        names = dict.fromkeys(etree.QName(child).localname for parent in parents for child in parent)
        listed = ", ".join([*names][:_LISTED]) + (", …" if len(names) > _LISTED else "")
        inside = ", ".join(dict.fromkeys(f"<{etree.QName(parent).localname}>" for parent in parents))
        return SourceChangedError(
            f"rows were expected at {'.'.join(self.path) or 'the response element'}: {what}; "
            f"{inside or 'the answer'} holds {listed or 'no elements'}",
            next_step="compare the answer with the stream's declaration; set rows to where the rows are now",
        )


def steps(path: str) -> tuple[str, ...]:
    """Return the local names of a dotted path; the empty path has none."""
    return tuple(path.split(".")) if path else ()


def key_names(key: KeySpec) -> frozenset[str]:
    """Return the first steps of the paths in a key, as far as they can be read off its declaration."""
    if isinstance(key, str):
        return frozenset({re.split(r"[.\[]", key, maxsplit=1)[0]})
    items: Sequence[Any] = (key.get("path", ""),) if isinstance(key, Mapping) else key
    return frozenset().union(*(key_names(item) for item in items if isinstance(item, str) and item))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
