"""serve: answer programs, people and agents, until a signal comes."""

from __future__ import annotations

import argparse
import secrets
import sys

from bartack.errors import ConfigError
from bartack.hub import Hub, open_hub
from bartack.service.access import Access, Doors
from bartack.transports.base import utcnow

__all__ = ["web"]


def web(options: argparse.Namespace) -> int:
    """Serve the HTTP API and the pages."""
    with open_hub(options.config) as hub:
        _serve(hub, options)
    return 0


def _serve(hub: Hub, options: argparse.Namespace) -> None:
    _needs("starlette", "jinja2", "uvicorn", extra="web")
    from bartack.frontends.web.app import application
    from bartack.frontends.web.context import Context, environment
    from bartack.frontends.web.security import is_loopback
    from bartack.frontends.web.server import listening, run
    from bartack.frontends.web.sessions import Sessions

    doors, token = _doors(hub, loopback=is_loopback(options.host))
    context = Context(hub, doors, Sessions(utcnow), utcnow, environment())
    with listening(options.host, options.port) as sock:
        host = f"[{options.host}]" if ":" in options.host else options.host
        address = f"http://{host}:{sock.getsockname()[1]}"
        _tell(f"{address}/login?token={token}" if token else address)
        run(application(context, hosts=hub.config.serve.hosts), sock)


def _doors(hub: Hub, *, loopback: bool) -> tuple[Doors, str | None]:
    """Return who may come in; where nobody is configured, whoever reads the token that this start has made."""
    if hub.config.serve.tokens or not loopback:
        return Doors.of(hub, loopback=loopback), None
    token = secrets.token_urlsafe(32)
    return Doors({token: Access.local()}), token


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # somebody waits for it


def _needs(*modules: str, extra: str) -> None:
    """Refuse to begin without what an extra brings."""
    from importlib.util import find_spec

    for name in modules:
        if find_spec(name) is None:
            raise ConfigError(f"{name} is not installed", next_step=f'pip install "bartack[{extra}]"')
