"""Every recorded answer of the CRMs normalizes or rejects with reasons; the sum of the lines is the number of rows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import bartack

STREAMS = {
    "hubspot": ("contacts", "companies", "deals", "engagements", "owners"),
    "salesforce": ("Account", "Contact", "Opportunity", "User"),
    "tryton": ("parties",),
}
NATIVE = {("tryton", "parties"): "party"}

ROW_LISTS = ("results", "records", "result", "contacts", "companies", "deals", "objects")


def counted(body: Any) -> int | None:
    """Count rows without Bartack: items of the list under a usual name, or of a bare list; None for anything else."""
    if isinstance(body, list):
        return len(body)
    return next((len(body[name]) for name in ROW_LISTS if isinstance(body.get(name), list)), None)


def bodies(corpus: Path, system: str, stream: str) -> list[tuple[dict[str, Any], bytes]]:
    folder = corpus / "payloads"
    files = json.loads((folder / "manifest.json").read_text())["files"]
    wanted = NATIVE.get((system, stream), stream)
    return [
        (one, (folder / one["file"]).read_bytes())
        for one in files
        if one["system"].split("-")[0] == system and one["stream"] == wanted
    ]


@pytest.mark.parametrize(
    ("system", "stream"), [(system, stream) for system, names in STREAMS.items() for stream in names]
)
def test_every_row_of_every_recording_is_accounted_for(corpus: Path, system: str, stream: str) -> None:
    recorded = bodies(corpus, system, stream)
    assert recorded
    for one, content in recorded:
        outcome = bartack.normalize(system, stream, content, status=one["status"])
        verdict = outcome.report.verdict
        assert len(outcome.items) + verdict.duplicates + verdict.tombstones + verdict.skipped == verdict.rows, one[
            "file"
        ]
        assert all(any(issue.severity == "error" for issue in reject.issues) for reject in outcome.rejects), one["file"]
        if one["status"] >= 400:
            assert outcome.error is not None, one["file"]
            assert outcome.error.message, one["file"]
        elif outcome.error is None:
            rows = counted(json.loads(content))
            assert verdict.rows == (1 if rows is None else rows), one["file"]
        else:
            assert verdict.rows == 0, one["file"]
            assert verdict.completeness == "failed", one["file"]


@pytest.mark.parametrize(
    ("system", "stream", "share"),
    [
        ("hubspot", "contacts", 1.0),
        ("hubspot", "engagements", 1.0),
        ("salesforce", "User", 1.0),
        ("tryton", "parties", 1.0),
    ],
)
def test_what_the_api_lists_is_delivered(corpus: Path, system: str, stream: str, share: float) -> None:
    """Of rows that are whole rows of the stream, so many become records."""
    books: Counter[str] = Counter()
    for one, content in bodies(corpus, system, stream):
        body = json.loads(content)
        rows = body.get("results", body.get("records", body.get("result"))) if isinstance(body, dict) else None
        whole = (
            isinstance(rows, list) and rows and all(isinstance(row, dict) and _is_whole(system, row) for row in rows)
        )
        if one["status"] == 200 and whole:
            verdict = bartack.normalize(system, stream, content).report.verdict
            books.update(rows=verdict.rows - verdict.skipped, delivered=verdict.delivered)
    assert books["rows"]
    assert books["delivered"] / books["rows"] >= share


def _is_whole(system: str, row: dict[str, Any]) -> bool:
    if system == "hubspot":
        properties = row.get("properties") or {}
        return "engagement" in row or bool(
            properties.get("email") or properties.get("lastname") or properties.get("firstname")
        )
    if system == "tryton":
        return "name" in row
    return "attributes" in row


@pytest.mark.parametrize(
    ("fields", "delivered"),
    [(("Id", "FirstName", "LastName"), True), (("FirstName",), True), (("Email",), False)],
)
def test_what_a_query_did_not_select_decides_whether_a_contact_can_be_made(
    corpus: Path, fields: tuple[str, ...], delivered: bool
) -> None:
    seen = 0
    for _, content in bodies(corpus, "salesforce", "Contact"):
        rows = json.loads(content).get("records") or []
        if not rows or not all(set(row) == {"attributes", *fields} for row in rows):
            continue
        outcome = bartack.normalize("salesforce", "Contact", content)
        assert (len(outcome.records) == len(rows)) == delivered
        assert all(one.ref.id.startswith("003") for one in outcome.items)
        if not delivered:
            assert {issue.code for reject in outcome.rejects for issue in reject.issues} == {"required.absent"}
        seen += len(rows)
    assert seen


def test_a_count_is_no_row_of_an_object(corpus: Path) -> None:
    outcome = bartack.normalize(
        "salesforce",
        "Account",
        b'{"totalSize": 1, "done": true, "records": [{"attributes": {"type": "AggregateResult"}, "expr0": 7}]}',
    )
    assert "key.absent" in {issue.code for issue in outcome.rejects[0].issues}


def test_an_html_page_of_hubspot_is_an_error_with_its_title(corpus: Path) -> None:
    import yaml

    recording = yaml.safe_load((corpus / "crm/hubspot/v3/contacts__find_missing_user_by_email.yaml").read_text())
    answer = recording["interactions"][0]["response"]
    outcome = bartack.normalize(
        "hubspot",
        "contacts",
        answer["body"]["string"],
        status=answer["status"]["code"],
        content_type=answer["headers"]["Content-Type"][0],
    )
    assert type(outcome.error).__name__ == "AccessError"
    assert outcome.report.verdict.completeness == "failed"
