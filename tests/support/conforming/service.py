"""The service behind the reference connector: people in pages, behind a cursor, with their number."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from bartack.testing.conformance.stage import answering, json_answer

__all__ = ["PEOPLE", "Service"]

PEOPLE: Sequence[Mapping[str, Any]] = tuple(
    {
        "id": f"p{number}",
        "name": name,
        "email": f"{number}@example.org",
        "state": "AB"[number % 2],
        "changed": f"2026-0{number}-01T10:00:00Z",
        "etag": f"e{number}",
    }
    for number, name in enumerate(("Ada Lovelace", "Zoë Müller", "", "Pieter van der Berg", "山田 太郎", "Bo"), start=1)
)
"""Six people; one of them has no name."""


class Service(BaseAdapter):
    """Answers requests for people, in the place of a network."""

    def __init__(self, people: Sequence[Mapping[str, Any]] = PEOPLE) -> None:
        super().__init__()
        self._people = people

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        asked = dict(parse_qsl(urlsplit(request.url or "").query))
        found = [one for one in self._people if one["changed"] >= asked.get("since", "")]
        begin, size = int(asked.get("cursor", "0")), int(asked["limit"])
        following = str(begin + size) if begin + size < len(found) else None
        page = {"data": found[begin : begin + size], "meta": {"next": following, "total": len(found)}}
        return answering(request, json_answer(json.dumps(page, ensure_ascii=False).encode()))

    def close(self) -> None:
        pass
