"""A loaded WSDL: zeep knows the types and writes the requests; what it drops in silence is said aloud here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lxml import etree
from zeep import Settings as ZeepSettings
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.bindings import Soap12Binding
from zeep.wsdl.bindings.soap import SoapBinding
from zeep.xsd import Any as AnyElement
from zeep.xsd import ComplexType

from bartack.errors import BartackError, ConfigError
from bartack.transports.http.texts import said
from bartack.transports.soap.loader import Loader

__all__ = ["Description", "Operation"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one port: writes its request, and knows what its answer is called."""

    name: str
    address: str | None
    _operation: Any

    def request(self, arguments: Mapping[str, Any]) -> tuple[etree._Element, dict[str, str]]:
        """Return the envelope and the HTTP headers of a call; the same arguments give the same bytes.

        Raises
        ------
        ConfigError
            an argument is missing, unknown or not of the type that the WSDL declares.
        """
        try:
            message = self._operation.create(**arguments)
        except (ZeepError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise ConfigError(
                f"the arguments do not fit the operation {self.name}: {error}",
                next_step=f"the WSDL declares {self._operation.input.signature() or 'no arguments'}",
            ) from None
        headers: dict[str, str] = {"Content-Type": "text/xml; charset=utf-8", **message.headers}
        if self.is_soap_12:
            action = f'; action="{self._operation.soapaction}"' if self._operation.soapaction else ""
            headers = {"Content-Type": f"application/soap+xml; charset=utf-8{action}"}
        return message.content, headers

    @property
    def elements(self) -> frozenset[str]:
        """Local names that the response element may have; empty where the WSDL declares no answer."""
        output = self._operation.output
        if output is None or output.body is None:
            return frozenset()
        return frozenset({output.body.name, self.response_name or output.body.name})

    @property
    def question(self) -> Any:
        """What the operation is called with, as zeep describes it; None where that is nothing."""
        return self._operation.input.body

    @property
    def answer(self) -> Any:
        """The element that answers, as zeep describes it; None where the WSDL declares none."""
        return self._operation.output.body if self._operation.output is not None else None

    @property
    def response_name(self) -> str | None:
        """Local name of the response element; in RPC style that which the convention gives it."""
        if self._operation.style == "rpc":
            return f"{self.name}Response"
        return self.answer.name if self.answer is not None else None

    @property
    def is_soap_12(self) -> bool:
        """It speaks SOAP 1.2."""
        return isinstance(self._operation.binding, Soap12Binding)

    def siblings(self, path: tuple[str, ...]) -> frozenset[str] | None:
        """Return the names that may stand where ``path`` ends, or None where the WSDL leaves that open."""
        element = self.answer
        for step in path[:-1]:
            element = next((child for child in _children(element) or () if child.name == step), None)
        children = _children(element)
        if children is None or any(isinstance(child, AnyElement) for child in children):
            return None
        return frozenset(child.name for child in children)


class Description:
    """The services of a WSDL.

    Raises
    ------
    ConfigError
        the WSDL cannot be loaded, or loads with none of the operations it declares.
    """

    def __init__(self, location: str, loader: Loader) -> None:
        self._location = location
        self._document, self._remarks = _load(location, loader)
        self._declared = frozenset(loader.operations)
        self.digest = loader.digest
        if not self.operations:
            raise self._without_operations()

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations that can be called, sorted."""
        return tuple(sorted({name for _, _, binding, _ in self._ports(None, None) for name in binding.all()}))

    def operation(self, name: str, service: str | None = None, port: str | None = None) -> Operation:
        """Return an operation of the first port that has it, or of the service and port named.

        Raises
        ------
        ConfigError
            no such service, port or operation; says which there are.
        """
        ports = list(self._ports(service, port))
        if not ports:
            known = [f"{found}/{candidate}" for found, candidate, _, _ in self._ports(None, None)]
            raise ConfigError(
                f"the WSDL has no SOAP port {service or '*'}/{port or '*'}", next_step=f"it has {_listed(known)}"
            )
        for _, _, binding, address in ports:
            if name in binding.all():
                return Operation(name, address, binding.all()[name])
        raise self._unknown(name)

    def _unknown(self, name: str) -> ConfigError:
        if name in self._declared and name not in self.operations:
            return ConfigError(
                f"the WSDL declares the operation {name}, but it cannot be used{self._reasons()}",
                next_step="correct the WSDL in a local copy",
            )
        near = get_close_matches(name, self.operations, n=3, cutoff=0.5)
        return ConfigError(
            f"the WSDL has no operation {name!r}",
            next_step=f"did you mean {_listed(near)}?" if near else f"it has {_listed(self.operations)}",
        )

    def _without_operations(self) -> ConfigError:
        if self._document.bindings and not any(isinstance(b, SoapBinding) for b in self._document.bindings.values()):
            return ConfigError(
                f"the WSDL {self._location} describes no SOAP, but plain HTTP GET or POST bindings",
                next_step="read it with the http connector",
            )
        declared = _listed(sorted(self._declared)) if self._declared else "none"
        return ConfigError(
            f"the WSDL {self._location} offers no SOAP operation; it declares {declared}{self._reasons()}",
            next_step="correct the WSDL in a local copy, or ask its owner for one that is complete",
        )

    def _ports(self, service: str | None, port: str | None) -> Iterator[tuple[str, str, Any, str | None]]:
        """Yield service, port, binding and address; bindings that no service offers come under their own name."""
        found = [
            (name, candidate.name, candidate.binding, (candidate.binding_options or {}).get("address"))
            for name, offered in self._document.services.items()
            for candidate in offered.ports.values()
        ] or [("", binding.name.localname, binding, None) for binding in self._document.bindings.values()]
        for name, candidate, binding, address in found:
            if isinstance(binding, SoapBinding) and service in {None, name} and port in {None, candidate}:
                yield name, candidate, binding, address

    def _reasons(self) -> str:
        return f": {self._remarks[0]}" if self._remarks else ""


def _load(location: str, loader: Loader) -> tuple[Any, tuple[str, ...]]:
    """Let zeep load the documents, and keep what it only warns about: the operations it leaves out."""
    settings = ZeepSettings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=False)
    transport: Any = loader  # zeep asks nothing of it but load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            document = Document(location, transport, settings=settings)
        except BartackError:
            raise
        except Exception as error:  # zeep raises whatever a broken WSDL trips over, AttributeError included
            kind = "" if isinstance(error, ZeepError) else f"{type(error).__name__}: "
            raise ConfigError(
                f"the WSDL {location} cannot be used: {kind}{said(str(error))}",
                next_step="correct the WSDL in a local copy; the message names what is missing or contradictory",
            ) from None
    return document, tuple(str(remark.message) for remark in caught)


def _children(element: Any) -> list[Any] | None:
    kind = getattr(element, "type", None)
    return [child for _, child in kind.elements] if isinstance(kind, ComplexType) else None


def _listed(names: Any, limit: int = 8) -> str:
    names = list(names)
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
