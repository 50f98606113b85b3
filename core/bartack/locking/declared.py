"""What was declared, as plain data: the same for the same declaration, on every machine, in every process."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from bartack.recording.names import is_secret_header, is_secret_parameter
from bartack.settings import Secret

__all__ = ["CLASS", "digest_of", "one_line", "plain"]

CLASS = "class"
"""Under this key stands what an object is: no attribute of one has that name."""

_HIDDEN = "***"
_DEEPEST = 12


def plain(value: Any, folder: str, depth: int = 0, *, headers: bool = False) -> Any:
    """Return a declaration as JSON knows it. Paths below ``folder`` are relative to it; secrets are named, never told.

    ``headers``: the value is a table of request headers.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _relative(value, folder)
    if isinstance(value, Secret):
        return _HIDDEN if value.origin == "text" else _relative(value.origin, folder)
    if isinstance(value, Enum):
        return plain(value.value, folder, depth)
    if isinstance(value, Decimal | date | time | timedelta | PurePath):
        return _relative(str(value), folder)
    if isinstance(value, bytes):
        return value.hex()
    if callable(value) or depth > _DEEPEST:
        return _name(value if callable(value) else type(value))
    if isinstance(value, Mapping):
        return {str(key): _entry(str(key), one, folder, depth + 1, headers=headers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, folder, depth + 1) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one, folder, depth + 1) for one in value), key=one_line)
    return {CLASS: type(value).__name__, **plain(_members(value), folder, depth)}


def _entry(key: str, value: Any, folder: str, depth: int, *, headers: bool) -> Any:
    """Hide what stands in clear where only a reference to a secret should."""
    if isinstance(value, str | int | float) and (is_secret_parameter(key) or (headers and is_secret_header(key))):
        return _HIDDEN
    return plain(value, folder, depth, headers=key == "headers")


def _members(value: Any) -> Mapping[str, Any]:
    """Return what an object was declared with: what is not as its class has it anyway."""
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in sorted(value.model_fields_set)}
    if dataclasses.is_dataclass(value):
        members = {one.name: (one, getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {name: given for name, (one, given) in members.items() if not _is_default(one, given)}
    return {name: one for name, one in getattr(value, "__dict__", {}).items() if not name.startswith("_")}


def _is_default(member: dataclasses.Field[Any], given: Any) -> bool:
    if member.default_factory is not dataclasses.MISSING:
        return bool(member.default_factory() == given)
    return member.default is not dataclasses.MISSING and bool(member.default == given)


def _name(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}"


def _relative(text: str, folder: str) -> str:
    return text.replace(f"{folder}/", "") if folder not in ("", ".", "/") else text


def one_line(value: Any) -> str:
    """Return plain data as one line of JSON, the same for the same data."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def digest_of(value: Any) -> str:
    """Return ``sha256:…`` of plain data."""
    return f"sha256:{hashlib.sha256(one_line(value).encode('utf-8', 'backslashreplace')).hexdigest()}"
