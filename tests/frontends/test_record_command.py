"""``bartack cassette record``: a source that is there becomes recordings; here it is a served recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bartack.frontends.cli import main
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.revisions import revision
from bartack.recording.serving import CassetteServer

ORIGIN = "https://crm.example.org"
CONFIG = """
[sources.crm]
connector = "http"
base_url = "{url}"
limits = {{ attempts = 1 }}
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
paging = {{ kind = "cursor", next = "next", param = "cursor" }}
mapping = "people.yaml"
"""
PAGES: dict[str, object] = {
    "/people": {"items": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}], "next": "b"},
    "/people?cursor=b": {"items": [{"id": 3, "name": "Cy"}]},
}
FILE = "cassettes/http/people/all.yaml"


def answered(target: str, document: object, status: int = 200) -> Interaction:
    headers = (("Content-Type", "application/json"),)
    answer = RecordedResponse(status, "", headers, json.dumps(document).encode())
    return Interaction(RecordedRequest("GET", ORIGIN + target), answer)


@contextmanager
def source(folder: Path, pages: dict[str, object], status: int = 200) -> Iterator[CassetteServer]:
    """Serve pages, and configure a source of them."""
    items = [answered(target, document, status) for target, document in pages.items()]
    with CassetteServer(Cassette("people.yaml", items)) as server:
        (folder / "bartack.toml").write_text(CONFIG.format(url=server.addresses[ORIGIN]), encoding="utf-8")
        yield server


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "people.yaml").write_text(
        "contract: person/1\nfields: {name.full: name, kind: {const: contact}}\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def record(*options: str) -> int:
    return main(["cassette", "record", "crm", *options])


def test_what_is_recorded_can_be_replayed_when_the_source_has_gone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(here, PAGES):
        assert record() == 0
    out = capsys.readouterr().out
    assert f"crm/people: 2 interactions in {FILE}" in out
    assert "complete, live: 3 rows, 3 delivered" in out
    assert main(["cassette", "replay", FILE]) == 0
    assert main(["cassette", "doctor"]) == 0


def test_a_limit_is_kept_with_the_recording_so_that_its_replay_ends_there(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(here, PAGES):
        assert record("--limit", "2", "--scenario", "two") == 0
    path = "cassettes/http/people/two.yaml"
    assert len(Cassette.load(path)) == 1
    assert main(["cassette", "replay", path]) == 0
    assert "limited" in capsys.readouterr().out


def test_each_contract_of_a_stream_gets_as_many_records_as_the_limit_allows(here: Path) -> None:
    firms = "contract: organization/1\nwhen: {path: id, in: ['3']}\nfields: {name: name, kind: {const: company}}\n"
    with source(here, PAGES):
        config = Path("bartack.toml")
        text = config.read_text(encoding="utf-8").replace('"people.yaml"', '["people.yaml", "firms.yaml"]')
        config.write_text(text, encoding="utf-8")
        Path("firms.yaml").write_text(firms, encoding="utf-8")
        assert record("--limit", "1") == 0
    assert len(Cassette.load(FILE)) == 2  # the only firm is on the second page
    assert main(["cassette", "replay", FILE]) == 0


def test_what_the_source_answers_otherwise_is_told_when_it_is_recorded_again(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(here, PAGES):
        assert record() == 0
    earlier = Cassette.load(FILE)
    with source(here, {"/people": {"items": [{"id": 9, "name": "Di"}]}}) as server:
        Cassette(FILE, [_moved(item, server.addresses[ORIGIN]) for item in earlier.interactions]).save()
        assert record("--again") == 0
    out = capsys.readouterr().out
    assert "since it was recorded last: 1 removed, 1 changed" in out


def _moved(item: Interaction, origin: str) -> Interaction:
    """Return an interaction as if it had been recorded at another port."""
    path = item.request.uri.partition("//")[2].partition("/")[2]
    return replace(item, request=replace(item.request, uri=f"{origin}/{path}"))


def test_a_recording_is_not_written_over_unless_that_is_wanted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with source(here, PAGES) as server:
        assert record() == 0
        before = Path(FILE).read_bytes()
        asked = server.counts["answered"]
        assert record() == 2
        assert "--again" in capsys.readouterr().err
        assert (Path(FILE).read_bytes(), server.counts["answered"]) == (before, asked)
        assert record("--again", "--json") == 0
    recorded, verdict = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [recorded["recorded"][kind] for kind in ("added", "removed", "changed")] == [[], [], []]
    assert verdict["verdict"]["delivered"] == 3


def test_a_read_that_failed_is_not_written_unless_it_is_wanted_as_a_scenario(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(here, {"/people": {"error": "no"}}, status=403):
        assert record() == 3
        assert "not written: the read failed" in capsys.readouterr().out
        assert not Path("cassettes").exists()
        assert record("--keep-failed") == 2
        assert record("--keep-failed", "--scenario", "forbidden") == 3
    (item,) = Cassette.load("cassettes/http/people/forbidden.yaml").interactions
    assert item.response.status == 403


def test_ci_does_not_record_unless_it_is_told_to(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    with source(here, PAGES) as server:
        assert record() == 2
        assert "--in-ci" in capsys.readouterr().err
        assert not server.counts
        assert record("--in-ci") == 0


@pytest.mark.parametrize("name", ["resumed", "../all", ""])
def test_a_scenario_has_a_plain_name(here: Path, name: str) -> None:
    with source(here, PAGES):
        assert record("--scenario", name) == 2


def test_one_stream_can_be_written_to_a_file_of_its_own(here: Path) -> None:
    with source(here, PAGES):
        assert record("--stream", "people", "--out", "people.json") == 0
    assert len(Cassette.load("people.json")) == 2


def test_a_revision_pairs_what_was_asked_and_names_what_is_different() -> None:
    before = [answered("/a", 1), answered("/a", 2), answered("/b", 1)]
    after = [answered("/a", 1), answered("/a", 3), answered("/c", 1)]
    found = revision(before, after)
    assert (found.added, found.removed, found.changed) == ((after[2],), (before[2],), (after[1],))
