"""What a scan may pass over: fingerprints with the reason why, in a file that is reviewed like any other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from bartack.errors import ConfigError

__all__ = ["FILE", "allowed", "allowing_text"]

FILE = "bartack-scan.toml"


def allowed(path: Path) -> Mapping[str, str]:
    """Return fingerprint -> reason; nothing where there is no such file.

    Raises
    ------
    ConfigError
        it is no TOML, or an entry is without a fingerprint or a reason.
    """
    if not path.exists():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("allow", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path)) from None
    found = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        mark, reason = (entry.get(key) if isinstance(entry, dict) else None for key in ("fingerprint", "reason"))
        if not (isinstance(mark, str) and mark and isinstance(reason, str) and reason.strip()):
            raise ConfigError(
                "an entry needs a fingerprint and a reason",
                where=str(path),
                next_step='[[allow]]\nfingerprint = "0123456789ab"\nreason = "a number of the vendor\'s documentation"',
            )
        found[mark] = reason.strip()
    return found


def allowing_text(fingerprints: Iterable[str], reason: str) -> str:
    """Return the entries that allow ``fingerprints``, as they stand in the file."""
    quoted = reason.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(f'\n[[allow]]\nfingerprint = "{one}"\nreason = "{quoted}"\n' for one in dict.fromkeys(fingerprints))
