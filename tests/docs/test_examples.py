"""Every example of the documentation runs: Python as it stands, commands with the exit status that they promise.

The ``python`` blocks of a page run in order, in one namespace, in a folder that holds what the page speaks of: the demo's
estate, an answer of Salesforce, and the description of an API. A block of commands (no language) is run line by line where
the lines begin with ``bartack``; a block of ``sh`` is run by bash, each line, whatever it begins with.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

from bartack import config
from bartack.frontends.cli import main
from bartack.mapping.loader import load

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted(ROOT.glob("[!.]*/**/README.md")), *sorted((ROOT / "docs").rglob("*.md")))
    if "node_modules" not in page.parts
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STATUS = re.compile(r"#.*\bexit status (\d)")
"""How a command says that it ends otherwise than well: ``bartack read person  # a row is rejected: exit status 1``."""

ANSWER = {
    "records": [{"attributes": {"url": "/x/003A"}, "Id": "003A", "LastName": "Müller"}],
    "done": True,
    "totalSize": 1,
}


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return the blocks of a language with the lines they begin on."""
    text = page.read_text(encoding="utf-8")
    return [(text[: one.start(2)].count("\n") + 1, one[2]) for one in BLOCK.finditer(text) if one[1] == language]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def workplace(
    laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(laid_out, "estate")
    shutil.copy(ROOT / "docs/new-connector/fabrikam.yaml", tmp_path)
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=named)
def test_python_examples_run(page: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("example")  # pydantic looks up the module a class is defined in
    monkeypatch.setitem(sys.modules, "example", module)
    namespace = vars(module)
    for line, code in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "")], ids=named)
def test_commands_run(page: Path, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _, text in blocks(page, ""):
        for command in text.splitlines():
            if command.startswith("bartack ") and "acme" not in command:
                assert main(shlex.split(command, comments=True)[1:]) == expected(command), command


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh")], ids=named)
def test_shell_examples_run(page: Path, workplace: Path, tmp_path: Path) -> None:
    here = {**os.environ, "HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for _, text in blocks(page, "sh"):
        for command in filter(None, text.replace("\\\n", " ").splitlines()):
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=here, check=False)
            assert done.returncode == expected(command), f"{command}\n{done.stdout}\n{done.stderr}"


def expected(command: str) -> int:
    found = STATUS.search(command)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=named)
def test_mappings_are_mappings(page: Path) -> None:
    for line, text in blocks(page, "yaml"):
        if "contract" in (yaml.safe_load(text) or {}):
            load(text, f"{page}:{line}")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=named)
def test_configurations_are_toml(page: Path) -> None:
    import tomllib

    for _, text in blocks(page, "toml"):
        data = tomllib.loads(text)
        if "sources" in data and "connector" in str(data):
            config.parse(data, Path())


def test_every_normalizer_is_documented() -> None:
    from bartack.normalizers import builtin

    text = (ROOT / "docs/mapping.md").read_text(encoding="utf-8")
    assert [name for name in builtin().names() if f"`{name}`" not in text] == []


def test_every_link_leads_somewhere() -> None:
    dead = [
        f"{named(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", BLOCK.sub("", page.read_text(encoding="utf-8")))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []
