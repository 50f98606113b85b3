"""Salesforce over REST (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm)."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from bartack.sdk import (
    Auth,
    Bearer,
    Connector,
    ErrorBody,
    HttpSession,
    HttpSettings,
    NextUrlPaging,
    OAuth2ClientCredentials,
    OAuth2JwtBearer,
    Quota,
    Runtime,
    Secret,
    Stream,
    UsageHeader,
)
from bartack_connectors.salesforce.objects import OBJECTS, Declared
from bartack_connectors.salesforce.stream import SalesforceStream

__all__ = ["Salesforce", "SalesforceSettings"]

_TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
_KEY = {"first": ["Id", {"path": "attributes.url", "use": "last_segment"}]}
_NEEDED = {
    "jwt": ("client_id", "user", "private_key"),
    "client_credentials": ("client_id", "client_secret"),
    "token": ("token",),
}
_FIELD = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)
_FAILED_PART = "compositeResponse[0].body[0]"


class SalesforceSettings(HttpSettings):
    """Which org, who asks, and what is read beside the usual fields."""

    base_url: str = Field(
        description="My Domain address, https://NAME.my.salesforce.com; the log-in says where to go on"
    )
    api_version: str = Field("v60.0", pattern=r"^v\d{2,3}\.0$", description="version of the REST API")
    auth: Literal["jwt", "client_credentials", "token"] = Field("jwt", description="how to log in")
    audience: str = Field(
        "https://login.salesforce.com", description="of auth jwt; https://test.salesforce.com for sandboxes"
    )
    client_id: Secret | None = Field(None, description="consumer key of the connected app")
    client_secret: Secret | None = Field(None, description="consumer secret (auth client_credentials)")
    user: Secret | None = Field(None, description="user name to act as (auth jwt)")
    private_key: Secret | None = Field(None, description="PEM key the app's certificate belongs to (auth jwt)")
    token: Secret | None = Field(None, description="an access token (auth token)")
    include_deleted: bool = Field(
        default=False,
        description="also read the recycle bin and archived activities (queryAll); deleted rows are tombstones",
    )
    fields: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="object -> further fields to select; kept under custom"
    )

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        missing = [name for name in _NEEDED[self.auth] if getattr(self, name) is None]
        if missing:
            msg = f"auth {self.auth} needs {', '.join(missing)}"
            raise ValueError(msg)
        unknown = sorted(set(self.fields) - set(OBJECTS))
        if unknown:
            msg = f"fields: no stream {unknown[0]!r} (streams: {', '.join(OBJECTS)})"
            raise ValueError(msg)
        odd = [name for names in self.fields.values() for name in names if not _FIELD.fullmatch(name)]
        if odd:
            msg = f"fields: {odd[0][:60]!r} is no name of a field"
            raise ValueError(msg)
        return self


class Salesforce(Connector):
    """Salesforce, REST API query (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/)."""

    name, settings = "salesforce", SalesforceSettings
    quota = Quota(headers=(UsageHeader("Sforce-Limit-Info", "api-usage", per=86_400),))  # calls of the last 24 hours

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the objects, with the configured fields."""
        return tuple(self._object(name, declared) for name, declared in OBJECTS.items())

    def open(self, runtime: Runtime) -> HttpSession:
        """Open a session; the log-in's answer says on which instance the org lives."""
        return HttpSession(self.options, self._auth(), runtime)

    def _auth(self) -> Auth:
        match self.options.auth:
            case "jwt":
                return OAuth2JwtBearer(_TOKEN_PATH, audience=self.options.audience)
            case "client_credentials":
                return OAuth2ClientCredentials(_TOKEN_PATH)
        return Bearer("token")

    def _object(self, name: str, declared: Declared) -> SalesforceStream:
        service = f"/services/data/{getattr(self.options, 'api_version', 'v60.0')}"
        query = "queryAll" if getattr(self.options, "include_deleted", False) else "query"
        return SalesforceStream(
            name,
            path=f"{service}/{query}",
            rows="records",
            key=_KEY,
            mapping=declared.mapping,
            paging=NextUrlPaging("nextRecordsUrl"),
            total="totalSize",
            has_more="!done",
            changed="SystemModstamp",
            one=f"{service}/sobjects/{name}/{{id}}",
            errors=(
                ErrorBody(
                    f"{_FAILED_PART}.errorCode", message=f"{_FAILED_PART}.message", code=f"{_FAILED_PART}.errorCode"
                ),
            ),
            statuses={201: "rows"},  # what a create answers holds none, and says so
            evidence=declared.evidence,
            service=service,
            columns=tuple(declared.fields.split()),
            further=getattr(self.options, "fields", {}).get(name, ()),
            nested=declared.nested,
        )
