"""Old recordings are cleaned in place: all or nothing, told by count, and a second time changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bartack.errors import RecordingError
from bartack.frontends.cli import main
from bartack.recording import About, Cassette, Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.cleaning import clean
from support.scrub_positions import NAMED, SECRETS, SHAPED, exchange, positions, survives

ROOT = Path(__file__).parents[2]
KEY = ScrubKey("a key for tests, 16+")
SCRUBBER = Scrubber((), Personal(Tokens(KEY)))
ROW = {
    "properties": {"firstname": "Zoë", "city": "Köln", "lifecyclestage": "lead"},
    "id": "7",
    "lastName": NAMED["name"],
}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BARTACK_SCRUB_KEY", KEY.text)
    body = json.dumps({"results": [ROW], "token": SECRETS["secret"], "note": SHAPED["e-mail"]})
    Cassette("old.yaml", [exchange(f"https://x.example/?q={SHAPED['e-mail']}", answer=body).unpacked()]).save()
    return tmp_path / "old.yaml"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["cassette", "scrub", *arguments])
    return status, capsys.readouterr().out


def test_check_tells_and_changes_nothing(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = old.read_bytes()
    status, told = run(capsys, "old.yaml", "--check", "--json")
    assert (status, old.read_bytes()) == (1, before)
    found = {(one["where"], one["kind"]): one["values"] for one in json.loads(told)["found"]}
    assert found == {
        ("address", "email"): 1,
        ("answer body", "email"): 1,
        ("answer body", "secret"): 1,
        ("answer body", "text"): 2,
    }
    assert not any(value in told for value in (*SHAPED.values(), *NAMED.values(), *SECRETS.values()))


def test_a_cassette_is_cleaned_in_place_and_a_second_time_changes_nothing(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = run(capsys, "old.yaml")
    assert (status, told.startswith("old.yaml: changed")) == (0, True)
    once = old.read_bytes()
    assert not any(value.encode() in once for value in (*SHAPED.values(), *NAMED.values(), *SECRETS.values()))
    assert Cassette.load(old).about.personal == KEY.id
    assert run(capsys, "old.yaml") == (0, "old.yaml: nothing to replace\n")
    assert run(capsys, "old.yaml", "--check")[0] == 0
    assert old.read_bytes() == once


def test_a_connector_says_what_else_is_personal(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "old.yaml")
    assert r"K\u00f6ln" in old.read_text(encoding="utf-8")
    run(capsys, "old.yaml", "--connector", "hubspot")
    text = old.read_text(encoding="utf-8")
    assert r"K\u00f6ln" not in text
    assert '"lifecyclestage": "lead"' in text


def test_all_positions_are_cleaned() -> None:
    for position in positions():
        cleaned = clean(Cassette("x.yaml", [position.item.unpacked()]), SCRUBBER)
        assert cleaned.found, position
        assert not survives(position.value, cleaned.cassette.interactions[0])
        assert not clean(cleaned.cassette, SCRUBBER).found, position


def test_a_cassette_of_another_key_is_not_mixed_with_this_one() -> None:
    foreign = Cassette("x.yaml", [exchange(answer=json.dumps(SHAPED))], about=About(personal="0badc0de"))
    with pytest.raises(RecordingError, match="key 0badc0de, which is not here"):
        clean(foreign, SCRUBBER)


def test_what_is_kept_on_purpose_stays_and_secrets_go() -> None:
    body = json.dumps({**SHAPED, "token": SECRETS["secret"]})
    kept = clean(Cassette("x.yaml", [exchange(answer=body)], about=About(personal="kept")), SCRUBBER)
    assert dict(kept.found) == {("answer body", "secret"): 1}
    assert kept.cassette.interactions[0].response.body == body.replace(SECRETS["secret"], "scrubbed").encode()


@pytest.mark.corpus
def test_a_recording_of_vcrpy_is_cleaned_and_vcrpy_still_reads_it(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import yamlserializer

    monkeypatch.chdir(tmp_path)
    source = corpus / "crm/hubspot/v3/contacts__properties.yaml"
    target = tmp_path / "contacts.yaml"
    shutil.copy(source, target)
    assert run(capsys, "contacts.yaml", "--connector", "hubspot")[0] == 0
    requests, responses, *_ = FilesystemPersister.load_cassette(str(target), yamlserializer)
    assert len(requests) == len(responses) == len(Cassette.load(source))
