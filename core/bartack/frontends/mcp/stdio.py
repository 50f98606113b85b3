"""MCP over standard input and output."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from typing import Any

from bartack.frontends.mcp.server import server_for
from bartack.hub import Hub
from bartack.service.access import Access

__all__ = ["run"]


def run(hub: Hub, access: Access) -> None:
    """Serve until standard input ends."""
    server_for(hub, access, lifespan=_quiet).run("stdio")


@asynccontextmanager
async def _quiet(_: Any) -> AsyncIterator[None]:
    """Keep what connectors print out of the protocol.

    The SDK has taken the file descriptor away by now; this catches what Python would hold back, and write at the very end.
    """
    with redirect_stdout(sys.stderr):
        yield
