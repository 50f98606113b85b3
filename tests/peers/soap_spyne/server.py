"""The shared customers behind Spyne: server.py PORT CUSTOMERS.json. Runs on Python 3.8 to 3.11."""

# Spyne lives in an environment of its own and has no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator"

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from decimal import Decimal as Number
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

from spyne import (
    Application,
    Boolean,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Fault,
    Integer,
    Iterable,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

# Spyne takes the names of operations and elements from functions and their arguments.
# ruff: noqa: N802, N805

NAMESPACE = "urn:legacy.customers"


class Customer(ComplexModel):
    """One customer; Spyne leaves elements without a value out unless they must occur."""

    __namespace__ = NAMESPACE
    id = Integer(min_occurs=1)
    name = Unicode(min_occurs=1)
    given = Unicode
    family = Unicode
    email = Unicode(nillable=True)
    phone = Unicode
    street = Unicode
    postcode = Unicode
    city = Unicode
    country = Unicode
    balance = Decimal(min_occurs=1)
    created = DateTime(min_occurs=1)
    born = Date(min_occurs=1, nillable=True)
    active = Boolean(min_occurs=1)
    vat = Unicode


def customer(entry: dict[str, Any]) -> Customer:
    """Return one entry of the shared file as Spyne wants it."""
    return Customer(
        **{name: entry[name] for name in ("id", "name", "given", "family", "email", "street", "postcode", "city")},
        phone=" / ".join(entry["phones"]) or None,
        country=entry["country_text"],
        balance=Number(entry["balance"]),
        created=datetime.fromisoformat(padded(entry["created"])),
        born=date.fromisoformat(entry["born"]) if entry["born"] else None,
        active=entry["active"],
        vat=entry["vat"],
    )


def padded(moment: str) -> str:
    """Return an ISO moment in the one spelling that Python 3.8 reads."""
    return moment.replace("Z", "+00:00").replace(".999+", ".999000+")


def service(customers: dict[int, Customer]) -> type:
    """Return the service over these customers."""

    class CustomerService(ServiceBase):
        """Two operations, a fault for who is not there."""

        @rpc(Integer, _returns=Customer)
        def GetCustomer(ctx: Any, id: int) -> Customer:
            if id not in customers:
                raise Fault("Client.NotFound", f"no customer {id}", detail={"code": "E404"})
            return customers[id]

        @rpc(Integer(default=0), Integer(default=100), _returns=Iterable(Customer))
        def ListCustomers(ctx: Any, offset: int, limit: int) -> list[Customer]:
            return list(customers.values())[offset : offset + limit]  # spyne fails on a generator that yields nothing

    return CustomerService


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """A thread for every request: tests call from several at once."""

    daemon_threads = True


def main(port: str, path: str) -> None:
    """Serve until ended."""
    customers = {entry["id"]: customer(entry) for entry in json.loads(Path(path).read_text(encoding="utf-8"))}
    protocol = {"in_protocol": Soap11(validator="lxml"), "out_protocol": Soap11()}
    application = Application([service(customers)], NAMESPACE, name="CustomerService", **protocol)
    make_server("127.0.0.1", int(port), WsgiApplication(application), ThreadingServer).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
