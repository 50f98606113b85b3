"""A source of invoices whose rows a test changes, with a clock that goes on: what the review queue is tried with."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bartack.hub import Hub
from bartack.reviewing.proposing import Proposals
from support.numbered import NOW, Estate, NumberedConnector, hub_of, person

__all__ = ["INVOICE", "World", "invoice"]

INVOICE = """\
contract: invoice/1
fields:
  number: {path: id, required: true}
  kind: {const: customer_invoice}
  currency: {path: money, values: {zloty: PLN, euro: EUR}, required: true}
  status: {path: status, values: {open: open, paid: paid}}
  total: {path: total, use: {money: {currency: {path: currency}}}, required: true}
  issue_date: {path: issued, use: date, required: true}
  updated_at: {path: changed, use: {datetime: {format: iso}}}
"""


def invoice(number: int, **more: Any) -> dict[str, Any]:
    usual = {"total": "10.00", "currency": "PLN", "issued": "2026-03-04", "money": "zloty", "status": "open"}
    return person(number, **{**usual, **more})


class World:
    """A source whose rows the test changes, and a clock that goes on."""

    def __init__(self, folder: Path, mapping: str, *rows: dict[str, Any], **tables: Any) -> None:
        self.estate = Estate(list(rows), incremental=False)
        self.now = NOW
        self.estate.now = self.clock
        about = {"estates": {"people": self.estate}, "down": [], "mapping": mapping, "__module__": __name__}
        kind = type("Vendor", (NumberedConnector,), about)
        surprises = {"too_many_rejects": "accept"}
        tables = {"sync": {"gate": False}, "surprises": surprises, **tables}
        self.hub: Hub = hub_of(kind, folder, clock=self.clock, **tables)

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def sync(self) -> None:
        (ended,) = self.hub.sync()
        assert ended.state == "published", ended

    def proposals(self, number: int = 1) -> Proposals:
        return self.hub.review.show(number).proposals
