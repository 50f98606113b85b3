"""Fill a fresh Tryton over its own JSON-RPC: seed.py URL PASSWORD CUSTOMERS.json. Standard library only.

The shared customers become parties with addresses, contact mechanisms and identifiers. Around them stands the least
business that Tryton asks for: a company, an employee, a chart of accounts, one fiscal year, two products, four sales
opportunities and three invoices.
"""

from __future__ import annotations

import base64
import json
import sys
import urllib.request
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

VAT_TYPES = {"GB": "gb_vat", "CH": "ch_vat"}  # the others are members of the European Union
COUNTRIES = {
    "AT": "Austria",
    "CH": "Switzerland",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IS": "Iceland",
    "JP": "Japan",
    "NL": "Netherlands",
    "PL": "Poland",
}


class Tryton:
    """A logged-in session of the user admin."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        uid, key = self.call("common.db.login", "admin", {"password": password}, "en")[:2]
        token = base64.b64encode(f"admin:{uid}:{key}".encode()).decode()
        self._headers["Authorization"] = f"Session {token}"
        self.user: int = uid
        self.context: dict[str, Any] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take the user's preferences (company, language) as the context of all further calls."""
        self.context = self.call("model.res.user.get_preferences", True, {})

    def call(self, method: str, *params: Any) -> Any:
        """Call a method, say yes to its warnings; raise RuntimeError with Tryton's own words when it refuses."""
        body = json.dumps({"id": 0, "method": method, "params": params}, default=_encode).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, body, self._headers), timeout=120) as answer:
            outcome = json.load(answer)
        if "error" not in outcome:
            return outcome["result"]
        kind, words = outcome["error"][:2]
        if kind != "UserWarning":
            raise RuntimeError(f"{method}: {kind}: {words}")
        self.create("res.user.warning", {"user": self.user, "name": words[0]})
        return self.call(method, *params)

    def create(self, model: str, *values: dict[str, Any]) -> list[int]:
        """Create records and return their ids."""
        created: list[int] = self.call(f"model.{model}.create", values, self.context)
        return created

    def write(self, model: str, number: int, **values: Any) -> None:
        """Change the record with this id."""
        self.call(f"model.{model}.write", [number], values, self.context)

    def find(self, model: str, *domain: tuple[str, str, Any]) -> int:
        """Return the id of the first record of a domain."""
        found: list[int] = self.call(f"model.{model}.search", domain, 0, 1, None, self.context)
        return found[0]

    def press(self, model: str, button: str, *ids: int) -> None:
        """Press a button on records."""
        self.call(f"model.{model}.{button}", ids, self.context)


def _encode(value: object) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"no Tryton spelling for {value!r}")


def add_company(tryton: Tryton) -> int:
    """Create a company in euro and make it the user's own; return its id."""
    (euro,) = tryton.create("currency.currency", {"name": "Euro", "code": "EUR", "symbol": "€"})
    tryton.create("currency.currency.rate", {"currency": euro, "date": date(2000, 1, 1), "rate": Decimal(1)})
    (party,) = tryton.create("party.party", {"name": "Riegel & Naht GmbH", "code": "OWN", "addresses": []})
    (company,) = tryton.create("company.company", {"party": party, "currency": euro, "timezone": "Europe/Berlin"})
    tryton.write("res.user", tryton.user, companies=[["add", [company]]], company=company)
    tryton.refresh()
    return company


def add_employee(tryton: Tryton, company: int) -> int:
    """Create an employee with a login; return the employee's id."""
    (party,) = tryton.create("party.party", {"name": "Jana Novák", "code": "STAFF-1", "addresses": []})
    (employee,) = tryton.create("company.employee", {"party": party, "company": company})
    user = {"name": "Jana Novák", "login": "jana", "email": "jana@riegel-naht.example"}
    own = {"companies": [["add", [company]]], "company": company, "employees": [["add", [employee]]]}
    tryton.create("res.user", {**user, **own, "employee": employee})
    return employee


def add_customers(tryton: Tryton, customers: list[dict[str, Any]]) -> dict[int, int]:
    """Create one party for each customer; return party ids by customer id."""
    ids = tryton.create("country.country", *({"code": code, "name": name} for code, name in COUNTRIES.items()))
    countries = dict(zip(COUNTRIES, ids, strict=True))
    parties = tryton.create("party.party", *(party(entry, countries) for entry in customers))
    for entry, number in zip(customers, parties, strict=True):
        if not entry["active"]:  # Tryton refuses to add anything to an inactive party, so that this comes last
            tryton.write("party.party", number, active=False)
    return {entry["id"]: number for entry, number in zip(customers, parties, strict=True)}


