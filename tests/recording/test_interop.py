"""Cassettes of ours in other clients, and of vcrpy in ours; and many threads, and asyncio, on one cassette with no network."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import vcr
from requests.adapters import BaseAdapter

from bartack import Hub, aio, config
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, recording, replaying
from bartack.recording.fuse import network_fuse
from bartack_contracts import Person
from support.http_vendor import running_vendor

SessionOn = Callable[[BaseAdapter], requests.Session]
SUFFIXES = pytest.mark.parametrize("suffix", ["yaml", "json"])


def read(url: str) -> bytes:
    """Ask with the client of the standard library, which unpacks nothing."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        return bytes(answer.read())


def player(suffix: str) -> vcr.VCR:
    return vcr.VCR(record_mode="none", serializer=suffix)


@SUFFIXES
def test_a_packed_answer_of_requests_is_played_by_vcrpy_to_urllib_and_to_requests(
    tmp_path: Path, source: str, session_on: SessionOn, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    with recording(path) as recorder:
        live = session_on(recorder).get(f"{source}/gzip", headers={"Accept-Encoding": "gzip"}).content
    with network_fuse(), player(suffix).use_cassette(str(path)) as cassette:
        assert read(f"{source}/gzip") == live
        assert (cassette.play_count, cassette.all_played) == (1, True)
    with network_fuse(), player(suffix).use_cassette(str(path)), requests.Session() as client:
        client.trust_env = False
        assert client.get(f"{source}/gzip").content == live


@SUFFIXES
def test_what_vcrpy_recorded_through_urllib_is_played_here(
    tmp_path: Path, source: str, session_on: SessionOn, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    with vcr.VCR(record_mode="all", serializer=suffix).use_cassette(str(path)) as cassette:
        cassette.get_metadata("made_by", "somebody")
        live = read(f"{source}/contacts?page=1"), read(f"{source}/contacts?page=2")
    replay = replaying(path)
    with network_fuse():
        client = session_on(replay)
        assert tuple(client.get(f"{source}/contacts?page={page}").content for page in (1, 2)) == live
    assert not replay.unplayed


def test_vcrpy_loads_json_with_bytes_and_plays_their_base64(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    answer = RecordedResponse(200, "OK", (("Content-Type", "image/png"),), b"\x89PNG")
    Cassette(path, [Interaction(RecordedRequest("GET", "http://crm.example/a"), answer)]).save()
    with player("json").use_cassette(str(path)):
        assert read("http://crm.example/a") == b"iVBORw=="


@SUFFIXES
def test_eight_threads_record_and_replay_a_hundred_answers_each(
    tmp_path: Path, source: str, session_on: SessionOn, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    asked = [f"{source}/contacts?thread={thread}&page={page}" for thread in range(8) for page in range(100)]
    with recording(path) as recorder, ThreadPoolExecutor(8) as pool:
        live = list(pool.map(lambda url: session_on(recorder).get(url).content, asked))
    assert Counter(one.request.uri for one in Cassette.load(path).interactions) == Counter(asked)
    replay = replaying(path)
    with network_fuse(), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda url: session_on(replay).get(url).content, asked)) == live
    assert not replay.unplayed


def test_two_cassettes_record_at_once_and_neither_has_anything_of_the_other(
    tmp_path: Path, source: str, session_on: SessionOn
) -> None:
    with (
        recording(tmp_path / "a.yaml") as first,
        recording(tmp_path / "b.yaml") as second,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda n: session_on((first, second)[n % 2]).get(f"{source}/{'ab'[n % 2]}?n={n}"), range(200)))
    for name in ("a", "b"):
        uris = [one.request.uri for one in Cassette.load(tmp_path / f"{name}.yaml").interactions]
        assert len(uris) == 100
        assert all(f"/{name}?n=" in uri for uri in uris)


TOML = """
[sources.{name}]
connector = "http"
base_url = "{url}"
record = "{name}.yaml"
[sources.{name}.streams.people]
path = "/{name}"
rows = "items"
key = "id"
mapping = "rules.yaml"
"""


def test_asyncio_records_and_replays_two_sources_at_once_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: name, use: person_name}\n  kind: {const: contact}\n"
    )

    async def refs(hub: Hub) -> list[str]:
        reads = [aio.AsyncRead(hub.read(Person, source=name)) for name in ("crm", "erp", "crm", "erp")]
        found = await asyncio.gather(*map(gathered, reads))
        return sorted(str(ref) for one in found for ref in one)

    async def gathered(read: aio.AsyncRead[Person]) -> list[object]:
        return [record.ref async for record in read]

    with running_vendor() as vendor:
        for name in ("crm", "erp"):
            vendor.on(f"/{name}", {"items": [{"id": f"{name}{n}", "name": f"Person {n}"} for n in range(50)]})
        text = "".join(TOML.format(name=name, url=vendor.url) for name in ("crm", "erp"))
        (tmp_path / "bartack.toml").write_text(text, encoding="utf-8")
        with Hub(config.load(tmp_path / "bartack.toml")) as hub:
            live = asyncio.run(refs(hub))
    tapes = {name: Cassette.load(tmp_path / f"{name}.yaml") for name in ("crm", "erp")}
    assert {
        name: {json.loads(one.response.body)["items"][0]["id"] for one in tape.interactions}
        for name, tape in tapes.items()
    } == {
        "crm": {"crm0"},
        "erp": {"erp0"},
    }
    assert [len(tape) for tape in tapes.values()] == [2, 2]
    (tmp_path / "bartack.toml").write_text(text.replace("record = ", "# "), encoding="utf-8")
    with network_fuse(), Hub(config.load(tmp_path / "bartack.toml"), replay=dict(tapes)) as hub:
        assert asyncio.run(refs(hub)) == live
    assert len(live) == 200
