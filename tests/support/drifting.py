"""Rows as HubSpot and Salesforce send them, as many as one likes, and the eight ways in which they drift.

The forms are those of the recordings; the connectors' own mappings read them. All chance comes from the ``random.Random`` that is
passed in.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from bartack import registry
from bartack.drift.facts import Facts
from bartack.drift.shape import Shape
from bartack.mapping.compiled import CompiledMapping
from bartack.reading.source import offline
from bartack.transports.base import Runtime

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PAGE = 100
Make = Callable[[Random, int], dict[str, Any]]

FIRST = "Anna Zoë Jürgen Bob Chloé Peter Søren Maria Ivan Łukasz John Jane Ada Grace Alan Linus Mary Paul".split()
LAST = "Müller Smith Meyer Lindström García Novák Jones Brown Davis Schäfer Weiß Wood Hill Becker Klein Wolf".split()
FIRMS = "Acme Köhler Initech Nordström Hooli Umbrella Müller&Söhne Stark Wayne Globex Société Vandelay".split()
CITIES = "Köln Berlin München Zürich London Paris Malmö Kraków Boston Lyon".split()
STAGES = "appointmentscheduled qualifiedtobuy presentationscheduled contractsent closedwon closedlost".split()
SALESFORCE_STAGES = ["Prospecting", "Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost"]
LIFE = "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer".split()


def maybe(rng: Random, share: float, value: Any, empty: Any = None) -> Any:
    """The value, or in ``share`` of all cases what the source sends in its place."""
    return empty if rng.random() < share else value


def moment(rng: Random) -> datetime:
    return NOW - timedelta(seconds=rng.randrange(60 * 60 * 24 * 900))


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def hubspot_contact(rng: Random, number: int) -> dict[str, Any]:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    firm = rng.choice(FIRMS)
    properties = {
        "firstname": maybe(rng, 0.01, first),
        "lastname": maybe(rng, 0.02, last),
        "email": maybe(rng, 0.02, f"{first[0]}.{number}@example.org".lower()),
        "phone": maybe(rng, 0.3, f"+49 30 9018{rng.randrange(10, 99)}", ""),
        "company": maybe(rng, 0.1, f"{firm} {rng.choice(['GmbH', 'Ltd', 'SA'])}"),
        "jobtitle": maybe(rng, 0.4, rng.choice(["Buyer", "CEO", "Geschäftsführer", "Head of IT", "Assistant"])),
        "address": maybe(
            rng, 0.03, f"{rng.choice(['Hauptstraße', 'Rue Carnot', 'High Street'])} {rng.randrange(1, 99)}"
        ),
        "city": maybe(rng, 0.02, rng.choice(CITIES)),
        "zip": maybe(rng, 0.02, f"{rng.randrange(10000, 99999)}"),
        "lifecyclestage": maybe(rng, 0.01, rng.choices(LIFE, weights=[9, 30, 12, 6, 20, 25])[0]),
        "hs_language": maybe(rng, 0.5, rng.choice(["de", "en", "fr"])),
        "hubspot_owner_id": maybe(rng, 0.02, str(rng.choice([81, 82, 83, 97]))),
    }
    made = moment(rng)
    return {
        "id": str(100_000 + number),
        "properties": properties,
        "createdAt": iso(made),
        "updatedAt": iso(made + timedelta(days=rng.randrange(90))),
        "archived": False,
    }


def hubspot_deal(rng: Random, number: int) -> dict[str, Any]:
    stage = rng.choices(STAGES, weights=[20, 15, 12, 9, 25, 19])[0]
    closed = stage.startswith("closed")
    amount = round(rng.lognormvariate(9, 1.2), 2)
    made = moment(rng)
    properties = {
        "dealname": f"{rng.choice(FIRMS)} {rng.choice(['renewal', 'Erweiterung', 'café', 'pilot'])} {number}",
        "dealstage": stage,
        "pipeline": rng.choices(["default", "partners"], weights=[8, 2])[0],
        "amount": maybe(rng, 0.02, f"{amount:.2f}"),
        "hs_forecast_amount": maybe(rng, 0.03, f"{amount / 2:.2f}"),
        "deal_currency_code": maybe(rng, 0.01, rng.choices(["EUR", "USD", "CHF"], weights=[70, 25, 5])[0]),
        "hs_deal_stage_probability": maybe(rng, 0.02, rng.choice(["0.2", "0.4", "0.6", "0.9", "1", "0"])),
        "hs_is_closed": "true" if closed else "false",
        "hs_is_closed_won": "true" if stage == "closedwon" else "false",
        "closedate": maybe(rng, 0.03, iso(made + timedelta(days=rng.randrange(200)))),
        "closed_lost_reason": maybe(rng, 0.8, rng.choice(["zu teuer", "no budget", "Konkurrenz größer"])),
        "hubspot_owner_id": maybe(rng, 0.02, str(rng.choice([81, 82, 83, 97]))),
        "createdate": iso(made),
    }
    return {
        "id": str(900_000 + number),
        "properties": properties,
        "associations": {"companies": {"results": [{"id": str(rng.randrange(10**6)), "type": "deal_to_company"}]}},
        "createdAt": iso(made),
        "updatedAt": iso(made + timedelta(days=rng.randrange(90))),
        "archived": False,
    }


def salesforce_opportunity(rng: Random, number: int) -> dict[str, Any]:
    stage = rng.choices(SALESFORCE_STAGES, weights=[20, 25, 15, 25, 15])[0]
    amount = Decimal(str(round(rng.lognormvariate(8, 1.5), 2)))
    made = moment(rng)
    currency = rng.choices(["EUR", "USD", "GBP"], weights=[60, 30, 10])[0]
    lines = [
        {
            "Id": f"00kA{number:08}{at}",
            "Product2Id": f"01tA{rng.randrange(10**8):08}",
            "Description": maybe(rng, 0.2, rng.choice(["Wartung jährlich", "licence", "support"])),
            "Quantity": rng.randrange(1, 40),
            "UnitPrice": Decimal(str(round(rng.lognormvariate(5, 1), 2))),
            "TotalPrice": Decimal(str(round(rng.lognormvariate(6, 1), 2))),
        }
        for at in range(rng.randrange(3))
    ]
    return {
        "attributes": {"type": "Opportunity", "url": f"/services/data/v60.0/sobjects/Opportunity/006A{number}"},
        "Id": f"006A{number:011}",
        "Name": f"{rng.choice(FIRMS)} – {rng.choice(['Ausbau', 'renewal', 'naïve plan'])}",
        "StageName": stage,
        "IsClosed": stage.startswith("Closed"),
        "IsWon": stage == "Closed Won",
        "Amount": maybe(rng, 0.02, amount),
        "ExpectedRevenue": maybe(rng, 0.02, amount / 2),
        "CurrencyIsoCode": currency,
        "Probability": rng.choice([10, 20, 50, 75, 100, 0]),
        "CloseDate": (made + timedelta(days=rng.randrange(200))).date().isoformat(),
        "LeadSource": maybe(rng, 0.02, rng.choice(["Web", "Phone Inquiry", "Partner Referral", "Other"])),
        "AccountId": maybe(rng, 0.01, f"001A{rng.randrange(500):011}"),
        "Account": {"Name": rng.choice(FIRMS)},
        "OwnerId": f"005A{rng.randrange(9):011}",
        "Owner": {"Name": f"{rng.choice(FIRST)} {rng.choice(LAST)}"},
        "OpportunityLineItems": {"totalSize": len(lines), "done": True, "records": lines} if lines else None,
        "CreatedDate": iso(made),
        "SystemModstamp": iso(made),
        "IsDeleted": False,
        "Region__c": rng.choice(["North", "South"]),
    }


@dataclass(frozen=True)
class Kind:
    """One stream: how its rows are made, and what of it can drift how."""

    system: str
    stream: str
    make: Make
    usual: tuple[str, ...]
    """Paths that most rows have."""
    rarely_empty: tuple[str, ...]
    amounts: tuple[str, ...]
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    """Paths with letters beyond ASCII."""

    @property
    def mapping(self) -> CompiledMapping:
        return compiled(self.system, self.stream)

    @property
    def shape(self) -> Shape:
        return shaped(self.system, self.stream)

    def rows(self, rng: Random, count: int) -> list[dict[str, Any]]:
        return [self.make(rng, rng.randrange(10**6)) for _ in range(count)]

    def facts(self, rows: Sequence[Any]) -> Facts:
        """The facts of a read of these rows, by pages of a hundred."""
        mapping = self.mapping
        facts = Facts(source=self.system, stream=self.stream, contract=mapping.model.contract, mapping=mapping.digest)
        for at in range(0, len(rows), PAGE):
            page = rows[at : at + PAGE]
            facts.page(page, mapping.page(page, Counter()), self.shape, at=NOW, seconds=0.2)
        return facts


@cache
def compiled(system: str, stream: str) -> CompiledMapping:
    plugins = registry.load({system})
    source = offline(plugins.connector(system), system, plugins, Runtime(clock=lambda: NOW))
    return source.feeds(stream=stream)[0].mapping


@cache
def shaped(system: str, stream: str) -> Shape:
    return Shape.of(compiled(system, stream))


def _in(owner: str, names: str) -> tuple[str, ...]:
    return tuple(f"{owner}.{name}" for name in names.split())


KINDS = (
    Kind(
        "hubspot",
        "contacts",
        hubspot_contact,
        usual=(*_in("properties", "firstname lastname email company address city zip lifecyclestage hubspot_owner_id"), "createdAt", "updatedAt"),
        rarely_empty=_in("properties", "firstname lastname email city zip lifecyclestage hubspot_owner_id address"),
        amounts=(),
        codes=("properties.lifecyclestage",),
        texts=_in("properties", "firstname lastname company city address jobtitle"),
    ),
    Kind(
        "hubspot",
        "deals",
        hubspot_deal,
        usual=(*_in("properties", "dealname dealstage pipeline amount deal_currency_code hs_is_closed closedate hubspot_owner_id createdate"), "updatedAt"),
        rarely_empty=_in("properties", "amount hs_forecast_amount deal_currency_code hs_deal_stage_probability closedate hubspot_owner_id"),
        amounts=_in("properties", "amount hs_forecast_amount hs_deal_stage_probability"),
        codes=_in("properties", "dealstage deal_currency_code hs_is_closed"),
        texts=_in("properties", "dealname closed_lost_reason"),
    ),
    Kind(
        "salesforce",
        "Opportunity",
        salesforce_opportunity,
        usual=tuple("Name StageName IsClosed Amount ExpectedRevenue CurrencyIsoCode Probability CloseDate LeadSource AccountId OwnerId Owner.Name CreatedDate Region__c".split()),
        rarely_empty=tuple("Amount ExpectedRevenue CurrencyIsoCode LeadSource AccountId StageName CloseDate Probability Owner.Name".split()),
        amounts=("Amount", "ExpectedRevenue", "OpportunityLineItems.records[].UnitPrice", "OpportunityLineItems.records[].TotalPrice", "OpportunityLineItems.records[].Quantity"),
        codes=("StageName", "CurrencyIsoCode", "LeadSource"),
        texts=("Name", "Account.Name", "Owner.Name"),
    ),
)  # fmt: skip


def holders(row: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of a row that hold the last name of a path, with that name."""
    *way, last = path.split(".")
    objects = [row]
    for name in way:
        found = [one.get(name.removesuffix("[]")) for one in objects]
        objects = [
            one for inner in found for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, dict)
        ]
    return ((one, last) for one in objects if last in one)


def changed(
    rows: Sequence[dict[str, Any]], path: str, change: Callable[[dict[str, Any], str], None]
) -> list[dict[str, Any]]:
    """Copies of the rows with ``change`` made wherever they have ``path``."""
    copies = copy.deepcopy(list(rows))
    for row in copies:
        for owner, name in holders(row, path):
            change(owner, name)
    return copies


def flipped(value: Any) -> Any:
    """The value in another JSON type, as systems do when they are upgraded."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, str):
        return int(value) if value.isdigit() else {"value": value}
    return value


def grown(value: Any) -> Any:
    """An amount a hundred times as large, in the form it had."""
    if isinstance(value, str):
        return str(Decimal(value) * 100)
    return value if value is None else value * 100


DAMAGE: tuple[Callable[[str], str], ...] = (
    lambda text: text.encode().decode("cp1252", "replace"),
    lambda text: text.encode("cp1252", "replace").decode("utf-8", "replace"),
    lambda text: text.encode("ascii", "replace").decode(),
)
