"""What is neither secret nor personal stays: over the recordings of four systems, and their pages still follow each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartack import registry
from bartack.reading.personal import columns_of
from bartack.reading.source import Source, offline
from bartack.recording import Cassette, Personal, Scrubber, ScrubKey, Tokens
from bartack.transports.base import Body, Page, Runtime

pytestmark = pytest.mark.corpus

TOKENS = Tokens(ScrubKey("a key for tests, 16+"))
FOLDERS = {"hubspot": "hubspot", "salesforce": "salesforce", "tryton": "tryton-8.2", None: "odoo-14"}

# What is personal in these recordings by a reader's eye, by the last name of a path or by a look at the value.
PERSONAL_NAMES = re.compile(
    r"first.?name|last.?name|nick.?name|display.?name|full.?name|contact_name|mail|phone|mobile|fax|street|address|city|zip"
    r"|state|website|username|body|subject|html|text|description|^name$|^rec_name$|^Name$",
    re.IGNORECASE,
)
PERSONAL_VALUES = re.compile(r"@|\+\d[\d ()-]{7,}|^[\d ()-]{7,}$")
Leaf = tuple[tuple[str, ...], str]


def leaves(node: object, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, path)
    else:
        yield path, str(node)


def values(body: bytes) -> list[Leaf]:
    try:
        return list(leaves(json.loads(body)))
    except ValueError:
        text = body.decode("utf-8", "replace")
        return [(("xml", found[1]), found[2]) for found in re.finditer(r"<([\w:.-]+)[^<>]*>([^<]*)<", text)]


def is_personal(path: tuple[str, ...], value: str) -> bool:
    # HubSpot's "value" belongs to the property above it, or beside it, and so do its older versions.
    path = path[:-2] if path[-2:] == ("versions", "value") else path
    named = any(PERSONAL_NAMES.search(key) for key in path[-2:])
    return named or bool(PERSONAL_VALUES.search(value)) or path[-2:] == ("properties", "value") or path[0:1] == ("xml",)


def source_of(connector: str) -> Source:
    plugins = registry.load({connector})
    return offline(plugins.connector(connector), connector, plugins, Runtime())


@pytest.mark.parametrize("connector", FOLDERS)
def test_less_than_one_in_a_hundred_other_values_changes(corpus: Path, connector: str | None) -> None:
    columns = columns_of(source_of(connector)) if connector else {}
    scrub = Scrubber((), Personal(TOKENS, columns))
    seen = changed = personal = 0
    examples: set[tuple[str, ...]] = set()
    for file in sorted((corpus / "crm" / FOLDERS[connector]).rglob("*.yaml")):
        for item in Cassette.load(file).interactions:
            for body in (item.request.body or b"", item.response.body):
                before, after = values(body), values(scrub.body(body))
                assert len(before) == len(after), file
                for (path, old), (_, new) in zip(before, after, strict=True):
                    seen += 1
                    if new in (old, "scrubbed"):
                        continue
                    if is_personal(path, old):
                        personal += 1
                    else:
                        changed += 1
                        examples.add(path)
    print(f"\n{FOLDERS[connector]}: {seen} values, {personal} personal ones replaced, {changed} others changed")
    assert seen > 500
    assert personal > 5
    assert changed / seen < 0.01, sorted(examples)[:20]


@pytest.mark.parametrize("connector", ["hubspot", "salesforce", "tryton"])
def test_pages_of_a_scrubbed_recording_lead_to_the_same_rows(corpus: Path, connector: str) -> None:
    """Whatever an answer says of ids, next pages, totals and moments of change is as it was."""
    source = source_of(connector)
    scrub = Scrubber((), Personal(TOKENS, columns_of(source)))
    compared = 0
    for file in sorted((corpus / "crm" / FOLDERS[connector]).rglob("*.yaml")):
        for item in Cassette.load(file).interactions:
            body = item.response.body
            cleaned = scrub.body(body)
            for stream in source.streams:
                before, after = (_page(source, stream.name, one) for one in (body, cleaned))
                assert (before is None) == (after is None), (file, stream.name)
                if before is not None and after is not None and before.rows:
                    compared += 1
                    assert _frame(before) == _frame(after), (file, stream.name)
    print(f"\n{connector}: {compared} pages compared")
    assert compared >= 10


def _page(source: Source, stream: str, body: bytes) -> Page | None:
    from bartack.errors import BartackError

    try:
        return source.stream(stream).decode(Body(body))
    except BartackError:
        return None


def _frame(page: Page) -> tuple[object, ...]:
    return len(page.rows), page.next, page.total, page.has_more, list(map(_identity, page.rows))


def _identity(row: object) -> object:
    names = ("id", "Id", "vid", "updatedAt", "SystemModstamp")
    return [(name, row[name]) for name in names if name in row] if isinstance(row, dict) else row
