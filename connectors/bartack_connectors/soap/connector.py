"""Any SOAP service with a WSDL: its operations become streams by configuration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field

from bartack.sdk import (
    Connector,
    ErrorBody,
    NoPaging,
    OffsetArguments,
    OneCall,
    PageArguments,
    Runtime,
    Since,
    SoapSession,
    SoapSettings,
    SoapStream,
    Stream,
    TokenArguments,
)

__all__ = ["OperationSettings", "Soap", "SoapConnectorSettings"]

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class OffsetSettings(BaseModel):
    """``{ kind = "offset", offset = "offset", limit = "limit", size = 100 }``."""

    model_config = _FROZEN

    kind: Literal["offset"]
    offset: str = Field("offset", description="argument that says how many rows to pass over")
    limit: str | None = Field("limit", description="argument that says how many rows to send")
    size: int = Field(100, ge=1, description="rows a call")
    first: int = Field(0, description="offset of the first row")
    short_page_ends: bool = Field(default=False, description="a page with fewer rows than asked for is the last one")

    def made(self) -> OffsetArguments:
        """Return the paging."""
        return OffsetArguments(self.offset, self.limit, self.size, self.first, self.short_page_ends)


class PageSettings(BaseModel):
    """``{ kind = "page", page = "page", limit = "pageSize", size = 100 }``."""

    model_config = _FROZEN

    kind: Literal["page"]
    page: str = Field("page", description="argument that takes the number of the page")
    limit: str | None = Field("pageSize", description="argument that says how many rows to send")
    size: int = Field(100, ge=1, description="rows a call")
    first: int = Field(1, description="number of the first page")
    short_page_ends: bool = Field(default=False, description="a page with fewer rows than asked for is the last one")

    def made(self) -> PageArguments:
        """Return the paging."""
        return PageArguments(self.page, self.limit, self.size, self.first, self.short_page_ends)


class TokenSettings(BaseModel):
    """``{ kind = "token", argument = "cursor", token = "nextCursor" }``."""

    model_config = _FROZEN

    kind: Literal["token"]
    argument: str = Field(description="argument that takes the token")
    token: str = Field(description="path of the token in the answer")
    operation: str | None = Field(None, description="operation that goes on, where it is another one (queryMore)")
    limit: str | None = Field(None, description="argument that says how many rows to send")
    size: int = Field(100, ge=1, description="rows a call")

    def made(self) -> TokenArguments:
        """Return the paging."""
        return TokenArguments(self.argument, self.token, self.operation, self.limit, self.size)


class OneSettings(BaseModel):
    """``{ operation = "GetCustomer", argument = "id", rows = "customer" }``."""

    model_config = _FROZEN

    operation: str = Field(description="operation that returns one record")
    argument: str = Field(description="argument that takes the id")
    rows: str = Field("", description="path of the record in its answer")
    arguments: dict[str, Any] = Field(default_factory=dict)
    response: str | None = None

    def made(self) -> OneCall:
        """Return the call."""
        return OneCall(self.operation, self.argument, self.rows, self.arguments, self.response)


class OperationSettings(BaseModel):
    """One ``[sources.NAME.streams.STREAM]`` table of a SOAP service."""

    model_config = _FROZEN

    operation: str = Field(description="operation that returns the list, as the WSDL calls it")
    rows: str = Field(description='path of the repeated element below the response element; "" when that is the row')
    key: str | tuple[str, ...] = Field(description="path, or paths, that identify a row")
    mapping: str | tuple[str, ...] = Field(description="mapping file, relative to bartack.toml; one a contract")
    arguments: dict[str, Any] = Field(default_factory=dict, description="what the operation is called with")
    paging: Annotated[OffsetSettings | PageSettings | TokenSettings, Discriminator("kind")] | None = Field(
        None, description="how the operation hands out a long list: { kind = offset, page or token, ... }"
    )
    total: str | None = Field(None, description="path of the number of rows the service declares")
    has_more: str | None = Field(None, description='path of "there is more"; "!done" where it says the opposite')
    changed: str | None = Field(None, description="path of the moment of a row's last change")
    since: Since | None = Field(
        None, description="{ param, format, template, lookback }: the argument that asks for rows changed since"
    )
    one: OneSettings | None = Field(
        None, description="operation that returns one record: { operation, argument, rows }"
    )
    errors: tuple[ErrorBody, ...] = Field(
        (), description='what an error inside an answer looks like: { path, equals = "false", message }'
    )
    response: str | None = Field(None, description="name of the response element, where it is not the operation's name")
    service: str | None = Field(None, description="which service of the WSDL")
    port: str | None = Field(None, description="which port of the service")


class SoapConnectorSettings(SoapSettings):
    """Where the service is, who asks, and which operations are read."""

    streams: dict[str, OperationSettings] = Field(description="name -> operation")


class Soap(Connector):
    """Any SOAP 1.1 or 1.2 service, declared in ``bartack.toml``; rows are text exactly as in the XML."""

    name, settings = "soap", SoapConnectorSettings

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the configured operations."""
        streams: dict[str, OperationSettings] = getattr(self.options, "streams", {})
        return tuple(_stream(name, one) for name, one in streams.items())

    def open(self, runtime: Runtime) -> SoapSession:
        """Open a session; the WSDL is loaded with the first call."""
        return SoapSession(self.options, runtime)


def _stream(name: str, one: OperationSettings) -> SoapStream:
    given = {key: getattr(one, key) for key in OperationSettings.model_fields if key not in ("paging", "one")}
    paging = NoPaging() if one.paging is None else one.paging.made()
    return SoapStream(name, **given, paging=paging, one=None if one.one is None else one.one.made())
