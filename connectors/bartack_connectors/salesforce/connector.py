"""Salesforce over REST (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bartack.sdk import (
    Auth,
    Bearer,
    Body,
    Connector,
    Evidence,
    HttpSession,
    HttpSettings,
    HttpStream,
    NextUrlPaging,
    OAuth2ClientCredentials,
    OAuth2JwtBearer,
    Page,
    Query,
    Runtime,
    Secret,
    Since,
    SourceRefusedError,
    Stream,
)

__all__ = ["Salesforce", "SalesforceSettings", "SalesforceStream"]

_TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
_KEY = {"first": ["Id", {"path": "attributes.url", "use": "last_segment"}]}

_NEEDED = {
    "jwt": ("client_id", "user", "private_key"),
    "client_credentials": ("client_id", "client_secret"),
    "token": ("token",),
}


class SalesforceSettings(HttpSettings):
    """Which org, who asks, and what is read beside the usual fields."""

    base_url: str = Field(description="My Domain address: https://NAME.my.salesforce.com")
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
        default=False, description="also read the recycle bin (queryAll); deleted rows are tombstones"
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
        return self


@dataclass(frozen=True, slots=True)
class SalesforceStream(HttpStream):
    """An object, read by SOQL."""

    def pages(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Yield pages of the query; see :meth:`HttpStream.pages`."""
        for page in HttpStream.pages(self, session, query):
            yield _checked(page)

    def decode(self, body: Body) -> Page:
        """Read one answer: of a query, of one record, or a saved list of records."""
        return _checked(HttpStream.decode(self, body))


def _checked(page: Page) -> Page:
    """Refuse a list of errors, which looks like a list of rows, and doubt a page whose nested lists are cut short.

    Raises
    ------
    SourceRefusedError
        the answer is ``[{"message": …, "errorCode": …}]``.
    """
    rows = [row for row in page.rows if isinstance(row, dict)]
    refused = [row for row in rows if "errorCode" in row and "message" in row and "Id" not in row]
    if refused and len(refused) == len(page.rows):
        first = refused[0]
        raise SourceRefusedError(f"{str(first['message'])[:200]} ({str(first['errorCode'])[:80]})")
    if page.partial is None and any(_cut_short(value) for row in rows for value in row.values()):
        return replace(page, partial="nested_list_cut: a subquery has more rows than this answer holds")
    return page


def _cut_short(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list) and value.get("done") is False


_AUDIT = "CreatedDate SystemModstamp IsDeleted"
_OBJECTS: dict[str, tuple[str, Evidence, str]] = {
    "Account": (
        "accounts.yaml",
        "recorded",
        "Id Name Type Industry NumberOfEmployees AnnualRevenue Phone Fax Website ParentId OwnerId BillingStreet BillingCity"
        " BillingState BillingPostalCode BillingCountry ShippingStreet ShippingCity ShippingState ShippingPostalCode"
        " ShippingCountry AccountNumber Description",
    ),
    "Contact": (
        "contacts.yaml",
        "recorded",
        "Id Name Salutation FirstName LastName Email Phone MobilePhone HomePhone OtherPhone Fax Title Department AccountId"
        " OwnerId Birthdate HasOptedOutOfEmail DoNotCall MailingStreet MailingCity MailingState MailingPostalCode"
        " MailingCountry OtherStreet OtherCity OtherState OtherPostalCode OtherCountry Description LeadSource",
    ),
    "Lead": (
        "leads.yaml",
        "documented",
        "Id Name Salutation FirstName LastName Email Phone MobilePhone Fax Title Company Status OwnerId HasOptedOutOfEmail"
        " DoNotCall Street City State PostalCode Country Website Industry LeadSource IsConverted Description",
    ),
    "Opportunity": (
        "opportunities.yaml",
        "documented",
        "Id Name StageName Amount ExpectedRevenue Probability CloseDate IsClosed IsWon AccountId OwnerId LeadSource Type"
        " ForecastCategoryName Description",
    ),
    "Case": (
        "cases.yaml",
        "documented",
        "Id CaseNumber Subject Description Status IsClosed Priority Type Origin ContactId AccountId OwnerId ClosedDate"
        " SuppliedEmail",
    ),
    "Product2": (
        "products.yaml",
        "documented",
        "Id Name ProductCode Description Family IsActive QuantityUnitOfMeasure",
    ),
    "Task": (
        "tasks.yaml",
        "documented",
        "Id Subject Description Status IsClosed Priority ActivityDate TaskSubtype WhoId WhatId OwnerId CompletedDateTime"
        " CallDurationInSeconds CallType",
    ),
    "Event": (
        "events.yaml",
        "documented",
        "Id Subject Description Location ActivityDate IsAllDayEvent StartDateTime EndDateTime DurationInMinutes WhoId WhatId"
        " OwnerId",
    ),
    "User": ("users.yaml", "recorded", "Id Name FirstName LastName Email IsActive Username CreatedDate SystemModstamp"),
}
"""Object -> mapping, evidence, fields. ``SELECT *`` does not exist; a field the user may not see is an error of the API."""


class Salesforce(Connector):
    """Salesforce, REST API query (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/)."""

    name, settings = "salesforce", SalesforceSettings

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the objects, with the configured fields."""
        return tuple(self._object(name, *declared) for name, declared in _OBJECTS.items())

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

    def _object(self, name: str, mapping: str, evidence: Evidence, fields: str) -> SalesforceStream:
        more: tuple[str, ...] = getattr(self.options, "fields", {}).get(name, ())
        audit = "" if name == "User" else _AUDIT
        columns = ", ".join(dict.fromkeys([*fields.split(), *audit.split(), *more]))
        service = f"/services/data/{getattr(self.options, 'api_version', 'v60.0')}"
        query = "queryAll" if getattr(self.options, "include_deleted", False) else "query"
        select = f"SELECT {columns} FROM {name}"  # noqa: S608 - names of our own, or of the configuration
        return SalesforceStream(
            name,
            path=f"{service}/{query}",
            rows="records",
            key=_KEY,
            mapping=mapping,
            params={"q": f"{select} ORDER BY SystemModstamp, Id"},
            paging=NextUrlPaging("nextRecordsUrl"),
            total="totalSize",
            has_more="!done",
            changed="SystemModstamp",
            since=Since("q", template=f"{select} WHERE SystemModstamp >= {{since}} ORDER BY SystemModstamp, Id"),
            one=f"{service}/sobjects/{name}/{{id}}",
            evidence=evidence,
        )
