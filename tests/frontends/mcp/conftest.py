"""Estates that are served."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bartack.frontends.cli import main


@pytest.fixture(scope="session")
def synced(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's estate, synced once; nobody changes it."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("mcp") / "estate"))
    main(["sync", "--config", str(folder)])
    return folder
