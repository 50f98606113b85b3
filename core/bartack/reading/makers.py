"""What a reading was made by: only with the same may it go on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from bartack.reading.source import Feed, Source

__all__ = ["made_by"]


def made_by(source: Source, feeds: Iterable[Feed]) -> str:
    """Name connector, version and mappings in one text: what a run was made by."""
    digests = ",".join(sorted(f"{feed.contract}={feed.mapping.digest}" for feed in feeds))
    short = hashlib.sha256(digests.encode()).hexdigest()[:16]
    return f"{source.connector.name} {source.version} mapping {short}"
