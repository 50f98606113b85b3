"""The demo's estate, for commands to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bartack.frontends.cli import main


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The estate as ``bartack demo --keep`` leaves it."""
    folder = tmp_path_factory.mktemp("demo") / "estate"
    assert main(["demo", "--keep", str(folder)]) == 0
    return folder


@pytest.fixture
def estate(laid_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An estate of the test's own."""
    capsys.readouterr()
    return Path(shutil.copytree(laid_out, tmp_path / "estate"))
