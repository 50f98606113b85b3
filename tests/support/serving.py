"""Bartack's HTTP frontend on a real socket, in this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bartack.frontends.web.app import application
from bartack.frontends.web.context import Context, environment
from bartack.frontends.web.limits import Limits
from bartack.frontends.web.metrics import Metrics
from bartack.frontends.web.server import Server, listening
from bartack.frontends.web.sessions import Sessions
from bartack.hub import Hub
from bartack.service.access import Access, Doors
from bartack.transports.base import utcnow

__all__ = ["TOKENS", "Served", "app_of", "context_of", "exchange", "running", "serving"]

TOKENS: Mapping[str, Access] = {
    "token-of-the-operator": Access.local("operator"),
    "token-of-the-reader-1": Access("reader"),
    "token-of-who-sees-crm": Access("crm only", sources=frozenset({"crm"}), contracts=frozenset({"person"}), mask=True),
}


@dataclass(frozen=True)
class Served:
    """A server that runs. ``url`` has no slash at its end."""

    url: str
    server: Server

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, token: str | None = "token-of-the-operator") -> requests.Session:
        """A client that asks with a token."""
        client = requests.Session()
        client.trust_env = False
        if token is not None:
            client.headers["Authorization"] = f"Bearer {token}"
        return client

    def get(self, path: str, token: str | None = "token-of-the-operator", **how: Any) -> requests.Response:
        with self.client(token) as client:
            return client.get(self.url + path, timeout=30, allow_redirects=False, **how)

    def post(self, path: str, token: str | None = "token-of-the-operator", **how: Any) -> requests.Response:
        with self.client(token) as client:
            return client.post(self.url + path, timeout=30, allow_redirects=False, **how)


def context_of(hub: Hub, *, tokens: Mapping[str, Access] = TOKENS, clock: Callable[[], datetime] = utcnow) -> Context:
    return Context(hub, Doors(tokens), Sessions(clock), clock, environment(), Metrics())


def app_of(
    hub: Hub,
    *,
    limits: Limits | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    tokens: Mapping[str, Access] = TOKENS,
) -> Starlette:
    wide = Limits(rate=10_000, burst=10_000)
    return application(context_of(hub, tokens=tokens), limits=limits or wide, monotonic=monotonic)


@contextmanager
def running(app: ASGIApp) -> Iterator[Served]:
    """Serve an application until the block ends; its requests under way are answered then."""
    with listening("127.0.0.1", 0) as sock:
        server = Server(app)
        thread = threading.Thread(target=server.run, args=([sock],))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        thread.start()
        try:
            yield Served(url, server)
        finally:
            server.end()
            thread.join(30)
    assert not thread.is_alive(), "the server does not end"


@contextmanager
def serving(hub: Hub, **how: Any) -> Iterator[Served]:
    with running(app_of(hub, **how)) as served:
        yield served


def exchange(port: int, sent: bytes, *, seconds: float = 10) -> bytes:
    """Send bytes as they are; return all that comes until the server closes the connection, or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        sock.sendall(sent)
        parts = []
        try:
            while part := sock.recv(65536):
                parts.append(part)
        except (TimeoutError, ConnectionResetError):
            pass
    return b"".join(parts)
