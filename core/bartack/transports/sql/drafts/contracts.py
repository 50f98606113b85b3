"""Which contract a foreign table may feed; only for drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bartack.transports.sql.drafts.columns import Columns, words

__all__ = ["ANCHORS", "CONSTANTS", "REFERENCES", "WORDS", "Fit", "fits"]


@dataclass(frozen=True, slots=True)
class Fit:
    """A contract a table may feed; ``when`` is the condition of the mapping that picks the rows for it."""

    contract: str
    confidence: float
    reason: str
    when: Mapping[str, Any] | None = None


_NOUNS: Mapping[str, str] = MappingProxyType(
    {
        noun: contract
        for contract, nouns in {
            "person/1": "contact person people employee member patient lead kontakt kontakte person personen mitarbeiter"
            " ansprechpartner adresse adressen",
            "organization/1": "company companies organization organisation account supplier vendor shipper manufacturer"
            " firm firma firmen lieferant lieferanten hersteller partner",
            "invoice/1": "invoice bill rechnung rechnungen faktura",
            "product/1": "product item article artikel produkt produkte",
            "deal/1": "deal opportunity opportunities verkaufschance verkaufschancen",
            "ticket/1": "ticket case incident issue vorgang vorgaenge",
            "activity/1": "activity activities task call meeting appointment note aktivitaet aktivitaeten termin termine aufgabe"
            " aufgaben notiz notizen",
            "user/1": "user login benutzer agent salesperson",
        }.items()
        for noun in nouns.split()
    }
)
_CUSTOMERS = frozenset("customer client kunde kunden debitor debitoren".split())
_SAYS_NOTHING = frozenset(
    "tbl table t v vw view list liste data daten master stamm crm erp all alle current aktuell".split()
)

ANCHORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "person/1": ("name.full",),
        "organization/1": ("name",),
        "product/1": ("name",),
        "deal/1": ("title",),
        "ticket/1": ("subject",),
        "invoice/1": ("total", "net_total", "number"),
        "activity/1": ("subject", "body"),
        "user/1": ("name.full", "email"),
    }
)
"""Fields of which at least one must come from a column; a table without any only sounds like the contract."""

REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "person/1": (("organizations", "organization/1"), ("owner", "user/1")),
        "organization/1": (("owner", "user/1"),),
        "deal/1": (("organization", "organization/1"), ("persons", "person/1"), ("owner", "user/1")),
        "ticket/1": (("organization", "organization/1"), ("requester", "person/1"), ("assignee", "user/1")),
        "invoice/1": (("party", "organization/1"), ("party", "person/1")),
        "activity/1": (("about", "organization/1"), ("about", "person/1"), ("owner", "user/1")),
    }
)
"""Contract -> fields that refer to records of another contract."""

_NO_STATUS = "nothing says it; write a code table: {path: …, values: {native: word}}"
CONSTANTS: Mapping[str, Mapping[str, tuple[Any, float, str]]] = MappingProxyType(
    {
        "person/1": {"kind": ("contact", 0.5, "people one has dealt with already")},
        "organization/1": {"kind": ("company", 0.5, "no households, no branches")},
        "product/1": {"active": (True, 0.3, "nothing says otherwise")},
        "deal/1": {"status": ("unknown", 0.2, _NO_STATUS)},
        "ticket/1": {"status": ("unknown", 0.2, _NO_STATUS)},
        "invoice/1": {
            "kind": ("unknown", 0.2, "customer_invoice, vendor_bill, credit_note? nothing says so"),
            "status": ("unknown", 0.2, _NO_STATUS),
        },
        "activity/1": {"kind": ("other", 0.2, "call, email, meeting, task, note? nothing says so")},
    }
)
"""Contract -> words, confidences and reasons for fields that no column was found for."""

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        field: {native: word for word, text in table.items() for native in text.split(", ")}
        for field, table in {
            "deal/1 status": {
                "open": "open, offen, new, neu, in progress, negotiation, proposal",
                "won": "won, gewonnen, closed won",
                "lost": "lost, verloren, closed lost, cancelled",
            },
            "ticket/1 status": {
                "new": "new, neu",
                "open": "open, offen",
                "pending": "pending, wartend",
                "on_hold": "on hold",
                "solved": "solved, resolved, gelöst",
                "closed": "closed, geschlossen, erledigt",
            },
            "ticket/1 priority": {
                "low": "low, niedrig",
                "normal": "normal, medium, mittel",
                "high": "high, hoch",
                "urgent": "urgent, dringend, critical",
            },
            "invoice/1 status": {
                "draft": "draft, entwurf",
                "open": "open, offen, sent, posted, overdue, überfällig",
                "partially_paid": "partially paid, teilbezahlt",
                "paid": "paid, bezahlt",
                "void": "void, cancelled, storniert",
            },
            "activity/1 kind": {
                "call": "call, anruf",
                "email": "email, e-mail",
                "meeting": "meeting, termin",
                "task": "task, aufgabe",
                "note": "note, notiz",
            },
        }.items()
    }
)
"""Contract and field -> common native words, in small letters, and the contract's word for each."""


