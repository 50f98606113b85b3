"""Guesses about a foreign table: which contract it may feed, and which field a column may be.

Only drafts are made of these, for a person to look at; nothing on the way of a record guesses. A guess has a confidence from
0 to 1 and a reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

__all__ = ["Column", "Guess", "contract_of", "rules_of"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column with some of its values (not null)."""

    name: str
    samples: tuple[Any, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """The words of the name: ``CustFirst_Name`` -> cust, first, name."""
        apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", self.name)
        return frozenset(re.findall(r"[a-zà-ÿ]+", apart.casefold()))

    @property
    def bare(self) -> str:
        """The name in small letters and digits only."""
        return re.sub(r"[^a-z0-9]", "", self.name.casefold())


@dataclass(frozen=True, slots=True)
class Guess:
    """A rule of a mapping as YAML, for the contract's ``field``; ``reason`` and ``confidence`` go into a comment."""

    field: str
    rule: str
    confidence: float
    reason: str


_TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "person/1": ("customer", "contact", "person", "people", "client", "employee", "member", "patient", "lead", "kunde",
                     "kunden", "kontakt", "mitarbeiter", "adresse"),
        "organization/1": ("company", "companies", "organization", "organisation", "account", "supplier", "vendor", "shipper",
                           "firma", "firmen", "lieferant", "lieferanten", "partner"),
        "invoice/1": ("invoice", "bill", "rechnung", "rechnungen", "faktura"),
        "product/1": ("product", "item", "article", "artikel", "produkt", "produkte"),
        "deal/1": ("deal", "opportunity", "opportunities", "angebot"),
        "ticket/1": ("ticket", "case", "incident", "issue", "request"),
        "user/1": ("user", "login", "benutzer"),
    }
)  # fmt: skip


def contract_of(table: str, columns: Sequence[Column]) -> tuple[str, float, str] | None:
    """Return contract, confidence and reason for a table, or None when nothing speaks for one."""
    words = Column(table).words
    singular = {word.removesuffix("s") for word in words} | words
    for contract, names in _TABLES.items():
        found = singular & set(names)
        if found:
            return contract, 0.8, f"the table is called {sorted(found)[0]}"
    bare = {column.bare for column in columns}
    if any("mail" in name for name in bare) and any("name" in name for name in bare):
        return "person/1", 0.4, "it has names and e-mail addresses"
    return None


def rules_of(contract: str, columns: Sequence[Column]) -> list[Guess]:
    """Return guessed rules for the fields of ``contract``."""
    maker = _MAKERS.get(contract)
    return [] if maker is None else maker(columns) + _stamps(columns)


def _find(columns: Sequence[Column], *patterns: str) -> Column | None:
    for pattern in patterns:
        for column in columns:
            if re.fullmatch(pattern, column.bare):
                return column
    return None


def _all(columns: Sequence[Column], pattern: str) -> list[Column]:
    return [column for column in columns if re.search(pattern, column.bare)]


def path(name: str) -> str:
    """Return a column's name as a path in a flow mapping of YAML."""
    if re.fullmatch(r"[A-Za-z_]\w*", name) and name not in ("true", "false", "null"):
        return name
    quoted = "'" + name.replace("'", "''") + "'"
    return '"' + quoted.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _simple(field: str, column: Column | None, use: str | None = None, *, required: bool = False) -> list[Guess]:
    if column is None:
        return []
    extra = (f", use: {use}" if use else "") + (", required: true" if required else "")
    return [Guess(field, f"{{path: {path(column.name)}{extra}}}", 0.7, f"by the name of {column.name!r}")]


