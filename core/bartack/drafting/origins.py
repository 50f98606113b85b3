"""What a plugin is drafted from: told by its address and content, and refused where it is nothing of the kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bartack.drafting import database, openapi, sample, skeleton, wsdl
from bartack.drafting.described import Described
from bartack.drafting.names import Names
from bartack.drafting.yaml_text import plain_yaml
from bartack.errors import BartackError, ConfigError
from bartack.transports.base import Body, Runtime
from bartack.transports.http.documents import came_instead, read_json

__all__ = ["described_from"]

_LARGEST = 64_000_000
_NEXT_STEP = "give an OpenAPI document, a WSDL, a saved answer in JSON, or the URL of a database (sqlite:///x.db)"


def described_from(origin: str | None, names: Names, runtime: Runtime) -> Described:
    """Return what ``origin`` describes; ``None`` is the skeleton.

    Raises
    ------
    ConfigError
        it is not there, or no description of any kind.
    """
    if origin is None:
        return skeleton.described(names)
    if "://" in origin and urlsplit(origin).scheme not in ("http", "https"):
        return database.described(origin, names, runtime)
    path = Path(runtime.base_dir) / origin
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=origin, next_step=_NEXT_STEP) from None
    return _from_file(path, content, names)


def _from_file(path: Path, content: bytes, names: Names) -> Described:
    name = path.name
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        if wsdl.is_description(content):
            return wsdl.described(path, names)
        raise ConfigError(f"{came_instead(Body(content))} is no description", where=name, next_step=_NEXT_STEP)
    document = _document(name, content)
    if openapi.is_description(document):
        return openapi.described(document, name, names)
    return sample.described(document, content, name, names)


def _document(name: str, content: bytes) -> Any:
    """Read JSON; a description may be in YAML, too."""
    if name.lower().endswith((".yaml", ".yml")) or content.lstrip()[:8] in (b"openapi:", b"swagger:"):
        try:
            return plain_yaml(content.decode(), name)
        except UnicodeDecodeError:
            raise ConfigError("the text is not UTF-8", where=name, next_step="save it as UTF-8") from None
    try:
        return read_json(Body(content))
    except BartackError as error:
        raise ConfigError(error.message, where=name, next_step=_NEXT_STEP) from None
