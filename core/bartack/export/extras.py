"""What not everybody has installed."""

from __future__ import annotations

import importlib.util

from bartack.errors import ConfigError

__all__ = ["need_pyarrow"]


def need_pyarrow(what: str) -> None:
    """Say what to install where it is missing; ``what`` cannot be done without.

    Raises
    ------
    ConfigError
        pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise ConfigError(f"{what} needs pyarrow", next_step='pip install "bartack[parquet]"')
