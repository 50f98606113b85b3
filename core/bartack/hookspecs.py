"""The complete list of what a plugin can add. A plugin module implements these with ``@bartack.hookimpl``.

Each hook that registers something is called once, when the registry loads the plugin. The module must be light: what it
registers names heavy things by ``"module:Name"`` and does not import them. ``bartack_event`` is called with every step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from bartack.events import Event
    from bartack.providers import Provider
    from bartack.sdk.card import ConnectorCard
    from bartack_contracts import Contract

__all__ = [
    "bartack_event",
    "bartack_register_connectors",
    "bartack_register_contracts",
    "bartack_register_normalizers",
    "bartack_register_secrets",
]

hookspec = pluggy.HookspecMarker("bartack")


@hookspec
def bartack_register_connectors(register: Callable[[ConnectorCard], None]) -> None:
    """Call ``register(card)`` for each connector of the plugin."""


@hookspec
def bartack_register_contracts(register: Callable[[type[Contract]], None]) -> None:
    """Call ``register(contract)`` for each contract class the plugin adds."""


@hookspec
def bartack_register_normalizers(register: Callable[[str, Callable[..., Any] | str], None]) -> None:
    """Call ``register(name, function)`` for each normalizer; a function may be named as ``"module:function"``."""


@hookspec
def bartack_register_secrets(register: Callable[[str, Provider | str], None]) -> None:
    """Call ``register(name, provider)`` for each provider of secrets; it may be named as ``"module:function"``.

    A provider is called with the name that stands in ``token = { NAME = "…" }`` and the environment, and returns the
    secret's text, or raises a ``BartackError`` without it.
    """


@hookspec
def bartack_event(event: Event) -> None:
    """Take note of one step of a read or sync; see :mod:`bartack.events`.

    Called in the thread that reads, so it must be quick and safe in threads. What it raises is logged once, and stops
    nothing.
    """
