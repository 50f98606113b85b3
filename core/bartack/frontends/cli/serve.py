"""serve: answer programs, people and agents, until a signal comes."""

from __future__ import annotations

import argparse
import os
import random
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bartack.errors import ConfigError
from bartack.frontends.cli.main import INCOMPLETE
from bartack.hub import Hub, open_hub
from bartack.reading.fallback import parse_age
from bartack.service.access import Access, Doors, named
from bartack.syncing.schedule import Schedule
from bartack.transports.base import utcnow

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["everything", "mcp", "web"]

HOST, PORT = "127.0.0.1", 8765
_WEB = ("starlette", "jinja2", "uvicorn", "prometheus_client")
_MCP = ("mcp", "starlette", "uvicorn")
_LAST_PAGE = 20.0
"""Seconds that a sync in the background has to end after its page."""


def everything(options: argparse.Namespace) -> int:
    """Serve the HTTP API, the pages, and MCP at ``/mcp``."""
    _needs(*_MCP, extra="web,mcp")
    return _web(options, mcp_too=True)


def web(options: argparse.Namespace) -> int:
    """Serve the HTTP API and the pages."""
    return _web(options, mcp_too=False)


def mcp(options: argparse.Namespace) -> int:
    """Serve MCP: to the program that has started this one, over standard input and output; or over HTTP."""
    _needs(*_MCP, extra="mcp")
    from bartack.frontends.mcp import asgi_app, run_stdio

    every = _pause(options.sync)
    with open_hub(options.config, lock=options.locked) as hub:
        if getattr(options, "http", None) is None:
            token = getattr(options, "token", None)
            access = Access.local() if token is None else named(hub, token)
            with _syncing(hub, every):
                run_stdio(hub, access)
            return 0
        from bartack.frontends.web.sessions import Sessions
        from bartack.frontends.web.shield import shielded

        def application(doors: Doors, _schedule: Schedule | None) -> ASGIApp:
            return shielded(asgi_app(hub, doors), doors, Sessions(utcnow), hosts=hub.config.serve.hosts)

        host, port = options.http
        return _serve(hub, host, port, every, application, _tell_mcp)


def _web(options: argparse.Namespace, *, mcp_too: bool) -> int:
    _needs(*_WEB, extra="web")
    from bartack.frontends.web.app import application
    from bartack.frontends.web.context import Context, environment
    from bartack.frontends.web.metrics import Metrics
    from bartack.frontends.web.sessions import Sessions

    every, metrics = _pause(options.sync), Metrics()
    with open_hub(options.config, listener=metrics, lock=options.locked) as hub:

        def made(doors: Doors, schedule: Schedule | None) -> ASGIApp:
            context = Context(hub, doors, Sessions(utcnow), utcnow, environment(), metrics, schedule)
            beside = []
            if mcp_too:
                from bartack.frontends.mcp import asgi_app

                beside = [asgi_app(hub, doors)]
            return application(context, hosts=hub.config.serve.hosts, beside=beside)

        host, port = options.host or HOST, PORT if options.port is None else options.port
        return _serve(hub, host, port, every, made, _tell_all if mcp_too else _tell_web)


def _serve(
    hub: Hub,
    host: str,
    port: int,
    every: timedelta | None,
    made: Callable[[Doors, Schedule | None], ASGIApp],
    tell: Callable[[str, str | None], None],
) -> int:
    """Serve an application until a signal comes; 1, where something was still at work when it was too late to wait."""
    from bartack.frontends.web.security import is_loopback
    from bartack.frontends.web.server import listening, run

    doors, token = _doors(hub, loopback=is_loopback(host))
    with listening(host, port) as sock, _syncing(hub, every) as schedule:
        app = made(doors, schedule)
        tell(_address(sock), token)

        def ending() -> None:
            sys.stderr.write("ending when the requests under way have their answers (once more: at once)\n")
            if schedule is not None:
                schedule.stop()

        ended = run(app, sock, ending=ending)
    if not ended:
        sys.stderr.write("some questions still waited for their sources\n")
        hub.close()
        sys.stdout.flush()
        os._exit(INCOMPLETE)  # their threads cannot be ended otherwise
    return 0


@contextmanager
def _syncing(hub: Hub, every: timedelta | None) -> Iterator[Schedule | None]:
    """Sync in the background, and let the pages that are read at the end be kept."""
    if every is None:
        yield None
        return
    schedule = Schedule(
        lambda source, stop: hub.sync(source, stop=stop), hub.sources, every, clock=utcnow, random=random.random
    )
    threads = schedule.start()
    try:
        yield schedule
    finally:
        schedule.stop()
        latest = time.monotonic() + _LAST_PAGE
        for thread in threads:
            thread.join(max(0.0, latest - time.monotonic()))


def _pause(text: str | None) -> timedelta | None:
    seconds = parse_age(text)
    if seconds is None:
        return None
    if seconds < 1:
        raise ConfigError(f"--sync {text} leaves the sources no pause", next_step="write it like 30s, 5m or 1h")
    return timedelta(seconds=seconds)


def _doors(hub: Hub, *, loopback: bool) -> tuple[Doors, str | None]:
    """Return who may come in; where nobody is configured, whoever reads the token that this start has made."""
    if hub.config.serve.tokens or not loopback:
        return Doors.of(hub, loopback=loopback), None
    token = secrets.token_urlsafe(32)
    return Doors({token: Access.local()}), token


def _address(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell_web(address: str, token: str | None) -> None:
    _tell(f"{address}/login?token={token}" if token else address)


def _tell_all(address: str, token: str | None) -> None:
    _tell_web(address, token)
    _tell_mcp(address, token)


def _tell_mcp(address: str, token: str | None) -> None:
    _tell(f"{address}/mcp")
    if token is not None:
        _tell(f"Authorization: Bearer {token}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # somebody waits for it


def _needs(*modules: str, extra: str) -> None:
    """Refuse to begin without what an extra brings."""
    from importlib.util import find_spec

    for name in modules:
        if find_spec(name) is None:
            raise ConfigError(f"{name} is not installed", next_step=f'pip install "bartack[{extra}]"')
