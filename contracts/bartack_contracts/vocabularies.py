"""The closed vocabularies. Each holds ``unknown``: what a source says and no table knows is kept as raw text."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "ActivityKind",
    "ActivityStatus",
    "Channel",
    "DealSource",
    "DealStatus",
    "Direction",
    "Industry",
    "InvoiceKind",
    "InvoiceStatus",
    "Lifecycle",
    "OrganizationKind",
    "PersonKind",
    "Priority",
    "ProductKind",
    "TextFormat",
    "TicketStatus",
]

ActivityKind = Literal["call", "email", "meeting", "task", "note", "chat", "other", "unknown"]

ActivityStatus = Literal["planned", "done", "cancelled", "unknown"]

Channel = Literal["email", "phone", "web", "chat", "social", "api", "in_person", "other", "unknown"]
"""How a ticket came in."""

DealSource = Literal[
    "website",
    "search",
    "advertising",
    "social",
    "email",
    "phone",
    "referral",
    "partner",
    "event",
    "list",
    "other",
    "unknown",
]
"""How a deal came about; the common part of the vendors' lead sources."""

DealStatus = Literal["open", "won", "lost", "unknown"]

Direction = Literal["in", "out", "unknown"]
"""``in``: from the customer to the owner of the source; ``out``: the other way."""

Industry = Literal[
    "agriculture",
    "mining",
    "manufacturing",
    "energy",
    "water_and_waste",
    "construction",
    "trade",
    "transport",
    "hospitality",
    "information",
    "finance",
    "real_estate",
    "professional_services",
    "administrative_services",
    "public_administration",
    "education",
    "health",
    "arts_and_recreation",
    "other_services",
    "households",
    "extraterritorial",
    "unknown",
]
"""The sections A to U of ISIC Rev. 4 (United Nations), in order."""

InvoiceKind = Literal["customer_invoice", "vendor_bill", "credit_note", "debit_note", "unknown"]

InvoiceStatus = Literal["draft", "open", "partially_paid", "paid", "void", "written_off", "unknown"]

Lifecycle = Literal["subscriber", "lead", "qualified", "opportunity", "customer", "former", "other", "unknown"]
"""How far a person or organisation is on the way to being a customer."""

OrganizationKind = Literal["company", "household", "branch", "unknown"]

PersonKind = Literal["lead", "contact", "unknown"]

Priority = Literal["low", "normal", "high", "urgent", "unknown"]

ProductKind = Literal["goods", "service", "digital", "unknown"]

TextFormat = Literal["plain", "html", "markdown"]

TicketStatus = Literal["new", "open", "pending", "on_hold", "solved", "closed", "unknown"]
"""``pending``: waits for the requester; ``on_hold``: waits for a third party."""
