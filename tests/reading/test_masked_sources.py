"""``keep.mask = true``: whatever a source answers is masked, the store keeps the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import bartack
from bartack import SourceChangedError
from bartack.frontends.cli import main
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import Answer, Vendor, running_vendor


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    monkeypatch.setenv("CRM_TOKEN", "s3cr3t-t0ken")
    (tmp_path / "people.yaml").write_text(
        PEOPLE.replace("{path: name, required", "{path: name, use: person_name, required")
    )
    with running_vendor() as vendor:
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url) + "[sources.crm.keep]\nmask = true\n")
        vendor.on("/people", FIRST, LAST)
        yield vendor


def test_records_and_rejects_are_answered_masked(tmp_path: Path, crm: Vendor) -> None:
    with bartack.open(tmp_path) as hub:
        read = hub.read("person")
        records = list(read)
    assert [(str(one.ref), one.value.name.full) for one in records] == [
        ("crm/people/id-1", "***"),
        ("crm/people/id-3", "***"),
    ]
    assert [one.payload for one in read.rejects] == [{"id": "***"}]


@pytest.mark.parametrize(
    "command", ["read person --json", "read person", "get crm/people/id-3 --json", "explain crm/people/id-3"]
)
def test_so_does_the_command_line(
    tmp_path: Path, crm: Vendor, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.on("/people", LAST)
    assert main([*command.split(), "--config", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "***" in said
    assert "Ann" not in said
    assert "Other" not in said


def test_and_a_saved_answer(tmp_path: Path, crm: Vendor) -> None:
    with bartack.open(tmp_path) as hub:
        assert hub.normalize("crm", "people", json.dumps(LAST)).records[0].value.name.full == "***"


def test_the_store_keeps_the_truth_and_answers_masked(tmp_path: Path, crm: Vendor) -> None:
    with bartack.open(tmp_path) as hub:
        list(hub.sync("crm"))
        crm.on("/people", Answer({"message": "down"}, 503))
        assert {one.value.name.full for one in hub.read("person", cached=True)} == {"***"}
        assert hub.get("crm/people/id-3", cached=True).value.name.full == "***"
    assert b"Ann Other" in (tmp_path / ".bartack/state.sqlite").read_bytes()


def test_an_error_about_one_record_does_not_quote_it(tmp_path: Path, crm: Vendor) -> None:
    crm.on("/people", FIRST)
    with bartack.open(tmp_path) as hub, pytest.raises(SourceChangedError) as caught:
        hub.get("crm/people/id-2")
    assert "Zoë" not in str(caught.value)
