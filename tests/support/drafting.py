"""Drafting plugins in tests: by the command, into a folder, looked at as text and as a connector that reads."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

from bartack.frontends.cli import main

__all__ = ["draft", "mapping", "parses", "rules"]


def draft(capsys: Any, folder: Path, name: str, origin: str | Path | None) -> dict[str, Any]:
    """Run ``bartack new connector`` into ``folder`` and return what it says as JSON."""
    given = [] if origin is None else ["--from", str(origin)]
    capsys.readouterr()
    status = main(["new", "connector", name, *given, "--folder", str(folder), "--json"])
    out = capsys.readouterr().out
    assert status == 0, out
    told: dict[str, Any] = json.loads(out)["new"]
    return told


def parses(folder: Path) -> None:
    """Hold every file of a plugin to its language."""
    for path in folder.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))
    for path in folder.rglob("*.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))
    for path in folder.rglob("*.yaml"):
        yaml.safe_load(path.read_text(encoding="utf-8"))


def mapping(folder: Path, name: str) -> str:
    """Return the text of a mapping."""
    (found,) = folder.glob(f"src/*/mappings/{name}")
    return found.read_text(encoding="utf-8")


def rules(folder: Path, name: str) -> dict[str, Any]:
    """Return the rules of a mapping by field."""
    found: dict[str, Any] = yaml.safe_load(mapping(folder, name))["fields"]
    return found
