"""Hubs with invoices and persons in their store, for whoever asks the replica."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bartack.hub import Hub
from support.numbered import Estate, NumberedConnector, hub_of, person

__all__ = ["INVOICES", "invoice", "invoices", "people", "synced"]

INVOICES = """\
contract: invoice/1
fields:
  number: {path: id}
  kind: {const: customer_invoice}
  status: {path: status, values: {open: open, paid: paid, void: void}}
  party: {ref: person/1, id: customer, name: customer_name}
  issue_date: {path: issued, use: {date: {format: iso}}}
  paid_at: {path: paid, use: {moment: {format: iso}}}
  lines: {over: lines, fields: {description: {path: text}, quantity: {path: quantity, use: decimal}}}
  total.amount: {path: total, use: decimal}
  total.currency: {const: EUR}
  currency: {const: EUR}
  deleted: {path: gone}
  updated_at: {path: changed, use: {datetime: {format: iso}}}
custom: true
"""


def invoice(number: int, **more: Any) -> dict[str, Any]:
    return {**person(number), "status": "open", "total": "10.00", **more}


def invoices(*rows: dict[str, Any], page_size: int = 50) -> type[NumberedConnector]:
    """Return a connector with invoices, as many to a page as is said."""
    estates = {"invoices": Estate(list(rows), page_size=page_size)}
    return type(
        "Invoices", (NumberedConnector,), {"estates": estates, "down": [], "mapping": INVOICES, "__module__": __name__}
    )


def people(*rows: dict[str, Any]) -> type[NumberedConnector]:
    estates = {"people": Estate(list(rows), page_size=50)}
    return type("People", (NumberedConnector,), {"estates": estates, "down": [], "__module__": __name__})


def synced(kind: type[NumberedConnector], folder: Path, store: dict[str, Any] | None = None, **more: Any) -> Hub:
    """Return a hub whose sources have been synced."""
    hub = hub_of(kind, folder, store=store, sync={"gate": False}, surprises={"too_many_rejects": "accept"}, **more)
    assert {one.state for one in hub.sync(full=True)} == {"published"}
    return hub
