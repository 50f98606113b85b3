"""serve: answer programs, people and agents, until a signal comes."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import TYPE_CHECKING

from bartack.errors import ConfigError
from bartack.hub import Hub, open_hub
from bartack.service.access import Access, Doors, named
from bartack.transports.base import utcnow

if TYPE_CHECKING:
    from bartack.frontends.web.metrics import Metrics

__all__ = ["mcp", "web"]


def web(options: argparse.Namespace) -> int:
    """Serve the HTTP API and the pages."""
    _needs("starlette", "jinja2", "uvicorn", "prometheus_client", extra="web")
    from bartack.frontends.web.metrics import Metrics

    metrics = Metrics()
    with open_hub(options.config, listener=metrics) as hub:
        _serve(hub, options, metrics)
    return 0


def mcp(options: argparse.Namespace) -> int:
    """Serve MCP: to the program that has started this one, over standard input and output; or over HTTP."""
    from bartack.frontends.mcp import run_stdio

    with open_hub(options.config) as hub:
        if options.http is not None:
            _serve_mcp(hub, *options.http)
        else:
            run_stdio(hub, Access.local() if options.token is None else named(hub, options.token))
    return 0


def _serve_mcp(hub: Hub, host: str, port: int) -> None:
    _needs("mcp", "uvicorn", extra="mcp")
    from bartack.frontends.mcp import asgi_app
    from bartack.frontends.web.security import is_loopback
    from bartack.frontends.web.server import listening, run

    doors, token = _doors(hub, loopback=is_loopback(host))
    app = asgi_app(hub, doors)
    with listening(host, port) as sock:
        _tell(f"{_address(host, sock.getsockname()[1])}/mcp")
        if token is not None:
            _tell(f"Authorization: Bearer {token}")
        run(app, sock)


def _serve(hub: Hub, options: argparse.Namespace, metrics: Metrics) -> None:
    from bartack.frontends.web.app import application
    from bartack.frontends.web.context import Context, environment
    from bartack.frontends.web.security import is_loopback
    from bartack.frontends.web.server import listening, run
    from bartack.frontends.web.sessions import Sessions

    doors, token = _doors(hub, loopback=is_loopback(options.host))
    context = Context(hub, doors, Sessions(utcnow), utcnow, environment(), metrics)
    with listening(options.host, options.port) as sock:
        address = _address(options.host, sock.getsockname()[1])
        _tell(f"{address}/login?token={token}" if token else address)
        run(application(context, hosts=hub.config.serve.hosts), sock)


def _doors(hub: Hub, *, loopback: bool) -> tuple[Doors, str | None]:
    """Return who may come in; where nobody is configured, whoever reads the token that this start has made."""
    if hub.config.serve.tokens or not loopback:
        return Doors.of(hub, loopback=loopback), None
    token = secrets.token_urlsafe(32)
    return Doors({token: Access.local()}), token


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # somebody waits for it


def _needs(*modules: str, extra: str) -> None:
    """Refuse to begin without what an extra brings."""
    from importlib.util import find_spec

    for name in modules:
        if find_spec(name) is None:
            raise ConfigError(f"{name} is not installed", next_step=f'pip install "bartack[{extra}]"')
