"""Bartack as an MCP server (https://modelcontextprotocol.io): read-only tools over stdio, and over streamable HTTP.

Nothing of the SDK is imported before somebody serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bartack.errors import ConfigError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bartack.hub import Hub
    from bartack.service.access import Access, Doors

__all__ = ["asgi_app", "run_stdio"]


def run_stdio(hub: Hub, access: Access) -> None:
    """Serve one client over standard input and output, until it closes them.

    Whatever else in this process prints goes to standard error; so does the log, without secrets.

    Raises
    ------
    ConfigError
        the SDK is not installed.
    """
    _needed()
    from bartack.frontends.mcp.stdio import run

    run(hub, access)


def asgi_app(hub: Hub, doors: Doors) -> Starlette:
    """Return the application that serves MCP at ``/mcp`` over streamable HTTP, to those whom ``doors`` let in.

    Each of them has a server of their own, which knows only what they may see. The host a client asks for is one of this
    machine, or of ``[serve] hosts``. Mounted in another application, its lifespan has to be run:
    ``async with app.router.lifespan_context(app)``.

    Raises
    ------
    ConfigError
        the SDK is not installed.
    """
    _needed()
    from bartack.frontends.mcp.http import application

    return application(hub, doors)


def _needed() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise ConfigError("the MCP server needs the package mcp", next_step='pip install "bartack[mcp]"')
