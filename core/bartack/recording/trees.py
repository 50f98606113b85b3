"""What a cassette file is made of, whichever notation it is written in."""

from __future__ import annotations

__all__ = ["Body", "RefusedError", "Tree"]

Tree = str | bytes | int | float | bool | None | list["Tree"] | dict[str, "Tree"]
"""Out of YAML a number is text: ``code: 200`` and ``code: '200'`` say the same. Bytes there are only in YAML."""


class Body(str):
    """Text that reads best as a literal block, line by line."""

    __slots__ = ()


class RefusedError(Exception):
    """The file is well-formed, but not of the kind that a cassette is."""
