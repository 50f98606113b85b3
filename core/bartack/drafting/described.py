"""What a description, a database or a sample says of a foreign system, in one form whatever it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bartack.transports.http import Auth, HttpStream
from bartack.transports.soap import SoapStream
from bartack.transports.sql import SqlStream
from bartack.transports.sql.drafts.columns import Columns

__all__ = ["UNDOCUMENTED", "AnyStream", "Described", "Found", "Setting"]

UNDOCUMENTED = "TODO: documentation: the address of the system's documentation belongs into the docstring above"
"""Remark of a description that does not name its own documentation."""

AnyStream = HttpStream | SoapStream | SqlStream


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that the connector has beside those of its transport; without a default it is required.

    ``packaged``: its default is the path of this file of the package.
    """

    name: str
    description: str
    secret: bool = False
    default: str | None = None
    packaged: str | None = None

    @property
    def required(self) -> bool:
        """Whoever configures a source has to say it."""
        return self.default is None and self.packaged is None


@dataclass(frozen=True, slots=True)
class Found:
    """One list of the foreign system.

    ``noun``: what it is called, to guess the contract by. ``remarks``: parameter of the stream -> how sure it is, or what
    is left to do there. ``answers``: what the source answers when the list is read to its end. ``live``: it answers by itself,
    and is recorded so. Without either nothing can be recorded. ``scenario``: what the recording is called.
    """

    noun: str
    stream: AnyStream
    columns: Columns
    answers: tuple[bytes, ...] = ()
    headers: tuple[Mapping[str, str], ...] = ()
    remarks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scenario: str = "example"
    live: bool = False

    @property
    def recordable(self) -> bool:
        """A recording of it can be made now."""
        return self.live or bool(self.answers)


@dataclass(frozen=True, slots=True)
class Described:
    """A foreign system.

    ``origin``: what was read, for people; without passwords. ``kind``: which transport reads it. ``remarks``: how sure a
    setting, ``auth`` or ``quota`` is, or what is left to do there. ``files``: what goes into the package beside the code.
    ``given``: settings with which the drafted connector is tried here. ``left_out``: lists that no stream was made of, and why.
    """

    kind: Literal["http", "soap", "sql"]
    origin: str
    title: str
    found: tuple[Found, ...]
    documentation: str
    settings: tuple[Setting, ...] = ()
    auth: Auth | None = None
    remarks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    given: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    left_out: tuple[str, ...] = ()
