"""Calls a second and sizes of answers of the MCP server: python tests/benchmarks/mcp_server.py [CALLS]

The demo's estate, synced; the SDK's own client; in-process, over stdio, and over HTTP on loopback, one call after the other
and 20 at the same time.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from mcp import Client

from bartack.frontends.cli import main
from bartack.frontends.mcp import asgi_app
from bartack.frontends.mcp.server import server_for
from bartack.hub import open_hub
from bartack.service.access import Access, Doors
from support.mcp_clients import over_http, over_stdio, served

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("bartack_sources", {}),
    ("bartack_contracts", {"name": "person"}),
    ("bartack_search", {"contract": "person", "text": "müller"}),
    ("bartack_query", {"contract": "activity", "order_by": ["-starts_at"], "limit": 20}),
    ("bartack_query", {"contract": "activity", "limit": 100}),
    ("bartack_get", {"citation": "bartack://billing/customers/105"}),
    ("bartack_explain", {"citation": "bartack://legacy/customers/00000101"}),
    ("bartack_changes", {"limit": 20}),
]
TOKEN = "a-token-for-measuring"


async def measure(opened: Callable[[], AbstractAsyncContextManager[Any]], calls: int) -> None:
    began = time.perf_counter()
    async with opened() as client:
        print(f"  first connection {time.perf_counter() - began:.2f} s")
        for name, words in CALLS:
            times, result = [], None
            for _ in range(calls):
                before = time.perf_counter()
                result = await client.call_tool(name, words)
                times.append(time.perf_counter() - before)
            assert result is not None
            assert not result.is_error, result.content
            size = len(result.content[0].text)
            told = " ".join(f"{key}={value}" for key, value in words.items())
            p50, p99 = statistics.median(times) * 1e3, sorted(times)[int(len(times) * 0.99)] * 1e3
            print(f"  {name} {told:55.55} {size:6} characters  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms")
        began = time.perf_counter()
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(many, client, calls)
        seconds = time.perf_counter() - began
        print(f"  20 at the same time: {20 * calls / seconds:.0f} searches a second")


async def many(client: Client, calls: int) -> None:
    for _ in range(calls):
        await client.call_tool("bartack_search", {"contract": "person", "text": "müller"})


def run(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        estate = Path(folder) / "estate"
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            main(["demo", "--keep", str(estate)])
            main(["sync", "--config", str(estate)])
        with open_hub(estate) as hub:

            @asynccontextmanager
            async def within() -> AsyncIterator[Client]:
                async with Client(server_for(hub, Access.local())) as client:
                    yield client

            print("in this process")
            anyio.run(measure, within, calls)
            print("over stdio")
            anyio.run(measure, lambda: over_stdio(estate), calls)
            print("over HTTP")
            with served(asgi_app(hub, Doors({TOKEN: Access("agent")}))) as url:
                anyio.run(measure, lambda: over_http(url, TOKEN), calls)


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