def party(entry: dict[str, Any], countries: dict[str, int]) -> dict[str, Any]:
    """Return the party of one customer, with what belongs to it."""
    address = {
        "street": entry["street"],
        "postal_code": entry["postcode"],
        "city": entry["city"],
        "country": countries[entry["country"]],
    }
    identifiers = [{"type": VAT_TYPES.get(entry["country"], "eu_vat"), "code": entry["vat"]}] if entry["vat"] else []
    return {
        "name": entry["name"],
        "code": str(entry["id"]),
        "addresses": [["create", [address]]],
        "contact_mechanisms": [["create", contact_mechanisms(entry)]],
        "identifiers": [["create", identifiers]],
    }


def contact_mechanisms(entry: dict[str, Any]) -> list[dict[str, str]]:
    """Return telephone numbers, fax numbers and the e-mail address of one customer."""
    mechanisms = [{"type": telephone_kind(number), "value": number} for number in entry["phones"]]
    return mechanisms + ([{"type": "email", "value": entry["email"]}] if entry["email"] else [])


def telephone_kind(number: str) -> str:
    """Return what a clerk would choose for this number."""
    return "fax" if "Fax" in number else "mobile" if number.startswith("01") else "phone"


def add_accounts(tryton: Tryton, company: int) -> dict[str, int]:
    """Create the minimal English chart of accounts and the fiscal year 2025; return account ids by kind."""
    template = tryton.call("model.ir.model.data.get_id", "account", "account_template_root_en", tryton.context)
    session, _, _ = tryton.call("wizard.account.create_chart.create", tryton.context)
    forms: dict[str, Any] = {"account": {"company": company, "account_template": template}}
    tryton.call("wizard.account.create_chart.execute", session, forms, "create_account", tryton.context)
    kinds = ("receivable", "payable", "revenue", "expense")
    accounts = {
        kind: tryton.find("account.account", (f"type.{kind}", "=", True), ("closed", "!=", True)) for kind in kinds
    }
    forms["properties"] = {
        "company": company,
        "account_receivable": accounts["receivable"],
        "account_payable": accounts["payable"],
        "category_account_revenue": accounts["revenue"],
        "category_account_expense": accounts["expense"],
    }
    tryton.call("wizard.account.create_chart.execute", session, forms, "create_properties", tryton.context)
    add_fiscal_year(tryton, company)
    return accounts | {"tax": tryton.find("account.account", ("code", "=", "6.3.6"))}


def add_fiscal_year(tryton: Tryton, company: int) -> None:
    """Create the fiscal year 2025 with its periods and the sequences that number its invoices."""

    def sequence(kind: str) -> int:
        type_ = tryton.find("ir.sequence.type", ("name", "=", kind))
        return tryton.create("ir.sequence.strict", {"name": "2025", "sequence_type": type_, "company": company})[0]

    uses = ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note")
    invoices = {f"{use}_sequence": sequence("Invoice") for use in uses}
    year = {"name": "2025", "start_date": date(2025, 1, 1), "end_date": date(2025, 12, 31), "company": company}
    own = {
        "move_sequence": sequence("Account Move"),
        "invoice_sequences": [["create", [{"company": company, **invoices}]]],
    }
    tryton.press("account.fiscalyear", "create_period", *tryton.create("account.fiscalyear", {**year, **own}))


def add_tax(tryton: Tryton, company: int, accounts: dict[str, int]) -> int:
    """Create a sales tax of 19 percent."""
    account = accounts["tax"]
    named = {"name": "USt 19 %", "description": "USt 19 %", "company": company}
    rated = {"type": "percentage", "rate": Decimal("0.19"), "invoice_account": account, "credit_note_account": account}
    return tryton.create("account.tax", {**named, **rated})[0]


def add_products(tryton: Tryton, accounts: dict[str, int], tax: int) -> list[int]:
    """Create a good and a service; return the ids of their variants."""
    books = {"accounting": True, "account_revenue": accounts["revenue"], "account_expense": accounts["expense"]}
    (category,) = tryton.create("product.category", {"name": "Sewing", **books, "customer_taxes": [["add", [tax]]]})
    unit = tryton.find("product.uom", ("name", "=", "Unit"))
    hour = tryton.find("product.uom", ("name", "=", "Hour"))
    sold = {"salable": True, "account_category": category}
    thread = {"name": "Nähgarn Größe 40", "code": "0040", "type": "goods", "default_uom": unit, "sale_uom": unit}
    fitting = {"name": "Anprobe / Fitting", "code": "SVC-1", "type": "service", "default_uom": hour, "sale_uom": hour}
    templates = tryton.create(
        "product.template",
        {**thread, **sold, "list_price": Decimal("4.9500"), "products": [["create", [{"suffix_code": "BLK"}]]]},
        {**fitting, **sold, "list_price": Decimal("85"), "products": [["create", [{}]]]},
    )
    return [tryton.find("product.product", ("template", "=", template)) for template in templates]


