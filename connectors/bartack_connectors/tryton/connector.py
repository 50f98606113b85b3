"""Tryton 7 and later over JSON-RPC (https://docs.tryton.org/latest/server/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from bartack.sdk import (
    Basic,
    Body,
    ConfigError,
    Connector,
    ErrorBody,
    Evidence,
    HttpSession,
    HttpSettings,
    HttpStream,
    Page,
    Query,
    Runtime,
    Secret,
    SourceChangedError,
    SourceRefusedError,
    Walk,
    read_json,
)

__all__ = ["Tryton", "TrytonSession", "TrytonSettings", "TrytonStream"]


class TrytonSettings(HttpSettings):
    """Which server and database, and who asks."""

    base_url: str = Field(description="address of the server, without the database")
    database: str = Field(pattern=r"^[\w.-]+$", description="name of the database")
    user: Secret = Field(description="a user that may read")
    password: Secret = Field(description="that user's password")


_ONLY_CONTEXT: tuple[Any, ...] = (True, {})


class TrytonSession:
    """Calls of one user. HTTP basic authentication, so that no session key is left on the server or in a recording."""

    def __init__(self, settings: TrytonSettings, runtime: Runtime) -> None:
        self.http = HttpSession(settings, Basic("user", "password"), runtime)
        self._path = f"/{settings.database}/rpc/"
        self._context: Mapping[str, Any] | None = None

    @property
    def context(self) -> Mapping[str, Any]:
        """The user's preferences: company, language. Prices and amounts are empty without a company."""
        if self._context is None:
            self._context = _result(self.call("model.res.user.get_preferences", *_ONLY_CONTEXT))
        return self._context

    def call(self, method: str, *parameters: Any) -> Body:
        """Call a method and return the answer as it came.

        Raises
        ------
        BartackError
            the server cannot be reached, or refuses the user.
        """
        return self.http.request("POST", self._path, json={"id": 0, "method": method, "params": list(parameters)})

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

    def __enter__(self) -> TrytonSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class TrytonStream:
    """A model of Tryton. ``fields`` with dots bring the fields of related records in the same answer.

    Archived records (``active`` false) are read like the others; deleted ones are gone without a trace.
    """

    name: str
    model: str
    fields: tuple[str, ...]
    mapping: str | tuple[str, ...]
    domain: tuple[Any, ...] = ()
    archives: bool = False
    module: str = ""
    evidence: Evidence = "live"
    title: str | None = None
    key: str = "id"
    page_size: int = 100

    @property
    def incremental(self) -> bool:
        """A query's ``since`` is heeded."""
        return True

    def pages(self, session: TrytonSession, query: Query) -> Iterator[Page]:
        """Yield pages in the order of ids, each behind the last id of the one before; the records are counted first.

        So nothing is missed when records are deleted during the read, or before it goes on.

        Raises
        ------
        SourceRefusedError
            the server answers with an error; for a model that is not installed the next step names its module.
        SourceChangedError
            the server sends a page again, or records without an id.
        """
        domain = self._domain(query)
        walk = Walk(query)
        _, left = self._asked(session, "search_count", [*domain, *_behind(walk.cursor)], 0, None, session.context)
        if not isinstance(left, int) or isinstance(left, bool):
            raise SourceChangedError("search_count returned no number", next_step="check the server's version")
        total = left if query.cursor is None else (query.seen or 0) + left
        size = query.page_size or self.page_size
        while True:
            page = self._page(session, [*domain, *_behind(walk.cursor)], size, walk.cursor)
            walk.take(page)
            left -= len(page.rows)
            following = _last_id(page) if page.rows and left > 0 else None
            yield replace(page, total=total, next=following, has_more=following is not None)
            if following is None:
                return
            walk.go_on(following)

    def decode(self, body: Body) -> Page:
        """Read one answer of the server: ``{"id": 0, "result": [...]}``."""
        return self._answer.decode(body)

    @property
    def _answer(self) -> HttpStream:
        return HttpStream(
            self.name,
            path="/rpc/",
            rows="result",
            key=self.key,
            mapping=self.mapping,
            errors=(ErrorBody("error", message="error[1][0]", code="error[0]"),),
        )

    def _page(self, session: TrytonSession, domain: list[Any], size: int, cursor: str | None) -> Page:
        body, rows = self._asked(session, "search_read", domain, 0, size, [["id", "ASC"]], self.fields, session.context)
        if not isinstance(rows, list):  # decode() would take the answer itself for a row that was saved by hand
            raise SourceChangedError("search_read returned no list of rows", next_step="check the server's version")
        asked = f"{self.model} search_read limit={size}{f' id>{cursor}' if cursor else ''}"
        return replace(self._answer.decode(body), request=asked, fetched_at=session.http.now())

    def _domain(self, query: Query) -> list[Any]:
        domain: list[Any] = [*self.domain, *([["active", "in", [True, False]]] if self.archives else [])]
        if query.id is not None:
            if not query.id.isdecimal():
                raise ConfigError(f"{query.id!r} is no id of Tryton", next_step="ids are whole numbers")
            domain.append(["id", "=", int(query.id)])
        if query.since is not None:
            # A record that was never changed has no write_date.
            since = _moment(query.since)
            domain.append(["OR", ["write_date", ">=", since], ["create_date", ">=", since]])
        return domain

    def _asked(self, session: TrytonSession, method: str, *parameters: Any) -> tuple[Body, Any]:
        body = session.call(f"model.{self.model}.{method}", *parameters)
        try:
            return body, _result(body)
        except SourceRefusedError as error:
            if self.module and self.model in error.message:
                error.next_step = f"activate the module {self.module} in Tryton, or do not read {self.name}"
            raise


