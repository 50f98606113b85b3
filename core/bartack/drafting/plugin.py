"""A drafted plugin: what it is made of, what it says of itself, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from string import Template
from typing import Any

from bartack.drafting.code import comment, literal
from bartack.drafting.configuration import configuration
from bartack.drafting.described import Described, Found
from bartack.drafting.guessing import Drafted, confidence
from bartack.drafting.names import Names
from bartack.drafting.source import connector_source
from bartack.drafting.todo import Todo, todos_in
from bartack.errors import ConfigError
from bartack.transports.sql.drafts.text import quoted

__all__ = ["VERSION", "DraftedPlugin"]

VERSION = "0.1.0"
"""Of every plugin at first."""


@dataclass(frozen=True)
class DraftedPlugin:
    """A plugin as it will be written. ``left_out``: what no stream was made of, and why."""

    names: Names
    described: Described
    streams: tuple[Drafted, ...]
    left_out: tuple[str, ...]

    def without(self, failed: Mapping[str, str]) -> DraftedPlugin:
        """Return the plugin without some streams; ``failed``: their names, and why.

        Raises
        ------
        ConfigError
            none is left.
        """
        kept = tuple(one for one in self.streams if one.found.stream.name not in failed)
        if not kept:
            name, why = next(iter(failed.items()))
            raise ConfigError(
                f"{name}: {why}", where=self.described.origin, next_step="correct what it is drafted from"
            )
        return replace(
            self, streams=kept, left_out=(*self.left_out, *(f"{name}: {why}" for name, why in failed.items()))
        )

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """The lists that became streams."""
        return tuple(one.found for one in self.streams)

    @cached_property
    def mappings(self) -> dict[str, str]:
        """The mapping files by name."""
        return {
            mapping.file: mapping.text(f"{one.found.stream.name} of {self.described.origin}")
            for one in self.streams
            for mapping in one.mappings
        }

    @cached_property
    def todos(self) -> tuple[Todo, ...]:
        """What is left to do."""
        package = f"src/{self.names.package}/"
        return tuple(
            todos_in(
                (name, str(text))
                for name, text in self.files.items()
                if name.startswith(package) and not isinstance(text, bytes)
            )
        )

    @property
    def table(self) -> list[dict[str, str]]:
        """One line a stream and contract, for people."""
        return [
            {
                "stream": one.found.stream.name,
                "contract": mapping.contract,
                "confidence": f"{confidence(mapping.fit.confidence)}: {mapping.fit.reason}",
                "key": _listed(one.found.stream.key),
                "paging": _paging(one.found),
            }
            for one in self.streams
            for mapping in one.mappings
        ]

    @cached_property
    def files(self) -> dict[str, str | bytes]:
        """All files but the recordings and the README, by their path in the distribution."""
        package = f"src/{self.names.package}"
        texts: dict[str, str | bytes] = {
            "pyproject.toml": self._filled("pyproject.toml", description=quoted(comment(self.described.title)[:200])),
            ".gitignore": self._filled("gitignore"),
            "LICENSE": self._filled("license"),
            "CHANGELOG.md": self._filled("changelog.md"),
            "bartack.toml": configuration(self.names, self.described, self.found),
            "tests/test_conformance.py": self._filled(
                "test_conformance.py",
                testname=self.names.classname.removesuffix("Connector"),
                reason=literal(f"drafted from {comment(self.described.origin)[:60]}"),
            ),
            f"{package}/__init__.py": f'"""{self.names.connector} for Bartack."""\n',
            f"{package}/py.typed": "",
            f"{package}/plugin.py": self._filled("plugin.py", title=_literal(self.described.title)),
            f"{package}/connector.py": connector_source(self.names, self.described, self.found),
        }
        texts[f"{package}/README.md"] = self._page()
        texts |= {f"{package}/mappings/{name}": text for name, text in self.mappings.items()}
        texts |= {f"{package}/{name}": content for name, content in self.described.files.items()}
        return texts

    def _page(self) -> str:
        """Return the page for those who use the connector."""
        settings = [f"* `{one.name}`: {_plain(one.description)}" for one in self.described.settings]
        return self._filled(
            "page.md",
            about=_plain(self.described.title),
            documentation=self.described.documentation,
            streams="\n".join(f"* `{row['stream']}` as `{row['contract']}`" for row in self.table),
            settings="\n".join(settings) or "* `url`: where the database is (SQLAlchemy)",
        )

    def readme(self) -> str:
        """Return the README: what there is, what is left to do, and the commands."""
        rows = ("| " + " | ".join(_cell(value) for value in row.values()) + " |" for row in self.table)
        left = "\n".join(f"* {_plain(one)}" for one in self.left_out)
        return (
            self._filled(
                "readme.md",
                about=_plain(self.described.title) + f": <{self.described.documentation}>",
                table="\n".join(rows),
                todos="\n".join(f"* `{one.file}`, line {one.line}: {_plain(one.text)}" for one in self.todos)
                or "Nothing.",
                recordings=_recordings(self.names.connector) if any(one.recordable for one in self.found) else "",
                left_out=f"\n## Left out\n\n{left}" if left else "",
            ).rstrip()
            + "\n"
        )

    def _filled(self, name: str, **more: str) -> str:
        text = (resources.files("bartack.drafting") / "templates" / f"{name}.txt").read_text(encoding="utf-8")
        given = {field: getattr(self.names, field) for field in ("connector", "distribution", "package", "classname")}
        return Template(text).substitute(given, origin=_plain(self.described.origin), **more)


def _recordings(connector: str) -> str:
    return (
        "The recordings in `cassettes/` were made of examples, not of the system itself. Record that, with invented data in it,\n"
        f"and remove them:\n\n    bartack cassette record {connector} --config ."
    )


def _listed(key: Any) -> str:
    return key if isinstance(key, str) else ", ".join(map(str, key))


def _paging(found: Found) -> str:
    paging = getattr(found.stream, "paging", None)
    if paging is None:
        return "by the database"
    if found.remarks.get("paging", "").startswith("TODO"):
        return "unknown"
    return type(paging).__name__.removesuffix("Paging").removesuffix("Arguments").lower()


def _literal(text: str) -> str:
    return literal(comment(text)[:90])


def _plain(text: str) -> str:
    """Return a text in which nothing is markup that would run away with the page."""
    return comment(text).replace("<", "&lt;").replace("`", "'")


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")
