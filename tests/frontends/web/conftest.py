"""The demo's estate, synced, and served on a real socket."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import bartack
from bartack.hub import Hub
from support.serving import Served, serving


@pytest.fixture(scope="package")
def hub(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The demo's estate, synced once; its sources do not answer any more, only the store does."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("web") / "estate"))
    with (folder / "bartack.toml").open("a") as file:
        file.write("[serve]\nreport = true\n")
    with bartack.open(folder) as hub:
        for _ in hub.sync():
            pass
        yield hub


@pytest.fixture(scope="package")
def served(hub: Hub) -> Iterator[Served]:
    """A server over it, for all tests that change nothing."""
    with serving(hub) as served:
        yield served
