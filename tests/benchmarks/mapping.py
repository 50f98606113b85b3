"""What a mapping costs, beside the same work written by hand and in jmespath: python tests/benchmarks/mapping.py

All read the same JSON pages of HubSpot contacts and make the same ``person/1`` values with the same normalizers, validated by
the same pydantic models. The variants take turns, so that a machine whose speed drifts cannot favour one; the ratio is the
median of the rounds. ``mapping`` keeps path, raw value and rule of every issue, counts unread paths and has its provenance
ready for ``explain``; the others do not.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import jmespath
from pydantic import TypeAdapter

from bartack.mapping.compiled import compile_mapping
from bartack.mapping.loader import load
from bartack.mapping.rules import Rule
from bartack.normalizers import builtin
from bartack.settings import Locale
from bartack_contracts import Person

PAGES, ROWS, ROUNDS = 20, 100, 9

MAPPING = """
contract: person/1
fields:
  name.full: {join: [properties.firstname, properties.lastname], use: person_name, required: true}
  name.given: {path: properties.firstname, use: person_name}
  name.family: {path: properties.lastname, use: person_name}
  kind: {const: contact}
  emails: {each: [{path: properties.email, label: work}], use: email}
  phones: {each: [{path: properties.phone, label: work}], use: {phone: {region: {path: properties.country, use: country}}}}
  addresses:
    each:
      - fields:
          lines: {path: properties.address, use: lines}
          city: {path: properties.city, use: text}
          postal_code: {path: properties.zip, use: text}
          country_code: {path: properties.country, use: country}
  title: {path: properties.jobtitle, use: text}
  lifecycle: {path: properties.lifecyclestage, values: {lead: lead, customer: customer}}
  created_at: {path: createdAt, use: datetime}
  updated_at: {path: updatedAt, use: datetime}
  deleted: archived
"""


def row(number: int) -> dict[str, Any]:
    """Return one invented contact."""
    return {
        "id": str(number),
        "properties": {
            "firstname": f"Zoë{number}",
            "lastname": "Müller",
            "email": f"zoe{number}@example.org",
            "phone": f"030 9018{number % 90 + 10}",
            "address": "Hauptstraße 1",
            "city": "Köln",
            "zip": "50667",
            "country": "DE",
            "jobtitle": "Buyer",
            "lifecyclestage": "customer" if number % 2 else "lead",
        },
        "createdAt": "2024-10-23T22:43:00.417Z",
        "updatedAt": "2024-11-23T22:43:00.417Z",
        "archived": False,
    }


REGISTRY = builtin()


def _normalizer(name: str) -> Any:
    return REGISTRY.get(name)


NAMES = ("person_name", "email", "phone", "country", "lines", "text", "datetime")
name_, email_, phone_, country_, lines_, text_, datetime_ = (_normalizer(name) for name in NAMES)
LIFECYCLE = {"lead": "lead", "customer": "customer"}
PEOPLE = TypeAdapter(list[Person])


def by_hand(rows: list[dict[str, Any]]) -> list[Person]:
    """Make people as a careful programmer would, without Bartack's mapping."""
    drafts = []
    for one in rows:
        p = one["properties"]
        country = country_(p["country"]) if p.get("country") else None
        phone = phone_(p["phone"], region=country) if p.get("phone") else None
        email = email_(p["email"]) if p.get("email") else None
        stage = p.get("lifecyclestage")
        drafts.append(
            {
                "name": {
                    "full": name_(" ".join(x for x in (p.get("firstname"), p.get("lastname")) if x)),
                    "given": name_(p["firstname"]) if p.get("firstname") else None,
                    "family": name_(p["lastname"]) if p.get("lastname") else None,
                },
                "kind": "contact",
                "emails": ({**email, "label": "work"},) if email else (),
                "phones": ({**getattr(phone, "value", phone), "label": "work"},) if phone else (),
                "addresses": (
                    {
                        "lines": lines_(p["address"]) if p.get("address") else (),
                        "city": text_(p["city"]) if p.get("city") else None,
                        "postal_code": text_(p["zip"]) if p.get("zip") else None,
                        "country_code": country,
                    },
                ),
                "title": text_(p["jobtitle"]) if p.get("jobtitle") else None,
                "lifecycle": {"value": LIFECYCLE.get(stage, "unknown"), "raw": stage} if stage else None,
                "created_at": datetime_(one["createdAt"]),
                "updated_at": datetime_(one["updatedAt"]),
                "deleted": one["archived"],
            }
        )
    return PEOPLE.validate_python(drafts)


EXPRESSION = jmespath.compile(
    "{first: properties.firstname, last: properties.lastname, email: properties.email, phone: properties.phone,"
    " address: properties.address, city: properties.city, zip: properties.zip, country: properties.country,"
    " title: properties.jobtitle, stage: properties.lifecyclestage, created: createdAt, updated: updatedAt, gone: archived}"
)
FIELDS = {
    "first": "firstname",
    "last": "lastname",
    "title": "jobtitle",
    "stage": "lifecyclestage",
    **{name: name for name in ("email", "phone", "address", "city", "zip", "country")},
}


def by_jmespath(rows: list[dict[str, Any]]) -> list[Person]:
    """Pick the values with jmespath, then go on by hand."""
    picked = []
    for one in rows:
        found = EXPRESSION.search(one)
        properties = {native: found[name] for name, native in FIELDS.items()}
        picked.append(
            {
                "properties": properties,
                "createdAt": found["created"],
                "updatedAt": found["updated"],
                "archived": found["gone"],
            }
        )
    return by_hand(picked)


def main() -> None:
    """Time the variants in turn and print the ratios."""
    compiled = compile_mapping(load(MAPPING, "m.yaml"), Person, Rule(path="id"), REGISTRY, Locale())
    texts = [json.dumps([row(page * ROWS + number) for number in range(ROWS)]) for page in range(PAGES)]

    def mapped(rows: list[dict[str, Any]]) -> list[Any]:
        return [outcome.value for outcome in compiled.page(rows, Counter())]

    variants: dict[str, Callable[[list[dict[str, Any]]], list[Any]]] = {
        "by hand, pydantic": by_hand,
        "mapping": mapped,
        "jmespath, pydantic": by_jmespath,
    }
    assert mapped(json.loads(texts[0])) == by_hand(json.loads(texts[0])) == by_jmespath(json.loads(texts[0]))
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(ROUNDS):
        for name, run in variants.items():
            started = time.process_time()
            for text in texts:
                run(json.loads(text))
            times[name].append((time.process_time() - started) / (PAGES * ROWS) * 1e6)
    hand = times["by hand, pydantic"]
    print(f"{PAGES * ROWS} records, {ROUNDS} rounds, processor time")
    for name, taken in times.items():
        ratio = statistics.median(one / other for one, other in zip(taken, hand, strict=True))
        print(f"{name:20} {statistics.median(taken):7.1f} us a record   x{ratio:.2f}")


if __name__ == "__main__":
    main()
