"""The SDK's own client over every way the server can be reached."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx2
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from starlette.types import ASGIApp

__all__ = ["asked", "over_http", "over_stdio", "served"]

T = TypeVar("T")


def asked(opened: Callable[[], Any], ask: Callable[[Client], Awaitable[T]]) -> T:
    """Open a client, ask, and close it."""

    async def run() -> T:
        async with opened() as client:
            return await ask(client)

    return anyio.run(run)


@asynccontextmanager
async def over_stdio(
    folder: Path, *words: str, path: str = "", environ: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    """Start ``bartack serve mcp`` as a client does; ``path``: more places for Python to import from."""
    paths = os.pathsep.join(part for part in (path, os.environ.get("PYTHONPATH", ""), *_imported()) if part)
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "bartack", "serve", "mcp", "--config", str(folder), *words],
        env={**os.environ, "PYTHONPATH": paths, **(environ or {})},
    )
    with anyio.fail_after(60):
        async with Client(stdio_client(parameters)) as client:
            yield client


@asynccontextmanager
async def over_http(url: str, token: str | None = None, **headers: str) -> AsyncIterator[Client]:
    """Connect to a server that listens."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    with anyio.fail_after(60):
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port of this machine; yields its address."""
    # The protocol is named: asyncio sends small answers at once (TCP_NODELAY) only where it is.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            thread.join(20)


def _imported() -> list[str]:
    """Return where this process found Bartack, whatever it was told."""
    return [part for part in sys.path if part]