def _person(columns: Sequence[Column]) -> list[Guess]:
    first = _find(columns, r"(first|given|fore)name.*", "vorname", "fname")
    last = _find(columns, r"(last|family|sur)name.*", "nachname", "lname", "familienname")
    whole = _find(
        columns, "fullname", "contactname", "displayname", r".*contactname", "name", r"(cust|customer|kunden)name"
    )
    guesses: list[Guess] = []
    if first and not last and whole and whole.bare in ("name", "name1"):
        last = whole
    if first and last:
        rule = f"{{join: [{path(first.name)}, {path(last.name)}], use: person_name, required: true}}"
        guesses.append(Guess("name.full", rule, 0.9, "given and family name"))
    elif whole or last:
        guesses += _simple("name.full", whole or last, "person_name", required=True)
    guesses += _simple("name.given", first, "person_name") + _simple("name.family", last, "person_name")
    guesses.append(Guess("kind", "{const: contact}", 0.5, "a table of customers"))
    return (
        guesses
        + _mails(columns)
        + _phones(columns)
        + _address(columns)
        + _simple("title", _find(columns, r".*(job|contact)?title", "position"), "text")
        + _dated("birth_date", _find(columns, r"(birth.*|born|dob|dateofbirth|geburt.*|geboren)"), day=True)
        + _active(columns)
    )


def _organization(columns: Sequence[Column]) -> list[Guess]:
    name = _find(
        columns, r"(company|organi[sz]ation|account|firm|firmen|supplier|vendor)name", "name", r"name1?", "firma"
    )
    guesses = _simple("name", name, "text", required=True)
    guesses.append(Guess("kind", "{const: company}", 0.5, "a table of firms"))
    website = _find(columns, "website", "homepage", "url", "web")
    return (
        guesses
        + ([Guess("websites", f"{{path: {path(website.name)}, use: url}}", 0.6, "by its name")] if website else [])
        + _mails(columns)
        + _phones(columns)
        + _address(columns)
        + _active(columns)
    )


def _product(columns: Sequence[Column]) -> list[Guess]:
    name = _find(columns, r"(product|item|article|artikel)?name", "title", "bezeichnung")
    price = _find(columns, r"(unit|list)?price", "preis")
    ended = _find(columns, "discontinued", "inactive")
    if ended:
        active = [Guess("active", f"{{path: {path(ended.name)}, use: not}}", 0.7, f"{ended.name!r} says the opposite")]
    else:
        active = _active(columns) or [Guess("active", "{const: true}", 0.3, "nothing says otherwise")]
    return (
        _simple("name", name, "text", required=True)
        + _simple("sku", _find(columns, "sku", "code", r".*(code|nr|number)"), "string")
        + _simple("description", _find(columns, r"description|beschreibung"), "multiline")
        + _simple("list_price", price, "money")
        + active
    )


def _invoice(columns: Sequence[Column]) -> list[Guess]:
    return [
        *_simple("number", _find(columns, r"(invoice|bill)?(number|no|nr)", "rechnungsnr"), "string"),
        Guess("kind", "{const: customer_invoice}", 0.4, "most invoices are"),
        Guess("status", "{const: unknown}", 0.2, "write a code table: {path: COLUMN, values: {native: word}}"),
        *_simple("currency", _find(columns, r"currency(code)?", "waehrung"), "currency", required=True),
        *_dated("issue_date", _find(columns, r"(invoice|issue|bill)?date", "datum"), day=True),
        *_dated("due_date", _find(columns, r"due(date)?", "faellig.*"), day=True),
        *_simple("total", _find(columns, r"(grand)?total(amount)?", "amount", "betrag", "summe"), "money"),
    ]


def _deal(columns: Sequence[Column]) -> list[Guess]:
    return [
        *_simple("title", _find(columns, "title", r".*name", "description"), "text", required=True),
        Guess("status", "{const: unknown}", 0.2, "write a code table: {path: COLUMN, values: {native: word}}"),
        *_simple("amount", _find(columns, "amount", "value", "betrag"), "money"),
    ]


def _ticket(columns: Sequence[Column]) -> list[Guess]:
    return [
        *_simple("number", _find(columns, r".*(number|no|nr)"), "string"),
        *_simple("subject", _find(columns, "subject", "title", r".*name", "betreff"), "text", required=True),
        *_simple("description", _find(columns, "description", "body", "text"), "rich_text"),
        Guess("status", "{const: unknown}", 0.2, "write a code table: {path: COLUMN, values: {native: word}}"),
    ]


def _user(columns: Sequence[Column]) -> list[Guess]:
    mail = _find(columns, r".*mail.*")
    return (
        _simple("name.full", _find(columns, "fullname", "displayname", "name", "username", "login"), "person_name")
        + _simple("email", mail, "email")
        + _active(columns)
    )


