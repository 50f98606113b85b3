"""Typed settings of a source, and secrets that never show themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, get_args
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from bartack.errors import ConfigError
from bartack.providers import Provider
from bartack.providers import builtin as builtin_provider

__all__ = [
    "DatabaseUrl",
    "HttpSettings",
    "Locale",
    "Secret",
    "SecretUrl",
    "Settings",
    "WireSettings",
    "has_password",
    "secret_kind",
]


class Secret:
    """A value that is looked up when it is needed and never printed.

    Written in ``bartack.toml`` as ``{ env = "NAME" }``, ``{ file = "path" }`` or ``{ PROVIDER = "name" }`` (``keyring``,
    ``vault``, or one of a plugin); in Python also as the text itself.
    """

    __slots__ = ("_kind", "_value")

    def __init__(self, text: str) -> None:
        self._kind = "text"
        self._value = text

    @classmethod
    def from_env(cls, name: str) -> Self:
        """Refer to an environment variable, read at the moment of use."""
        secret = cls(name)
        secret._kind = "env"
        return secret

    @classmethod
    def from_file(cls, path: str) -> Self:
        """Refer to a file (its content without the final newline), read at the moment of use."""
        secret = cls(path)
        secret._kind = "file"
        return secret

    @classmethod
    def from_provider(cls, provider: str, name: str) -> Self:
        """Refer to what a provider calls ``name``, asked at the moment of use."""
        secret = cls(name)
        secret._kind = provider
        return secret

    @property
    def provider(self) -> str | None:
        """Name of the provider that is asked; ``None`` for texts, environment variables and files."""
        return None if self._kind in ("text", "env", "file") else self._kind

    def reveal(
        self, environ: Mapping[str, str] | None = None, providers: Callable[[str], Provider] = builtin_provider
    ) -> str:
        """Return the secret text; ``providers`` finds a provider by its name.

        Raises
        ------
        ConfigError
            the environment variable is not set, the file cannot be read, or the provider has no such entry.
        AccessError, SourceUnavailableError
            the provider refuses, or is not reached.
        """
        environ = os.environ if environ is None else environ
        if self._kind == "text":
            return self._value
        if self.provider is not None:
            return providers(self.provider)(self._value, environ)
        if self._kind == "env":
            value = environ.get(self._value)
            if not value:
                raise ConfigError(
                    f"the environment variable {self._value} is not set", next_step=f"export {self._value}=…"
                )
            return value
        try:
            return Path(self._value).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise ConfigError(
                f"the secret file {self._value} cannot be read: {error.strerror}",
                next_step="check path and permissions",
            ) from None

    def hidden(self, text: str) -> tuple[str, ...]:
        """Return what of the revealed ``text`` must never be shown."""
        return (text,)

    @property
    def origin(self) -> str:
        """Say where the secret comes from, without saying it: ``env NAME``, ``file PATH``, ``vault NAME`` or ``text``."""
        return "text" if self._kind == "text" else f"{self._kind} {self._value}"

    def __repr__(self) -> str:
        return f"Secret({self.origin if self._kind != 'text' else '***'})"

    __str__ = __repr__

    @classmethod
    def _parse(cls, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, dict) and len(value) == 1:
            ((kind, name),) = value.items()
            if isinstance(name, str) and name and kind != "text":
                return cls.from_provider(kind, name)
        msg = 'a secret is written { env = "NAME" }, { file = "path" } or { PROVIDER = "name" }'
        raise ValueError(msg)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                repr, return_schema=core_schema.str_schema()
            ),
        )


_PASSWORD = re.compile(r"^[\w+.-]+://[^/@:]*:([^@]+)@|[?&](?:password|passwd|sslpassword)=([^&#]*)", re.IGNORECASE)


def has_password(url: str) -> bool:
    """Tell whether the text of a URL holds a password in clear."""
    return _PASSWORD.search(url) is not None


class SecretUrl(Secret):
    """A URL that may hold a password, and is a secret as a whole then. Without one it may be written in clear."""

    __slots__ = ()

    def hidden(self, text: str) -> tuple[str, ...]:
        """Return the URL, its passwords, and these without escapes; nothing where it holds none."""
        found = [one for match in _PASSWORD.finditer(text) for one in match.groups() if one]
        return (text, *found, *map(unquote, found)) if found else ()


def secret_kind(annotation: Any) -> type[Secret] | None:
    """Return the kind of secret that a setting of this type holds; ``None`` where it holds none."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Secret)), None)


class DatabaseUrl(SecretUrl):
    """An SQLAlchemy URL."""

    __slots__ = ()

    @classmethod
    def _parse(cls, value: Any) -> Secret:
        if isinstance(value, str) and _PASSWORD.search(value):
            msg = f'a URL with a password is written {{ env = "NAME" }} or {{ file = "path" }}, in Python {cls.__name__}(...)'
            raise ValueError(msg)
        return super()._parse(value)


class Locale(BaseModel):
    """What a source takes for granted and never writes. Unset stays unset: raw is kept and an issue says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str | None = Field(None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, for phone numbers")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="ISO 4217, for amounts without a currency")
    zone: str | None = Field(None, description="IANA time zone of timestamps without an offset")
    language: str | None = Field(None, description="BCP 47, for names of countries and months")


class Settings(BaseModel):
    """Settings that every source has. A connector adds its own fields in a subclass; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    default_region: str | None = Field(
        None, pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 of phone numbers without one"
    )
    default_currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="ISO 4217 of amounts without one")
    default_zone: str | None = Field(None, description="IANA zone of timestamps without an offset")
    default_language: str | None = Field(None, description="BCP 47 language of names in free text")

    @property
    def locale(self) -> Locale:
        """The defaults that normalizers may fall back on."""
        return Locale(
            region=self.default_region,
            currency=self.default_currency,
            zone=self.default_zone,
            language=self.default_language,
        )

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        if self.default_zone is not None:
            from zoneinfo import ZoneInfo

            try:
                ZoneInfo(self.default_zone)
            except (KeyError, ValueError, OSError):
                msg = f"default_zone: {self.default_zone!r} is no IANA time zone (like Europe/Berlin)"
                raise ValueError(msg) from None
        return self


class WireSettings(Settings):
    """Settings of a source that is reached over HTTP, SOAP included."""

    timeout: float = Field(30.0, gt=0, le=600, description="seconds to connect, and seconds between two bytes")
    deadline: float = Field(
        120.0, gt=0, le=3600, description="seconds of one exchange, from the look-up of the host to the last byte"
    )
    max_body: int = Field(64_000_000, gt=0, description="bytes of one answer, after decompression")
    allow_hosts: tuple[str, ...] = Field(
        (), description="further origins for next pages, redirects and log-ins; a bare host means https"
    )
    redirects: int = Field(0, ge=0, le=10, description="how many redirects are followed, within the allowed origins")
    private: bool = Field(default=False, description="names that look public may lead to private addresses")
    ca_bundle: str | None = Field(None, description="path of a private certificate authority")
    client_cert: str | None = Field(None, description="path of a client certificate (PEM)")
    client_key: str | None = Field(None, description="path of its key, where it is in a file of its own")
    proxy: SecretUrl | None = Field(
        None, description='proxy URL, with a password in it { env = "NAME" }; the environment\'s proxies are not used'
    )
    trust_env: bool = Field(default=False, description="take proxies and certificate authorities from the environment")


class HttpSettings(WireSettings):
    """Settings of a source that lives below one address."""

    base_url: str = Field(description="scheme, host, port and base path; every request must stay on it")