def fits(table: str, columns: Columns) -> list[Fit]:
    """Return the contracts a table may feed, by its name first, then by its columns."""
    nouns = [word for word in words(table) if word not in _SAYS_NOTHING]
    for noun in reversed(nouns):
        sure = 0.8 if noun == nouns[-1] else 0.4
        forms = (noun, noun.removesuffix("s"))
        reason = f"called {noun}"
        if any(form in _CUSTOMERS for form in forms):
            return _customers(columns, sure, reason)
        contract = next((_NOUNS[form] for form in forms if form in _NOUNS), None)
        if contract is not None:
            return [Fit(contract, sure, reason)]
    if columns.find("given", "family") or (columns.find("name") and columns.find("email")):
        return [Fit("person/1", 0.4, "it has names and e-mail addresses")]
    return []


def _customers(columns: Columns, sure: float, reason: str) -> list[Fit]:
    """Tell persons from firms: customers may be both, in one table or even in one row."""
    parts, company = columns.find("given", "family"), columns.find("company")
    if parts is not None:
        return _by_code(columns, sure) or [Fit("person/1", sure, f"{reason}, and has {parts.name}")]
    contact = columns.find("contact")
    firm = [Fit("organization/1", sure, f"{reason}, and has {company.name}")] if company is not None else []
    person = [Fit("person/1", sure - 0.2, f"{reason}, and has {contact.name}")] if contact is not None else []
    return [*person, *firm] or [Fit("person/1", sure / 2, f"{reason}; persons, or are they firms?")]


def _by_code(columns: Columns, sure: float) -> list[Fit]:
    """Find a column of few codes that decides whether a row has a person's given or family name."""
    named = [one for one in (columns.find("given"), columns.find("family")) if one is not None]
    has_name = [
        any(str(value or "").strip() for value in row) for row in zip(*(one.values for one in named), strict=True)
    ]
    for column in columns.all:
        codes = set(column.values)
        if (
            column.over is not None
            or "'" in column.name
            or not 2 <= len(codes) <= 4
            or not all(isinstance(code, str) for code in codes)
        ):
            continue
        persons = {code for code, named_row in zip(column.values, has_name, strict=True) if named_row}
        blanks = {code for code, named_row in zip(column.values, has_name, strict=True) if not named_row}
        if persons and blanks and not persons & blanks and len(column.values) >= 2 * len(codes):
            reason = f"rows have a given or family name only where {column.name} is {' or '.join(sorted(persons))}"
            split = (("person/1", persons), ("organization/1", blanks))
            return [
                Fit(contract, sure - 0.1, reason, {"path": column.path, "in": sorted(some)}) for contract, some in split
            ]
    return []
