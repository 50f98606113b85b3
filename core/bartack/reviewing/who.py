"""Who is asking: the name that goes into the record of a decision when none is given."""

from __future__ import annotations

import getpass
import os

__all__ = ["current_user"]


def current_user() -> str:
    """Return the name of the user this process runs as, by the environment or the system; its number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
