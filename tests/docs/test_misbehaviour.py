"""The table of upstream misbehaviours is what Bartack does today: each row is run, by the command that users type."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main
from bartack.testing import Answer, FaultServer, Request

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
CONFIG = """
[sources.tool]
connector = "http"
base_url = "{url}"
[sources.tool.streams.contacts]
path = "/contacts"
rows = "data"
key = "id"
total = "total"
paging = {{ kind = "cursor", next = "next", param = "cursor" }}
mapping = "contacts.yaml"
"""
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
custom_fields:
  score: {path: score, type: integer}
custom: true
"""
GOOD = [{"id": 1, "name": "Zoë", "score": 7}, {"id": 2, "name": "Ada", "score": 9}]
MISFITS = [
    {"id": 1, "name": "Zoë", "score": 7},
    {"id": "one", "name": "Ada", "score": 9},
    {"id": 3, "name": "Grace", "score": "7,5"},
    {"id": 4, "name": "Mary", "score": 8, "extra": "x"},
]


def said(document: Any) -> Callable[[Request], Answer]:
    return lambda _: Answer.json(document)


@dataclass(frozen=True)
class Misbehaviour:
    """What the source does, and what three other readers said to it (measured once, with these versions)."""

    what: str
    answer: Callable[[Request], Answer]
    airbyte: str
    dlt: str
    singer: str


HTML = Answer(b"<html><head><title>Maintenance</title></head></html>", "text/html")
ROWS = (
    Misbehaviour("healthy, 2 records", said({"data": GOOD}), "2 records", "2 rows", "2 records"),
    Misbehaviour(
        "the envelope is renamed, `data` to `results`",
        said({"results": GOOD}),
        "**0 records, no error, COMPLETE**",
        "**0 rows, no error**",
        "**0 records, exit OK**",
    ),
    Misbehaviour(
        '`{"status": "error", "code": "SESSION_EXPIRED"}`',
        said({"status": "error", "code": "SESSION_EXPIRED"}),
        "**0 records, COMPLETE**",
        "**0 rows**; with a guessed selector the error becomes a row",
        "**0 records, exit OK**",
    ),
    Misbehaviour("an HTML page about maintenance", lambda _: HTML, "**0 records, COMPLETE**", "raises", "raises JSONDecodeError"),
    Misbehaviour(
        '`{"id": "1", "name": null, "score": "7,5", "extra": "x"}`',
        said({"data": [{"id": "1", "name": None, "score": "7,5", "extra": "x"}]}),
        "passed on unchanged, COMPLETE",
        "passed on unchanged",
        "passed on, `extra` dropped with a warning",
    ),
    Misbehaviour(
        "the cursor never changes",
        said({"data": GOOD, "next": "again"}),
        "**205 requests**, 400 duplicates",
        "**204 requests**, 400 duplicates",
        "RuntimeError after 2 requests",
    ),
    Misbehaviour(
        "`total: 100`, and 2 records",
        said({"data": GOOD, "total": 100}),
        "2 records, COMPLETE",
        "2 rows",
        "not run",
    ),
    Misbehaviour(
        "4 rows, of which 3 do not fit (an id that is a word, `7,5`, a new field)",
        said({"data": MISFITS}),
        "not run",
        "**1 row** under the contract `discard_row`, nothing printed",
        "not run",
    ),
    Misbehaviour(
        '`{"id": 3.7, "name": 12, "score": "42", "active": "N"}`',
        said({"data": [{"id": 3.7, "name": 12, "score": "42", "active": "N"}]}),
        "not run",
        "not run",
        "12 of 13 standard tests pass",
    ),
)  # fmt: skip


@pytest.fixture
def bartack_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[Misbehaviour], str]:
    def told(row: Misbehaviour) -> str:
        with FaultServer(row.answer) as server:
            (tmp_path / "bartack.toml").write_text(CONFIG.format(url=server.url))
            (tmp_path / "contacts.yaml").write_text(MAPPING)
            capsys.readouterr()
            status = main(["read", "person", "--config", str(tmp_path), "--json"])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        verdict = next(line["verdict"] for line in lines if "verdict" in line)
        counts = [f"{verdict[name]} {name}" for name in ("delivered", "rejected", "duplicates") if verdict[name]]
        issues = [issue for line in lines for issue in next(iter(line.values())).get("issues", ())]
        found = [f"`{one['code']}` at `{one['path']}`" for one in issues if one["severity"] != "info"]
        errors = [f"{line['error']['type']}: {line['error']['message']}" for line in lines if "error" in line]
        reasons = [] if errors else verdict.get("reasons", [])
        asked = [f"{len(server.requests)} requests"] if len(server.requests) > 1 else []
        words = [verdict["completeness"], *counts, *asked]
        return f"**{', '.join(words)}**, exit {status}" + "".join(f"; {one}" for one in (*found, *errors, *reasons))

    return told


def test_the_table_on_the_page_is_what_happens(bartack_says: Callable[[Misbehaviour], str]) -> None:
    head = "| the source (always status 200) | airbyte-cdk 7.39.1 | dlt 1.31.0 | singer-sdk 0.54.9 | Bartack |"
    lines = [f"| {one.what} | {one.airbyte} | {one.dlt} | {one.singer} | {bartack_says(one)} |" for one in ROWS]
    table = "\n".join([head, "|---|---|---|---|---|", *lines, ""])
    assert table in PAGE.read_text(encoding="utf-8"), f"the table is now\n\n{table}"
