"""The demo's estate, for commands to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def estate(laid_out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An estate of the test's own."""
    capsys.readouterr()
    return Path(shutil.copytree(laid_out, tmp_path / "estate"))
