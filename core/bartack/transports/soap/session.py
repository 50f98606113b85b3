"""An open SOAP source: its WSDL, and the calls, all of them through HTTP sessions with one host each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from bartack.errors import BartackError, ConfigError, SourceChangedError
from bartack.settings import WireSettings
from bartack.transports.base import Body, Runtime
from bartack.transports.http.addresses import is_same_origin, origin_for_people
from bartack.transports.http.texts import safe_url, said
from bartack.transports.soap.settings import OriginSettings, SoapSettings

if TYPE_CHECKING:
    from lxml import etree

    from bartack.transports.http import Basic, HttpSession
    from bartack.transports.soap.wsdl import Description, Operation

__all__ = ["SoapSession"]


class SoapSession:
    """A SOAP service; the WSDL is loaded when it is first needed.

    Credentials go to the host of the configured endpoint and of the configured WSDL, and to no other: an address inside
    a WSDL that was fetched is only called on the same host, or on one that ``hosts`` allows.
    """

    def __init__(self, settings: SoapSettings, runtime: Runtime | None = None) -> None:
        self.settings = settings
        self.runtime = runtime if runtime is not None else Runtime()
        self._description: Description | None = None
        self._wires: dict[str, HttpSession] = {}

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations that the WSDL offers.

        Raises
        ------
        ConfigError
            the WSDL cannot be loaded.
        """
        return self._loaded().operations

    def described(self) -> str:
        """Tell what the service says about itself, for ``bartack check``.

        Raises
        ------
        ConfigError
            the WSDL cannot be loaded.
        SourceChangedError
            it is another one than the settings pin.
        """
        return f"WSDL {self._loaded().digest}, {len(self.operations)} operation(s)"

    def operation(self, name: str, service: str | None = None, port: str | None = None) -> Operation:
        """Return an operation by name.

        Raises
        ------
        ConfigError
            the WSDL cannot be loaded, or has no such operation, service or port; near names are said.
        """
        return self._loaded().operation(name, service, port)

    def address(self, operation: Operation) -> str:
        """Return the address that ``operation`` is called at.

        Raises
        ------
        ConfigError
            the WSDL names none, or one on a host that is not allowed.
        """
        if self.settings.endpoint is not None:
            return self.settings.endpoint
        address, wsdl = operation.address or "", self.settings.wsdl
        if not is_same_origin(address, address):
            raise ConfigError(
                f"the WSDL says {said(address, 80)!r} as the address of {operation.name}",
                next_step='set endpoint = "https://…"',
            )
        if self.settings.is_fetched and not self.settings.allows(address):
            raise ConfigError(
                f"the WSDL comes from {origin_for_people(wsdl)}, but sends calls to {origin_for_people(address)}",
                next_step=f'set endpoint = "{origin_for_people(wsdl)}{urlsplit(address).path}" to stay there, '
                f'or endpoint = "{safe_url(address)}" if that is right',
            )
        return address

    def call(self, operation: Operation, arguments: Mapping[str, Any]) -> Body:
        """Call ``operation`` and return the answer as it came, whatever its status: faults arrive with 500.

        Raises
        ------
        ConfigError
            the arguments do not fit.
        SourceUnavailableError, WireError
            no answer, or not a whole one.
        """
        from lxml import etree

        address = self.address(operation)
        wire = self._wire(address)
        envelope, headers = operation.request(arguments)
        if self.settings.auth in {"wsse", "wsse_digest"}:
            envelope = self._signed(envelope, wire)
        data = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        return wire.request("POST", address, data=data, headers=headers, expect=range(600), unframed=True)

    def clean(self, error: BartackError) -> BartackError:
        """Return ``error`` without any secret of this session: sources quote what they were sent."""
        for wire in self._wires.values():
            error = wire.clean(error)
        return error

    def close(self) -> None:
        """Close all connections."""
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _loaded(self) -> Description:
        if self._description is None:
            from bartack.transports.soap.loader import Catalog, Loader
            from bartack.transports.soap.wsdl import Description

            base, wsdl = self.runtime.base_dir, self.settings.wsdl
            root = wsdl if self.settings.is_fetched else str((Path(base) / wsdl).resolve())
            loader = Loader(root, self._fetch, self.settings.allows, Catalog(self.settings.catalog, base), base)
            self._description = self._as_pinned(Description(root, loader))
        return self._description

    def _as_pinned(self, description: Description) -> Description:
        pinned = self.settings.wsdl_digest
        if pinned is not None and description.digest != pinned:
            raise SourceChangedError(
                f"the WSDL {safe_url(self.settings.wsdl)} is not the one that wsdl_digest pins: it is {description.digest}",
                next_step="compare it with the one that was pinned, and the streams with both; when all fits, set"
                f' wsdl_digest = "{description.digest}"',
            )
        return description

    def _fetch(self, url: str) -> Body:
        return self._wire(url).request("GET", url, unframed=True)  # an XML document shows its own end

    def _wire(self, url: str) -> HttpSession:
        """Return the HTTP session for the origin of ``url``; it never leaves that."""
        from bartack.transports.http import HttpSession

        origin = origin_for_people(url)
        if origin not in self._wires:
            shared = {
                name: getattr(self.settings, name) for name in (*WireSettings.model_fields, "username", "password")
            }
            self._wires[origin] = HttpSession(OriginSettings(base_url=origin, **shared), self._basic(url), self.runtime)
        return self._wires[origin]

    def _basic(self, url: str) -> Basic | None:
        """Return HTTP credentials for the origins that the configuration names, and for no other."""
        from bartack.transports.http import Basic

        settings = self.settings
        named = {settings.endpoint, settings.wsdl}
        if not settings.is_fetched:
            named.add(url)  # the WSDL is the user's own file, and so is the address in it
        trusted = any(address is not None and is_same_origin(url, address) for address in named)
        return Basic("username", "password") if settings.auth == "basic" and trusted else None

    def _signed(self, envelope: etree._Element, wire: HttpSession) -> etree._Element:
        """Put a WS-Security UsernameToken into the envelope."""
        from zeep.wsse.username import UsernameToken

        make: Any = UsernameToken
        token = make(
            wire.setting("username"),
            wire.secret("password"),
            use_digest=self.settings.auth == "wsse_digest",
            created=self.runtime.clock(),
            zulu_timestamp=True,
        )
        signed: etree._Element = token.apply(envelope, {})[0]
        return signed
