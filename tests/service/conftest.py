"""The demo's estate, synced; and the contract values that hypothesis makes here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import support.contract_values  # noqa: F401 - teaches hypothesis the contracts
from bartack.frontends.cli import main
from bartack.hub import Hub, open_hub


@pytest.fixture(scope="package")
def synced(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The estate, for tests that change nothing."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("service") / "estate"))
    main(["sync", "--config", str(folder)])
    with open_hub(folder) as opened:
        yield opened