def _behind(cursor: str | None) -> list[Any]:
    if cursor is None:
        return []
    if not (cursor.isascii() and cursor.isdecimal()):
        raise ConfigError(
            f"the cursor {cursor[:40]!r} is no id of Tryton", next_step="read the stream from its beginning"
        )
    return [["id", ">", int(cursor)]]


def _last_id(page: Page) -> str:
    row = page.rows[-1]
    found = row.get("id") if isinstance(row, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise SourceChangedError("the last record of a page has no id", next_step="check the server's version")
    return str(found)


def _moment(moment: datetime) -> dict[str, Any]:
    utc = moment.astimezone(UTC)
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{name: getattr(utc, name) for name in names}}


def _result(body: Body) -> Any:
    """Return what a call returned.

    Raises
    ------
    SourceRefusedError
        the server's own error, which comes with status 200.
    SourceChangedError
        no answer of Tryton's JSON-RPC.
    WireError
        no whole, well-formed JSON.
    """
    document = read_json(body)
    if not isinstance(document, dict):
        raise SourceChangedError("the answer is none of Tryton's JSON-RPC", next_step="check base_url and database")
    if not {"result", "error"} & set(document):
        found = ", ".join(repr(str(key)[:40]) for key in list(document)[:8]) or "nothing"
        raise SourceChangedError(
            f"'result' is missing in the answer, which has {found}",
            next_step="look at the answer; if Tryton has changed for good, this connector must change",
        )
    if "error" in document:
        raise SourceRefusedError(f"Tryton says: {_words(document['error'])}", next_step="look at the server's log")
    return document["result"]


def _words(error: Any) -> str:
    """Return the message of ``["UserError", ["message", "description", …]]`` or ``["message", "traceback"]``."""
    if isinstance(error, list) and len(error) > 1 and isinstance(error[1], list) and error[1]:
        return f"{error[0]}: {error[1][0]}"[:300]
    return str(error[0] if isinstance(error, list) and error else error)[:300]


_STAMPS = ("create_date", "write_date")
_PARTY = (
    "name",
    "code",
    "active",
    "lang.code",
    *(f"addresses.{name}" for name in ("street", "postal_code", "city", "country.code", "subdivision.code", "active")),
    *(f"contact_mechanisms.{name}" for name in ("type", "value", "name", "active")),
    *(f"identifiers.{name}" for name in ("type", "code")),
    *_STAMPS,
)
_OPPORTUNITY = (
    *("number", "description", "state", "amount", "currency.code", "conversion_probability", "start_date", "end_date"),
    *("lost_reason", "party.name", "contact.name", "employee.party.name"),
    *_STAMPS,
)
_INVOICE = (
    *("number", "type", "state", "invoice_date", "currency.code", "untaxed_amount", "tax_amount", "total_amount"),
    *("amount_to_pay", "reference", "party.name"),
    *(f"lines.{name}" for name in ("description", "quantity", "unit.symbol", "unit_price", "amount", "product")),
    *_STAMPS,
)
_PRODUCT = (
    *("code", "active", "list_price", "cost_price", "description", "default_uom.symbol"),
    *("template.name", "template.type", "template.account_category.name"),
    *_STAMPS,
)


class Tryton(Connector):
    """Tryton ERP 7 and later, JSON-RPC (https://docs.tryton.org)."""

    name, settings = "tryton", TrytonSettings
    streams = (
        TrytonStream(
            "parties", "party.party", _PARTY, ("parties.yaml", "organizations.yaml"), archives=True, module="party"
        ),
        TrytonStream("products", "product.product", _PRODUCT, "products.yaml", archives=True, module="product"),
        TrytonStream(
            "opportunities", "sale.opportunity", _OPPORTUNITY, "opportunities.yaml", module="sale_opportunity"
        ),
        TrytonStream("invoices", "account.invoice", _INVOICE, "invoices.yaml", module="account_invoice"),
        TrytonStream("users", "res.user", ("name", "login", "email", "active", *_STAMPS), "users.yaml", archives=True),
    )

    def open(self, runtime: Runtime) -> TrytonSession:
        """Open a session; the user is checked with the first call."""
        return TrytonSession(self.options, runtime)
