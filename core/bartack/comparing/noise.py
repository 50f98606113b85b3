"""What changes with every answer and means nothing: known by its name, or learned from two recordings of one moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bartack.comparing.findings import Finding
from bartack.comparing.streams import Compared
from bartack.drift.columns import columns

__all__ = ["Noise", "learned"]

_NAMES = re.compile(
    r"(?:^|[._@-])(?:e?tag|_?rev|nonce|cursor|page_?token|csrf\w*|(?:request|trace|correlation|span|session)_?id"
    r"|(?:server|response|generated|retrieved|fetched)_?(?:at|on|time|date)|timestamp|took|elapsed\w*|odata\.etag)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Noise:
    """``places``: stream and path of what differed between two recordings of one moment."""

    places: frozenset[tuple[str, str]] = frozenset()

    def on(self, finding: Finding) -> Finding:
        """Return the finding, as noise where it is."""
        path = finding.path
        if path is None or finding.kind in ("missing", "renamed", "rejected"):
            return finding
        if (finding.stream, path) in self.places:
            return _quiet(finding, "two recordings of one moment differed here, too")
        if not finding.fields and _NAMES.search(path.replace("[]", "")):
            return _quiet(finding, "by its name it changes with every answer")
        return finding


def _quiet(finding: Finding, why: str) -> Finding:
    return replace(finding, severity="NOISE", why=why, consumers=(), next_step="nothing")


def learned(streams: Iterable[Compared], findings: Iterable[Finding]) -> Noise:
    """Return what differs between two recordings of one moment."""
    places = {(one.stream, one.path) for one in findings if one.path is not None}
    for stream in streams:
        common = stream.pair.common if stream.pair is not None else []
        was, now = (columns([rows[side] for rows in common]) for side in (0, 1))
        places |= {(stream.name, path) for path in was.keys() & now.keys() if was[path].values != now[path].values}
    return Noise(frozenset(places))
