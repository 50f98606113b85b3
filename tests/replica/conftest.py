"""The two databases that keep a state; every question is answered alike by both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.databases import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any] | None:
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres_cluster")
    monkeypatch.setenv("STATE_URL", server.database(f"replica {tmp_path.name}"))
    return {"url": {"env": "STATE_URL"}}
