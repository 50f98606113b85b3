"""Answers that real systems gave to other programs, put into a recording of ours and turned hostile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from bartack import Hub, config
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.source import Feed
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, replaying
from bartack.transports.base import Query
from bartack.twins import Trial, try_twins
from bartack.twins.watching import stilled

SETTINGS: dict[str, dict[str, Any]] = {
    "hubspot": {"token": {"env": "TOKEN"}},
    "salesforce": {"auth": "token", "token": {"env": "TOKEN"}},
    "tryton": {"database": "peer", "user": {"env": "TOKEN"}, "password": {"env": "TOKEN"}},
}
FILED = {"tryton": ("tryton-8.2", {"party": "parties"})}
"""Under which name the corpus files a system, and its streams where they are called otherwise."""


class _Answers(BaseAdapter):
    """Answers whatever is asked with one recorded body, and keeps what was asked."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content
        self.kept: list[Interaction] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        headers = (("Content-Type", "application/json"),)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        content = self.content
        if body and b'"method"' in body:
            content = _rpc(json.loads(body), content)
        elif (request.url or "").endswith("/describe"):
            content = _described(content)
        answer = RecordedResponse(200, "OK", headers, content)
        self.kept.append(Interaction(RecordedRequest(request.method or "", request.url or "", (), body), answer))
        return replaying(Cassette(Path("one.yaml"), self.kept[-1:])).send(request)

    def close(self) -> None:
        pass


def _rpc(call: dict[str, Any], content: bytes) -> bytes:
    """Answer Tryton's calls before the rows: the user's preferences, and how many rows there are."""
    if call["method"].endswith("search_read"):
        return content
    rows = json.loads(content).get("result")
    counted = len(rows) if isinstance(rows, list) else 1
    return json.dumps({"id": 0, "result": counted if call["method"].endswith("count") else {"language": "en"}}).encode()


def _described(content: bytes) -> bytes:
    """Answer what Salesforce is asked before the rows: which fields there are."""
    document = json.loads(content)
    rows = document.get("records", []) if isinstance(document, dict) else []
    fields = [{"name": name} for row in rows for name in row]
    return json.dumps({"name": "x", "fields": fields, "childRelationships": []}).encode()


def bodies(corpus: Path, connector: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield the answers of one system that a stream may have given: file, stream, body."""
    system, streams = FILED.get(connector, (connector, {}))
    for one in json.loads((corpus / "payloads/manifest.json").read_text())["files"]:
        if one["system"] == system and one["status"] == 200:
            content = (corpus / "payloads" / one["file"]).read_bytes()
            yield one["file"], streams.get(one["stream"], one["stream"]), _listed(content)


def _listed(content: bytes) -> bytes:
    """Return a single record of HubSpot as the list of one that a list of records would be."""
    document = json.loads(content)
    is_single = isinstance(document, dict) and {"id", "properties"} <= set(document)
    return json.dumps({"results": [document]}).encode() if is_single else content


def recorded(feed: Feed, content: bytes) -> Cassette | None:
    """Return a recording in which the source gives one body; None where a stream makes no rows of it, or asks for more."""
    network = _Answers(content)
    still = stilled(feed)
    source = replace(still.source, runtime=replace(still.source.runtime, adapter=network))
    read = FeedRead(still, Limit(None))
    with source.open() as session:
        list(read.run(session, Query()))
    return Cassette(Path("corpus.yaml"), network.kept) if read.error is None and read.account.rows else None


def trials(corpus: Path, connector: str, folder: Path, count: int | None) -> Iterator[tuple[str, Trial]]:
    given = {"connector": connector, "base_url": "https://crm.example.org", **SETTINGS[connector]}
    hub = Hub(config.parse({"sources": {"crm": given}}, folder), environ={"TOKEN": "a-real-token-0123"})
    feeds = hub.source("crm").feeds()
    for file, stream, content in bodies(corpus, connector):
        for feed in feeds:
            if feed.stream.name == stream and (cassette := recorded(feed, content)) is not None:
                yield file, try_twins(feed, cassette, seed=2, count=count)


@pytest.mark.parametrize(("connector", "least"), [("hubspot", 15), ("salesforce", 5), ("tryton", 3)])
def test_no_twin_of_a_real_answer_is_too_much(corpus: Path, tmp_path: Path, connector: str, least: int) -> None:
    tried = 0
    for file, trial in trials(corpus, connector, tmp_path, 20):
        assert not trial.violations, "\n".join(f"{file}: {one}" for one in trial.violations)
        assert trial.count >= 20
        tried += 1
    assert tried >= least
