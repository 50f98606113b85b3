"""Settings of a SOAP source."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bartack.settings import HttpSettings, Secret, WireSettings
from bartack.transports.http.addresses import is_same_origin

__all__ = ["OriginSettings", "SoapSettings"]


class SoapSettings(WireSettings):
    """Where a service describes itself, where it is called, and as whom."""

    wsdl: str = Field(description="file (from the configuration's folder) or http(s) address of the WSDL")
    wsdl_digest: str | None = Field(
        None,
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="the WSDL with all it imports, as it was when it was looked at; bartack check shows it",
    )
    endpoint: str | None = Field(None, pattern=r"^https?://", description="address to call, instead of the WSDL's own")
    username: str | None = Field(None, description="user name, where the service wants one")
    password: Secret | None = Field(None, description="password of that user")
    auth: Literal["basic", "wsse", "wsse_digest"] | None = Field(
        None, description="how to show them: HTTP basic, or WS-Security UsernameToken as text or digest"
    )
    hosts: tuple[str, ...] = Field((), description="further hosts that the WSDL may import from or send calls to")
    catalog: str | dict[str, str] | None = Field(
        None, description="local copies of imported schemas: a folder, or a table of address = file"
    )

    @property
    def is_fetched(self) -> bool:
        """Tell whether the WSDL comes over HTTP, not from a file."""
        return self.wsdl.lower().startswith(("http://", "https://"))

    def allows(self, url: str) -> bool:
        """Tell whether an address that a WSDL names may be asked: on the WSDL's own origin, or on one of ``hosts``."""
        if self.is_fetched and is_same_origin(url, self.wsdl):
            return True
        return is_same_origin(url, url) and urlsplit(url).hostname in self.hosts

    @model_validator(mode="after")
    def _credentials_are_whole(self) -> Self:
        given = (self.auth is not None, self.username is not None, self.password is not None)
        if any(given) and not all(given):
            msg = "auth, username and password belong together: give all three or none"
            raise ValueError(msg)
        return self


class OriginSettings(HttpSettings):
    """What the HTTP session of one origin is told: the source's settings, and who is asking there."""

    username: str | None = None
    password: Secret | None = None