_MAKERS = {
    "person/1": _person,
    "organization/1": _organization,
    "product/1": _product,
    "invoice/1": _invoice,
    "deal/1": _deal,
    "ticket/1": _ticket,
    "user/1": _user,
}


def _mails(columns: Sequence[Column]) -> list[Guess]:
    found = _all(columns, r"mail")
    items = ", ".join(path(column.name) for column in found)
    return [Guess("emails", f"{{each: [{items}], use: email}}", 0.8, "by the name")] if found else []


def _phones(columns: Sequence[Column]) -> list[Guess]:
    found = _all(columns, r"(phone|^tel|mobile|handy|^fax|homepho)")
    country = _find(columns, r".*country.*", "land", "countrycode")
    use = f"{{phone: {{region: {{path: {path(country.name)}, use: country}}}}}}" if country else "phone"
    labels = {"mob": "mobile", "han": "mobile", "fax": "fax", "hom": "home"}
    items = ", ".join(f"{{path: {path(one.name)}, label: {labels.get(one.bare[:3], 'work')}}}" for one in found)
    return [Guess("phones", f"{{each: [{items}], use: {use}}}", 0.7, "by the name")] if found else []


def _address(columns: Sequence[Column]) -> list[Guess]:
    parts = {
        "lines": (_find(columns, r"(street|address|addr|strasse|straße).*", r".*(street|address)"), "lines"),
        "city": (_find(columns, "city", "town", "ort", "stadt", r".*city"), "text"),
        "region": (_find(columns, "region", "state", "province", "bundesland"), "text"),
        "postal_code": (_find(columns, r"(postal|post|zip).*", "plz"), "text"),
        "country_code": (_find(columns, r"country.*", "land", r".*country"), "country"),
    }
    fields = ", ".join(f"{name}: {{path: {path(one.name)}, use: {use}}}" for name, (one, use) in parts.items() if one)
    return [Guess("addresses", f"{{each: [{{fields: {{{fields}}}}}]}}", 0.7, "by the names")] if fields else []


_FLAGS = (("Y", "N"), ("J", "N"), ("S", "N"), ("T", "F"), ("yes", "no"), ("ja", "nein"))


def _active(columns: Sequence[Column]) -> list[Guess]:
    column = _find(columns, r"(is)?active", "aktiv", "enabled")
    if column is None:
        return []
    seen = {str(value).strip() for value in column.samples}
    for true, false in _FLAGS:
        if seen and seen <= {true, false}:
            rule = f"{{path: {path(column.name)}, use: {{boolean: {{true: [{true}], false: [{false}]}}}}}}"
            return [Guess("active", rule, 0.9, f"it holds {' and '.join(sorted(seen))}")]
    return [Guess("active", f"{{path: {path(column.name)}, use: boolean}}", 0.6, "by the name")]


def _stamps(columns: Sequence[Column]) -> list[Guess]:
    created = _find(columns, r"(date)?(created|entered|inserted)(at|on|date|time)?", "angelegt", r"creationdate")
    changed = _find(columns, r"(date)?(last)?(updated|modified|changed|update)(at|on|date|time)?", "geaendert")
    return _dated("created_at", created, day=False) + _dated("updated_at", changed, day=False)


def _dated(field: str, column: Column | None, *, day: bool) -> list[Guess]:
    """Guess how a date is written, by what is there; without values, ISO."""
    if column is None:
        return []
    written, reason = "iso", "by the name"
    texts = [str(value).strip() for value in column.samples if not isinstance(value, date | datetime)]
    if texts and all(re.fullmatch(r"(19|20)\d\d(0\d|1[0-2])[0-3]\d", text) for text in texts):
        written, reason = "yyyymmdd", f"it holds numbers like {texts[0]}"
    elif texts and all(re.fullmatch(r"[0-3]?\d\.[01]?\d\.\d{4}", text) for text in texts):
        written, reason = '"%d.%m.%Y"', f"it holds texts like {texts[0]}"
    use = f"{{{'date' if day else 'datetime'}: {{format: {written}}}}}"
    return [Guess(field, f"{{path: {path(column.name)}, use: {use}}}", 0.7, reason)]
