"""What a plugin is drafted from: told by its address and content, and refused where it is nothing of the kind."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bartack.drafting import database, openapi, sample, skeleton, wsdl
from bartack.drafting.described import Described
from bartack.drafting.names import Names
from bartack.drafting.yaml_text import plain_yaml
from bartack.errors import BartackError, ConfigError
from bartack.settings import HttpSettings
from bartack.transports.base import Body, Runtime
from bartack.transports.http import HttpSession
from bartack.transports.http.addresses import origin_for_people
from bartack.transports.http.documents import came_instead, read_json
from bartack.transports.http.texts import safe_url

__all__ = ["described_from"]

_YAML = re.compile(rb"^(?:openapi|swagger):", re.MULTILINE)
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
    scheme = urlsplit(origin).scheme.lower() if "://" in origin else ""
    if scheme in ("http", "https"):
        return _from_address(origin, names, runtime)
    if scheme:
        return database.described(origin, names, runtime)
    path = Path(runtime.base_dir) / origin
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"cannot be read: {what}", where=origin, next_step=_NEXT_STEP) from None
    if content is None:
        raise ConfigError(f"it is larger than {_LARGEST:,} bytes", where=origin, next_step=_NEXT_STEP)
    if _is_xml(content):
        if wsdl.is_description(content):
            return wsdl.described(path, names)
        raise ConfigError(f"{came_instead(Body(content))} is no description", where=path.name, next_step=_NEXT_STEP)
    return _from_text(path.name, content, names)


def _from_address(url: str, names: Names, runtime: Runtime) -> Described:
    """Fetch a description under the rules of every source: its own host, no redirects, no proxies of the environment."""
    session = HttpSession(HttpSettings(base_url=origin_for_people(url)), None, runtime)
    try:
        content = session.request("GET", url, unframed=True).content
    finally:
        session.close()
    if _is_xml(content):
        step = (
            "save it, with what it imports beside it, and give the file" if wsdl.is_description(content) else _NEXT_STEP
        )
        raise ConfigError(
            f"{came_instead(Body(content))} is not drafted from there", where=safe_url(url), next_step=step
        )
    return _from_text(PurePosixPath(urlsplit(url).path).name or "description", content, names)


def _is_xml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _from_text(name: str, content: bytes, names: Names) -> Described:
    document = _document(name, content)
    if openapi.is_description(document):
        return openapi.described(document, name, names)
    return sample.described(document, name, names)


def _document(name: str, content: bytes) -> Any:
    """Read JSON; a description may be in YAML, too."""
    if name.lower().endswith((".yaml", ".yml")) or _YAML.search(content[:4096]):
        try:
            return plain_yaml(content.decode(), name)
        except UnicodeDecodeError:
            raise ConfigError("the text is not UTF-8", where=name, next_step="save it as UTF-8") from None
    try:
        return read_json(Body(content))
    except BartackError as error:
        raise ConfigError(error.message, where=name, next_step=_NEXT_STEP) from None
