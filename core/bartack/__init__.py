"""Bartack reads what business systems really send, turns it into shared contracts, and says what it did.

``bartack.open()`` gives the :class:`~bartack.hub.Hub` of the nearest ``bartack.toml``; ``bartack.normalize()`` maps one
answer without a configuration; ``bartack.tools()`` makes a hub the tools of a language model. Importing this package loads
nothing heavy: each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    ConflictError,
    ExportError,
    IncompleteRead,
    LockError,
    RecordingError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    StoreError,
    WireError,
)

if TYPE_CHECKING:
    from bartack.hub import Hub, normalize
    from bartack.hub import open_hub as open  # noqa: A004 - the verb of the design
    from bartack.sdk.markers import hookimpl
    from bartack.service.toolset import tools

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "BartackError",
    "ConfigError",
    "ConflictError",
    "ExportError",
    "Hub",
    "IncompleteRead",
    "LockError",
    "RecordingError",
    "SourceChangedError",
    "SourceRefusedError",
    "SourceUnavailableError",
    "StoreError",
    "WireError",
    "__version__",
    "hookimpl",
    "normalize",
    "open",
    "tools",
]

_LAZY = {
    "Hub": ("bartack.hub", "Hub"),
    "hookimpl": ("bartack.sdk.markers", "hookimpl"),
    "normalize": ("bartack.hub", "normalize"),
    "open": ("bartack.hub", "open_hub"),
    "tools": ("bartack.service.toolset", "tools"),
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        module, attribute = _LAZY[name]
        return getattr(importlib.import_module(module), attribute)
    msg = f"module 'bartack' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
