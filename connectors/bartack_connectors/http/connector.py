"""Any JSON API: an internal tool is connected by declaring its streams in the configuration, without Python."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from bartack.sdk import (
    PAGINGS,
    Auth,
    Basic,
    Bearer,
    Connector,
    ErrorBody,
    HeaderKey,
    HttpSession,
    HttpSettings,
    HttpStream,
    OAuth2ClientCredentials,
    OAuth2Refresh,
    QueryKey,
    Runtime,
    Secret,
    Since,
    Size,
    Stream,
)

__all__ = ["Http", "HttpConnectorSettings", "StreamSettings"]


def _paging(value: Any) -> Any:
    """Read ``{ kind = "cursor", next = "meta.next", param = "cursor" }``."""
    if not isinstance(value, dict) or value.get("kind") not in PAGINGS:
        msg = f"paging is a table with a kind: {', '.join(PAGINGS)}"
        raise ValueError(msg)
    kind = PAGINGS[value["kind"]]
    try:
        return TypeAdapter(kind).validate_python({name: one for name, one in value.items() if name != "kind"})
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{value['kind']} paging: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise ValueError(msg) from None


class StreamSettings(BaseModel):
    """One ``[sources.NAME.streams.STREAM]`` table of a JSON API."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    path: str = Field(description="path below base_url")
    rows: str | tuple[str, ...] = Field(description='path of the list of rows; "" when the body is the list')
    key: str | tuple[str, ...] = Field(description="path, or paths, that identify a row")
    mapping: str | tuple[str, ...] = Field(description="mapping file, relative to bartack.toml; one a contract")
    method: Literal["GET", "POST"] = Field("GET", description="POST where the API searches with a body")
    params: dict[str, Any] = Field(default_factory=dict, description="query parameters")
    json_: dict[str, Any] | None = Field(None, alias="json", description="request body")
    headers: dict[str, str] = Field(default_factory=dict, description="request headers; secrets belong into auth")
    paging: Annotated[Any, BeforeValidator(_paging)] = Field(
        PAGINGS["none"](), description="{ kind = none, cursor, page, offset, link_header or next_url, ... }"
    )
    page_size: Size | None = Field(
        None, description="{ param, rows, most } where the request says how many rows it wants"
    )
    total: str | None = Field(None, description="path of the number of rows the source declares")
    has_more: str | None = Field(None, description='path of "there is more"; "!done" where it says the opposite')
    changed: str | None = Field(None, description="path of the moment of a row's last change")
    since: Since | None = Field(None, description="{ param, format, ... } to ask for rows changed since a moment")
    one: str | None = Field(None, description="path of one record, with {id}")
    errors: tuple[ErrorBody, ...] = Field(
        (), description="what an error inside a 200 looks like: { path, equals, message }"
    )
    statuses: dict[int, Literal["rows", "empty"]] = Field(
        default_factory=dict, description="other statuses that are fine"
    )
    unframed: bool = Field(
        default=False, description="answers tell neither length nor end (old servers); JSON shows its own end"
    )


class AuthSettings(BaseModel):
    """Who is asking: one kind, with the names of the secrets below ``secrets``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["bearer", "basic", "header", "query", "client_credentials", "refresh_token"]
    name: str = Field("", description="header or parameter of kind header and query")
    prefix: str = Field("", description="what stands before the key in a header")
    token_url: str = Field("", description="where an OAuth2 token is asked for")
    scope: str | None = None


class HttpConnectorSettings(HttpSettings):
    """Where the API is, who asks, and what is read."""

    auth: AuthSettings | None = Field(None, description="how requests are signed")
    token: Secret | None = Field(None, description="of auth bearer, header and query")
    user: Secret | None = Field(None, description="of auth basic")
    password: Secret | None = Field(None, description="of auth basic")
    client_id: Secret | None = Field(None, description="of OAuth2")
    client_secret: Secret | None = Field(None, description="of OAuth2")
    refresh_token: Secret | None = Field(None, description="of OAuth2 refresh_token")
    streams: dict[str, StreamSettings] = Field(description="name -> stream")


class Http(Connector):
    """Any JSON API over HTTP, declared in ``bartack.toml``."""

    name, settings = "http", HttpConnectorSettings

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the configured streams."""
        streams: dict[str, StreamSettings] = getattr(self.options, "streams", {})
        return tuple(_stream(name, one) for name, one in streams.items())

    def open(self, runtime: Runtime) -> HttpSession:
        """Open a session that signs its requests as configured."""
        return HttpSession(self.options, _auth(self.options.auth), runtime)


def _stream(name: str, one: StreamSettings) -> HttpStream:
    given = {key: getattr(one, key) for key in StreamSettings.model_fields if key != "json_"}
    return HttpStream(name, **given, json=one.json_)


def _auth(auth: AuthSettings | None) -> Auth | None:
    if auth is None:
        return None
    match auth.kind:
        case "bearer":
            return Bearer("token")
        case "basic":
            return Basic("user", "password")
        case "header":
            return HeaderKey(auth.name, "token", prefix=auth.prefix)
        case "query":
            return QueryKey(auth.name, "token")
        case "client_credentials":
            return OAuth2ClientCredentials(auth.token_url, scope=auth.scope)
        case "refresh_token":
            return OAuth2Refresh(auth.token_url)
