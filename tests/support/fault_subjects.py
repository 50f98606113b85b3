"""Good services for every built-in connector that speaks over HTTP, each with the truth of what it holds."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bartack.testing import Answer, Request, Shape
from support.soap_service import NAMESPACE, WSDL, envelope

__all__ = ["SUBJECTS", "Person", "Subject"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom every service knows."""

    name: str
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """Somebody as the services keep them."""

    number: int
    name: str

    @property
    def email(self) -> str:
        return f"p{self.number}@example.org"


PEOPLE = tuple(
    _Entry(number, name)
    for number, name in enumerate(
        (
            "Zoë Müller",
            "Siobhán O'Brien",
            "山田 太郎",
            "Jean-Luc Lefèvre",
            "Björk Guðmundsdóttir",
            "Zażółć Gęślą",
            "Ana María López",
            "Günther Grünwald",
            "Pieter van der Berg",
        ),
        start=101,
    )
)
PAGES = 3
_SIZE = len(PEOPLE) // PAGES


def _people(page: int) -> Sequence[_Entry]:
    return PEOPLE[_SIZE * (page - 1) : _SIZE * page]


def _number(cursor: str) -> int:
    """Return the page that a cursor stands for; a page without rows for one that nobody handed out."""
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 4 else PAGES + 1


@dataclass(frozen=True, slots=True)
class Subject:
    """A connector against a good service: how the service answers, how the source is configured, and what is true.

    ``prelude`` counts the requests before the first page. ``ids`` are the ids of the records, page after page.
    ``from_start``: faults are also played from the first page on. ``only``: the families of faults that say something new.
    """

    name: str
    answer: Callable[[Request], Answer]
    shape: Shape
    settings: Callable[[str, Path], Mapping[str, Any]]
    ids: Sequence[str] = tuple(str(one.number) for one in PEOPLE)
    stream: str = "people"
    prelude: int = 0
    content_type: str = "application/json"
    has_emails: bool = True
    from_start: bool = False
    only: str | None = None

    @property
    def truth(self) -> dict[str, Person]:
        """Who is delivered under which id."""
        people = (Person(one.name, (one.email,) if self.has_emails else ()) for one in PEOPLE)
        return dict(zip(self.ids, people, strict=True))

    @property
    def pages(self) -> tuple[tuple[str, ...], ...]:
        """The ids of each page."""
        return tuple(tuple(self.ids[_SIZE * page : _SIZE * (page + 1)]) for page in range(PAGES))


MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
"""


# http: an internal tool with a cursor and a total, and another one with addresses of the next page


def _tool(request: Request) -> Answer:
    page = _number(request.query.get("cursor", "1"))
    rows = [{"id": one.number, "name": one.name, "email": one.email} for one in _people(page)]
    following = str(page + 1) if page < PAGES else None
    return Answer.json({"items": rows, "next": following, "total": len(PEOPLE)}, page=page)


def _linked(request: Request) -> Answer:
    page = _number(request.query.get("page", "1"))
    rows = [{"id": one.number, "name": one.name, "email": one.email} for one in _people(page)]
    following = f"/people?page={page + 1}" if page < PAGES else None
    return Answer.json({"data": {"people": rows}, "links": {"next": following}, "more": page < PAGES}, page=page)


def _http(url: str, folder: Path, **stream: Any) -> Mapping[str, Any]:
    (folder / "people.yaml").write_text(MAPPING)
    given = {"path": "/people", "key": "id", "mapping": "people.yaml", **stream}
    token = {"auth": {"kind": "bearer"}, "token": {"env": "TOKEN"}}
    return {"connector": "http", "base_url": url, "streams": {"people": given}, **token}


def _tool_settings(url: str, folder: Path) -> Mapping[str, Any]:
    paging = {"kind": "cursor", "next": "next", "param": "cursor"}
    return _http(url, folder, rows="items", total="total", paging=paging)


def _linked_settings(url: str, folder: Path) -> Mapping[str, Any]:
    return _http(url, folder, rows="data.people", has_more="more", paging={"kind": "next_url", "path": "links.next"})


# hubspot


def _hubspot(request: Request) -> Answer:
    assert request.path == "/crm/v3/objects/contacts", request.path
    page = _number(request.query.get("after", "1"))
    rows = [
        {
            "id": str(one.number),
            "properties": {
                "firstname": None,
                "lastname": one.name,
                "email": one.email,
                "hs_object_id": str(one.number),
            },
            "createdAt": "2026-01-12T09:30:00.000Z",
            "updatedAt": "2026-11-02T08:00:00.000Z",
            "archived": False,
        }
        for one in _people(page)
    ]
    paging = {"paging": {"next": {"after": str(page + 1), "link": "https://elsewhere.example"}}} if page < PAGES else {}
    return Answer.json({"results": rows, **paging}, page=page)


def _hubspot_settings(url: str, _: Path) -> Mapping[str, Any]:
    return {"connector": "hubspot", "base_url": url, "token": {"env": "TOKEN"}}


# salesforce: the object is described first

_SERVICE = "/services/data/v60.0"
_FIELDS = ("Id", "SystemModstamp", "CreatedDate", "IsDeleted", "Name", "LastName", "Email")


def _sobject(one: _Entry) -> dict[str, Any]:
    identity = f"003D00000{one.number:06}AAA"
    attributes = {"type": "Contact", "url": f"{_SERVICE}/sobjects/Contact/{identity}"}
    return {
        "attributes": attributes,
        "Id": identity,
        "Name": one.name,
        "Email": one.email,
        "IsDeleted": False,
        "CreatedDate": "2026-01-12T09:30:00.000+0000",
        "SystemModstamp": "2026-11-02T08:00:00.000+0000",
    }


def _salesforce(request: Request) -> Answer:
    if request.path.endswith("/describe"):
        described = {"name": "Contact", "fields": [{"name": name} for name in _FIELDS], "childRelationships": []}
        return Answer.json(described)
    page = int(request.path.rpartition("-")[2]) if "-" in request.path else 1
    following = {"nextRecordsUrl": f"{_SERVICE}/query/01gD0000002HU6KIAW-{page + 1}"} if page < PAGES else {}
    rows = [_sobject(one) for one in _people(page)]
    return Answer.json({"totalSize": len(PEOPLE), "done": page == PAGES, **following, "records": rows}, page=page)


def _salesforce_settings(url: str, _: Path) -> Mapping[str, Any]:
    return {"connector": "salesforce", "base_url": url, "auth": "token", "token": {"env": "TOKEN"}}


# tryton: JSON-RPC, after the cassette tryton/parties/all


def _stamp(day: int) -> dict[str, Any]:
    return {"__class__": "datetime", "year": 2026, "month": 11, "day": day, "hour": 10, "minute": 38, "second": 29}


def _party(one: _Entry) -> dict[str, Any]:
    mail = {"name": None, "active": 1, "value": one.email, "type": "email", "id": one.number}
    return {
        "id": one.number,
        "name": one.name,
        "code": str(one.number),
        "active": 1,
        "create_date": _stamp(2),
        "write_date": _stamp(3),
        "addresses.": [],
        "contact_mechanisms.": [mail],
        "identifiers.": [],
        "lang.": None,
    }


def _tryton(request: Request) -> Answer:
    asked = request.document
    method = asked["method"].rpartition(".")[2]
    if method == "get_preferences":
        return Answer.json({"id": asked["id"], "result": {"company": 1, "language": "en", "rate": 0.5}})
    beyond = next((one[2] for one in asked["params"][0] if one[:2] == ["id", ">"]), 0)
    left = [one for one in PEOPLE if one.number > beyond]
    if method == "search_count":
        return Answer.json({"id": asked["id"], "result": len(left)})
    rows = [_party(one) for one in left[:_SIZE]]  # fewer rows than the connector asks for: a server may have a limit
    return Answer.json({"id": asked["id"], "result": rows}, page=PAGES - len(left) // _SIZE + 1)


def _tryton_settings(url: str, _: Path) -> Mapping[str, Any]:
    return {
        "connector": "tryton",
        "base_url": url,
        "database": "erp",
        "user": {"env": "USER_NAME"},
        "password": {"env": "TOKEN"},
    }


# soap: a token goes on, the total is told


def _soap(request: Request) -> Answer:
    if request.method == "GET":
        return Answer.xml(WSDL)
    text = request.content.decode()
    page = _number(text.partition(":token>")[2].partition("<")[0] or "1")
    rows = "".join(
        f"<customer><id>{one.number}</id><name>{html.escape(one.name, quote=False)}</name></customer>"
        for one in _people(page)
    )
    following = f"<next>{page + 1}</next>" if page < PAGES else ""
    inside = f"<total>{len(PEOPLE)}</total>{following}{rows}"
    answer = envelope(f'<ListCustomersResponse xmlns="{NAMESPACE}">{inside}</ListCustomersResponse>')
    return Answer.xml(answer, page=page)


def _soap_settings(url: str, folder: Path) -> Mapping[str, Any]:
    (folder / "people.yaml").write_text(MAPPING)
    stream = {
        "operation": "ListCustomers",
        "rows": "customer",
        "key": "id",
        "mapping": "people.yaml",
        "total": "total",
        "paging": {"kind": "token", "argument": "token", "token": "next"},
    }
    service = f"{url}/service"
    return {"connector": "soap", "wsdl": f"{service}?wsdl", "endpoint": service, "streams": {"people": stream}}


_SALESFORCE_IDS = tuple(_sobject(one)["Id"] for one in PEOPLE)
SUBJECTS = (
    Subject("http", _tool, Shape("items", "id", "name", next="next", total="total"), _tool_settings),
    Subject(
        "http-links",
        _linked,
        Shape("data.people", "id", "name", next="links.next", has_more="more", next_is_url=True),
        _linked_settings,
        only="PJ",
    ),
    Subject(
        "hubspot",
        _hubspot,
        Shape("results", "id", next="paging.next.after"),
        _hubspot_settings,
        stream="contacts",
    ),
    Subject(
        "salesforce",
        _salesforce,
        Shape("records", "Id", "Name", next="nextRecordsUrl", total="totalSize", has_more="done", next_is_url=True),
        _salesforce_settings,
        _SALESFORCE_IDS,
        stream="Contact",
        prelude=1,
    ),
    Subject("tryton", _tryton, Shape("result", "id", "name"), _tryton_settings, stream="parties", prelude=2),
    Subject(
        "soap",
        _soap,
        Shape("customer", "id", "name", next="next", total="total"),
        _soap_settings,
        prelude=1,
        content_type="text/xml",
        has_emails=False,
        from_start=True,
    ),
)
