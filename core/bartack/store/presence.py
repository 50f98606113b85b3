"""Says whether there is a state, without what it takes to open one: most reads need none, and none makes one."""

from __future__ import annotations

from pathlib import Path

from bartack.policies import StoreSettings
from bartack.transports.base import Runtime

__all__ = ["is_there"]


def is_there(settings: StoreSettings, runtime: Runtime) -> bool:
    """Say whether there is a file of a state; a server that is named, or a folder nobody may look into, is taken to have one.

    Raises
    ------
    ConfigError
        the URL is a secret that cannot be looked up.
    """
    kind, _, rest = runtime.reveal(settings.url).partition(":///")
    if not kind.startswith("sqlite"):
        return True
    try:
        return Path(runtime.base_dir, rest.partition("?")[0]).exists()
    except PermissionError:
        return True