def add_opportunities(tryton: Tryton, parties: dict[int, int], employee: int, product: int) -> None:
    """Create a lead, an opportunity with a line, a lost and a cancelled one."""
    line = {"product": product, "quantity": 25.0, "unit": tryton.find("product.uom", ("name", "=", "Unit"))}
    opportunities = (
        {
            "description": "Segel für Zoë",
            "party": parties[101],
            "amount": Decimal("1800.00"),
            "start_date": date(2025, 3, 1),
        },
        {
            "description": "Garn, Jahresbedarf",
            "party": parties[102],
            "amount": Decimal("123.75"),
            "employee": employee,
            "conversion_probability": 0.75,
            "start_date": date(2025, 4, 15),
            "end_date": date(2025, 12, 31),
            "lines": [["create", [line]]],
        },
        {"description": "Uniforms", "party": parties[106], "start_date": date(2024, 11, 5), "lost_reason": "Too dear"},
        {"description": "Kimono", "party": parties[104], "amount": Decimal(0), "start_date": date(2025, 1, 6)},
    )
    _, open_, lost, cancelled = tryton.create("sale.opportunity", *opportunities)
    tryton.press("sale.opportunity", "opportunity", open_)
    tryton.press("sale.opportunity", "lost", lost)
    tryton.press("sale.opportunity", "cancel", cancelled)


def add_invoices(
    tryton: Tryton, company: int, parties: dict[int, int], accounts: dict[str, int], tax: int, product: int
) -> None:
    """Create a posted invoice with tax, a posted credit note and a draft."""
    journal = tryton.find("account.journal", ("type", "=", "revenue"))
    (term,) = tryton.create(
        "account.invoice.payment_term",
        {
            "name": "14 days",
            "lines": [["create", [{"type": "remainder", "relativedeltas": [["create", [{"days": 14}]]]}]]],
        },
    )
    unit = tryton.find("product.uom", ("name", "=", "Unit"))

    def invoice(customer: int, day: date, description: str, *lines: tuple[str, float, str]) -> dict[str, Any]:
        return {
            "type": "out",
            "company": company,
            "party": parties[customer],
            "invoice_address": tryton.find("party.address", ("party", "=", parties[customer])),
            "account": accounts["receivable"],
            "journal": journal,
            "payment_term": term,
            "invoice_date": day,
            "description": description,
            "lines": [["create", [line(*parts) for parts in lines]]],
        }

    def line(description: str, quantity: float, price: str) -> dict[str, Any]:
        return {
            "type": "line",
            "product": product,
            "unit": unit,
            "account": accounts["revenue"],
            "description": description,
            "quantity": quantity,
            "unit_price": Decimal(price),
            "taxes": [["add", [tax]]],
        }

    posted, credit, _ = tryton.create(
        "account.invoice",
        invoice(101, date(2025, 3, 31), "Segel", ("Segeltuch, 2. Wahl", 12.0, "7.9900"), ("Garn", 3.0, "4.9500")),
        invoice(106, date(2025, 6, 30), "Credit", ("Returned thread", -10.0, "4.9500")),
        invoice(102, date(2025, 7, 1), "Entwurf", ("Nici", 100.0, "0.0333")),
    )
    tryton.press("account.invoice", "post", posted, credit)


def main(url: str, password: str, path: str) -> None:
    """Seed everything, in the order in which one thing needs the other."""
    tryton = Tryton(url, password)
    company = add_company(tryton)
    employee = add_employee(tryton, company)
    parties = add_customers(tryton, json.loads(Path(path).read_text(encoding="utf-8")))
    accounts = add_accounts(tryton, company)
    tax = add_tax(tryton, company, accounts)
    thread, _ = add_products(tryton, accounts, tax)
    add_opportunities(tryton, parties, employee, thread)
    add_invoices(tryton, company, parties, accounts, tax, thread)


if __name__ == "__main__":
    main(*sys.argv[1:])
