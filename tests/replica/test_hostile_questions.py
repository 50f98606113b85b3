"""Whatever is asked is answered or refused, in either database: no text of a question reaches it in a form that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError
from bartack.hub import Hub
from support.numbered import person
from support.replicas import people, synced

HOSTILE = {
    "nul": "a\x00b",
    "half a character": "\ud800",
    "sql": "'; DROP TABLE bartack_records;--",
    "backslash": "\\",
    "tsquery": "\\'':* & !(|",
    "fts5": '"a" OR NEAR(b c) ^open:*',
    "a megabyte": "a" * 1_000_000,
    "many words": " ".join(["w"] * 50_000),
    "the last character": "\U0010ffff",
    "a wildcard": "%_",
    "a separator": "\x1f",
}

ASKED: dict[str, Callable[[Hub, str], Any]] = {
    "search": lambda hub, text: hub.search("person", text),
    "equal": lambda hub, text: hub.query("person", where={"name.full": text}),
    "prefix": lambda hub, text: hub.query("person", where={"name.full": {"prefix": text}}),
    "a custom field": lambda hub, text: hub.query("person", where={f"custom.{text}": text}),
    "an order": lambda hub, text: hub.query("person", order_by=f"custom.{text}"),
    "a cursor": lambda hub, text: hub.query("person", cursor=text),
    "changes": lambda hub, text: hub.changes(cursor=text),
    "a source": lambda hub, text: hub.query("person", source=text),
    "refs": lambda hub, text: hub.get_many([f"crm/people/{text}"]),
    "linked": lambda hub, text: hub.linked(f"crm/people/{text}"),
    "get": lambda hub, text: hub.get(f"crm/people/{text}", cached=True),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_looked_for_or_refused(tmp_path: Path, store: dict[str, Any] | None, text: str) -> None:
    with synced(people(person(1, "Ann", email="ann@example.org")), tmp_path, store) as hub:
        for ask in ASKED.values():
            with suppress(ConfigError, AccessError):
                ask(hub, text)
        assert hub.query("person").total == 1
