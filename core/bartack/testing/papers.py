"""A good answer taken apart and put together again with other rows: JSON by paths, XML by the names of elements."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from bartack.paths import parse, resolve
from bartack.testing.fault import STAY, Scene, Script, Step
from bartack.testing.messages import Answer, Shape

__all__ = ["Paper", "on_paper", "paper"]


class Paper(Protocol):
    """A good answer in parts. Changes are made in place; :meth:`answer` puts it together."""

    shape: Shape

    @property
    def rows(self) -> list[Any]:
        """The rows: documents of JSON, elements of XML."""

    @rows.setter
    def rows(self, rows: Sequence[Any]) -> None: ...

    def copied(self, row: Any) -> Any:
        """Return another row like ``row``."""

    def value(self, path: str) -> str | None:
        """Return what lies at a path beside the rows, as text."""

    def write(self, path: str, value: Any) -> None:
        """Put ``value`` at a path beside the rows."""

    def drop(self, path: str) -> None:
        """Take away what lies at a path beside the rows."""

    def write_in(self, row: Any, path: str, value: Any) -> None:
        """Put ``value`` at a path of a row."""

    def drop_in(self, row: Any, path: str) -> None:
        """Take away what lies at a path of a row."""

    def answer(self) -> Answer:
        """Return the answer with the changes."""


def paper(answer: Answer, shape: Shape) -> Paper:
    """Take ``answer`` apart."""
    return _Json(answer, shape) if answer.is_json else _Xml(answer, shape)


def on_paper(change: Callable[[Paper, Scene], object]) -> Script:
    """Return a script that sends the good answer with a change."""

    def script(scene: Scene) -> Sequence[Step]:
        if scene.shape is None:
            raise ValueError("a fault of rows and pages needs the shape of the answers: FaultServer(…, shape=Shape(…))")
        found = paper(scene.answer, scene.shape)
        change(found, scene)
        return found.answer().wire(), STAY

    return script


class _Json:
    def __init__(self, answer: Answer, shape: Shape) -> None:
        self.shape = shape
        self._answer = answer
        self._document = json.loads(answer.content)

    @property
    def rows(self) -> list[Any]:
        found = resolve(self._document, parse(self.shape.rows)) if self.shape.rows else self._document
        return list(found)

    @rows.setter
    def rows(self, rows: Sequence[Any]) -> None:
        if self.shape.rows:
            self.write(self.shape.rows, list(rows))
        else:
            self._document = list(rows)

    def copied(self, row: Any) -> Any:
        return copy.deepcopy(row)

    def value(self, path: str) -> str | None:
        found = resolve(self._document, parse(path))
        return str(found) if isinstance(found, str | int) else None

    def write(self, path: str, value: Any) -> None:
        self.write_in(self._document, path, value)

    def drop(self, path: str) -> None:
        self.drop_in(self._document, path)

    def write_in(self, row: Any, path: str, value: Any) -> None:
        *way, last = path.split(".")
        for name in way:
            row = row.setdefault(name, {})
        row[last] = value

    def drop_in(self, row: Any, path: str) -> None:
        *way, last = path.split(".")
        for name in way:
            row = row.get(name) or {}
        row.pop(last, None)

    def answer(self) -> Answer:
        return replace(self._answer, content=json.dumps(self._document, ensure_ascii=False).encode())


class _Xml:
    def __init__(self, answer: Answer, shape: Shape) -> None:
        from lxml import etree

        self.shape = shape
        self._answer = answer
        self._root = etree.fromstring(answer.content)
        self._parent = self.rows[0].getparent() if self.rows else None

    @property
    def rows(self) -> list[Any]:
        return self._named(self._root, self.shape.rows)

    @rows.setter
    def rows(self, rows: Sequence[Any]) -> None:
        for row in self.rows:
            row.getparent().remove(row)
        if self._parent is not None:
            self._parent.extend(rows)

    def copied(self, row: Any) -> Any:
        return copy.deepcopy(row)

    def value(self, path: str) -> str | None:
        found = self._named(self._root, path)
        return found[0].text if found else None

    def write(self, path: str, value: Any) -> None:
        self.write_in(self._root, path, value)

    def drop(self, path: str) -> None:
        self.drop_in(self._root, path)

    def write_in(self, row: Any, path: str, value: Any) -> None:
        for found in self._named(row, path):
            found.text = None if value is None else str(value)

    def drop_in(self, row: Any, path: str) -> None:
        for found in self._named(row, path):
            found.getparent().remove(found)

    def answer(self) -> Answer:
        from lxml import etree

        return replace(self._answer, content=etree.tostring(self._root, encoding="utf-8", xml_declaration=True))

    @staticmethod
    def _named(element: Any, name: str) -> list[Any]:
        return list(element.iterfind(f".//{{*}}{name}"))
