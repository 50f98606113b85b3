"""A small REST source with a recording of three pages, and readers of it that are broken in one way each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bartack import Hub, config
from bartack.reading.source import Feed
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.transports.base import Body, Page, Query

URL = "https://crm.example.org"
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email}], use: email}
  birth_date: {path: born, use: date}
  active: {path: active, use: boolean}
  title: {path: job, use: text}
custom_fields:
  balance: {path: balance, type: decimal}
"""
ROWS = [
    {
        "id": number,
        "name": f"Zoë {number} Müller",
        "email": f"p{number}@example.org",
        "born": f"1970-01-0{number}",
        "active": number % 2 == 0,
        "job": "Boss" if number > 3 else "Clerk",
        "balance": 10.5 + number,
    }
    for number in range(1, 7)
]


def crm_feed(folder: Path) -> Feed:
    """Return the feed of the people of a CRM that wants a token."""
    (folder / "people.yaml").write_text(MAPPING, encoding="utf-8")
    stream = {
        "path": "/people",
        "rows": "items",
        "key": "id",
        "mapping": "people.yaml",
        "total": "total",
        "paging": {"kind": "cursor", "param": "after", "next": "next"},
    }
    source = {"connector": "http", "base_url": URL, "token": {"env": "CRM_TOKEN"}, "streams": {"people": stream}}
    hub = Hub(config.parse({"sources": {"crm": source}}, folder), environ={"CRM_TOKEN": "a-real-token"})
    (feed,) = hub.source("crm").feeds()
    return feed


def crm_cassette(path: Path = Path("people.yaml")) -> Cassette:
    """Return the recording: two people a page, led on by cursors."""
    return Cassette(path, [_page(number) for number in range(3)])


def _page(number: int) -> Interaction:
    document: dict[str, Any] = {"items": ROWS[2 * number : 2 * number + 2], "total": len(ROWS)}
    if number < 2:
        document["next"] = f"cursor-{number + 1}"
    address = f"{URL}/people" + (f"?after=cursor-{number}" if number else "")
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    return Interaction(RecordedRequest("GET", address), RecordedResponse(200, "OK", headers, body))


@dataclass(frozen=True)
class Careless:
    """A stream that passes everything on; each broken one differs in one way."""

    good: Any

    name = property(lambda self: self.good.name)
    mapping = property(lambda self: self.good.mapping)
    key = property(lambda self: self.good.key)
    evidence = property(lambda self: self.good.evidence)

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        yield from self.good.pages(session, query)

    def decode(self, body: Body) -> Page:
        page: Page = self.good.decode(body)
        return page


class Swallows(Careless):
    """Takes any error for the end."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        try:
            for page in self.good.pages(session, query):
                yield replace(page, total=None, next=None)
        except Exception:
            return


class Drops(Careless):
    """Leaves out rows that it does not like."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self.good.pages(session, query):
            kept = [row for row in page.rows if isinstance(row, dict) and isinstance(row.get("email"), str)]
            yield replace(page, rows=kept, total=None)


class Trusts(Careless):
    """Takes for granted that a row is an object with an address."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self.good.pages(session, query):
            for row in page.rows:
                row["email"] = row["email"].strip()
            yield page


class Repairs(Careless):
    """Puts a later page's text into rows that have nothing to do with it."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self.good.pages(session, query):
            odd = any(isinstance(row, dict) and row.get("job") is None for row in page.rows)
            rows = [{**row, "job": None} if odd and isinstance(row, dict) else row for row in page.rows]
            yield replace(page, rows=rows)


class Insists(Careless):
    """Asks again and again for what it does not get."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        while True:
            try:
                pages = list(self.good.pages(session, query))
            except Exception:
                continue
            yield from pages
            return


class Hangs(Careless):
    """Waits for something that never happens, when a row is none."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self.good.pages(session, query):
            if not all(isinstance(row, dict) for row in page.rows):
                threading.Event().wait(600)
            yield page


class Shows(Feed):
    """A feed whose pages are not searched for secrets."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        yield from self.stream.pages(session, query)
