"""The command line: tables for people, JSON lines for machines, and an exit status that tells."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bartack import normalize
from bartack.frontends.cli import main
from bartack.frontends.cli.tables import records_table

CONTACTS = b'{"results": [{"id": "1", "properties": {"lastname": "M\xc3\xbcller"}}, {"id": "2", "properties": {}}]}'


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_demo_tells_its_story_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    captured = capsys.readouterr()
    told = captured.out
    assert "complete, live: 33 rows, 26 delivered, 1 rejected, 6 skipped" in told
    assert "GEBOREN" in told
    assert "'result' is missing in the answer, which has 'id', 'results'" in captured.err
    assert "complete, stale as of" in told
    assert "served from the store as of" in told
    assert "<ns1:total>N/A</ns1:total>" in told
    assert "is a record now (created)" in told
    assert "full, on from page" in told
    assert told.count("0 lost, 0 doubled") == 2


def test_read_as_json_gives_one_line_an_item_and_the_verdict_last(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", "invoice", "--source", "billing", "--json", "--config", str(estate)]) == 1
    told = lines(capsys.readouterr().out)
    assert [next(iter(line)) for line in told] == ["record", "reject", "record", "record", "verdict"]
    assert told[1]["reject"]["raw"].startswith("<")
    verdict = told[-1]["verdict"]
    assert verdict["rows"] == verdict["delivered"] + verdict["rejected"] == 4
    assert verdict["streams"][0]["unread"] == {}


def test_a_limited_read_is_a_good_read(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "person", "--source", "crm", "--limit", "2", "--json", "--config", str(estate)]) == 0
    told = lines(capsys.readouterr().out)
    assert len(told) == 3
    assert told[-1]["verdict"]["completeness"] == "limited"


def test_the_same_estate_is_read_twice_alike(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        main(["read", "person", "--source", "billing", "--json", "--config", str(estate)])
        told.append([line["record"]["value"] for line in lines(capsys.readouterr().out) if "record" in line])
    assert told[0] == told[1]
    assert len(told[0]) == 12


def test_out_writes_a_whole_file_or_none(estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "people.jsonl"
    assert main(["read", "person", "--source", "crm", "--out", str(out), "--config", str(estate)]) == 0
    assert len(out.read_text().splitlines()) == 10
    with pytest.raises(SystemExit):
        main(["read", "person", "--limit", "0", "--out", str(tmp_path / "none.jsonl")])
    assert not (tmp_path / "none.jsonl").exists()
    assert list(tmp_path.glob(".*")) == []


def test_get_and_explain_speak_json(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "legacy/customers/00000101", "--json", "--config", str(estate)]) == 0
    (record,) = lines(capsys.readouterr().out)
    assert record["record"]["value"]["name"]["full"] == "Zoë Müller"
    assert main(["explain", "legacy/customers/00000105", "--json", "--config", str(estate)]) == 0
    (told,) = lines(capsys.readouterr().out)
    fields = {field["field"]: field for field in told["explanation"]["fields"]}
    assert fields["active"]["path"] == "AKTIV"
    assert fields["active"]["raw"] == "J"
    assert "boolean" in fields["active"]["rule"]
    assert told["explanation"]["defaults"] == {"zone": "Europe/Berlin"}


def test_what_does_not_exist_is_an_error_of_the_call(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "legacy/customers/99", "--config", str(estate)]) == 3
    assert main(["read", "persn", "--config", str(estate)]) == 2
    assert main(["read", "person", "--config", str(estate / "nowhere")]) == 2
    assert main(["get", "not-a-ref", "--json", "--config", str(estate)]) == 2
    told = capsys.readouterr()
    assert "person" in told.err
    assert json.loads(told.out)["error"]["type"] == "ConfigError"


def test_check_tries_every_stream(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "legacy", "--json", "--config", str(estate)]) == 0
    assert [line["check"]["what"] for line in lines(capsys.readouterr().out)] == [
        "configuration",
        "reach",
        "stream customers",
        "stream calls",
    ]
    (estate / "legacy.db").unlink()
    assert main(["check", "legacy", "--json", "--config", str(estate)]) in (2, 3)
    assert any(line["check"]["result"] == "failed" for line in lines(capsys.readouterr().out))


def test_normalize_maps_a_file_and_standard_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "contacts.json"
    file.write_bytes(CONTACTS)
    assert main(["normalize", "hubspot", "contacts", str(file)]) == 1
    told = lines(capsys.readouterr().out)
    assert [next(iter(line)) for line in told] == ["record", "reject", "verdict"]
    assert told[0]["record"]["ref"] == "hubspot/contacts/1"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"<html><title>Log in</title></html>", 3, "SourceChangedError"),
        (b'{"status": "error", "message": "no scope", "category": "MISSING_SCOPES"}', 3, None),
        (b"", 3, None),
        (b"\x00\xff\xfe", 3, None),
        (b'{"result": []}', 3, "SourceChangedError"),
        (b'{"results": []}', 0, None),
        (b'[{"id": "1", "properties": {"lastname": "A"}}]', 0, None),
        (b'{"id": "1", "properties": {"lastname": "A"}}', 0, None),
    ],
)
def test_normalize_takes_whatever_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes, status: int, error: str | None
) -> None:
    file = tmp_path / "body"
    file.write_bytes(body)
    assert main(["normalize", "hubspot", "contacts", str(file), "--json"]) == status
    told = lines(capsys.readouterr().out)
    assert "verdict" in told[-1]
    assert (told[-1]["verdict"]["completeness"] == "failed") == (status == 3)
    if error is not None:
        assert told[0]["error"]["type"] == error
        assert told[0]["error"]["message"]


def test_a_body_that_announces_a_next_page_is_partial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "body"
    file.write_bytes(b'{"results": [{"id": "1", "properties": {"lastname": "A"}}], "paging": {"next": {"after": "1"}}}')
    assert main(["normalize", "hubspot", "contacts", str(file), "--json"]) == 1
    verdict = lines(capsys.readouterr().out)[-1]["verdict"]
    assert verdict["completeness"] == "partial"
    assert "more_pages" in verdict["reasons"][0]


def test_connectors_and_contracts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectors", "--json"]) == 0
    names = {one["name"] for one in json.loads(capsys.readouterr().out)["connectors"]}
    assert {"http", "hubspot", "salesforce", "soap", "sql", "tryton"} <= names
    assert main(["connectors", "hubspot", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"stream": "contacts", "feeds": "person/1", "evidence": "recorded", "title": ""} in shown["streams"]
    assert shown["quota"]["requests"] == 100
    assert "X-HubSpot-RateLimit-Daily-Remaining" in shown["quota"]["headers"]
    longest = next(one for one in shown["policies"]["limits"] if one["field"] == "longest_wait")
    assert longest["default"] == "1m"
    assert main(["connectors", "salesforce"]) == 0
    out = capsys.readouterr().out
    assert "Sforce-Limit-Info" in out
    assert "reserve " in out
    assert "[sources.NAME.limits], of any source" in out
    assert main(["contracts", "person", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$defs"]
    assert main(["contracts", "perzon"]) == 2


def test_init_writes_a_configuration_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "bartack.toml").is_file()
    assert main(["init", "--folder", str(tmp_path)]) == 2


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "contacts.json"
    file.write_text(json.dumps({"results": [{"id": str(n), "properties": {"lastname": "A"}} for n in range(5000)]}))
    command = f"{sys.executable} -m bartack normalize hubspot contacts {file} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith('{"record"')
    assert done.stderr == ""
    assert done.returncode == 1  # the verdict was not told


def test_a_read_that_is_refused_for_being_incomplete_still_tells_its_verdict(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (estate / "crm.yaml").unlink()
    assert main(["read", "person", "--require", "complete", "--json", "--config", str(estate)]) == 1
    error, verdict = lines(capsys.readouterr().out)
    assert error["error"]["type"] == "IncompleteRead"
    assert verdict["verdict"]["completeness"] == "partial"


def test_a_table_of_records_says_what_was_remarked_of_them(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["read", "person", "--source", "legacy", "--config", str(estate)])
    out = capsys.readouterr().out
    assert "legacy/customers: issues: " in out
    assert "date.sentinel (" in out


def test_a_value_that_is_huge_or_steers_terminals_does_not_do_so_in_a_table() -> None:
    body = json.dumps({"results": [{"id": "\u202e\x1b[31m", "properties": {"lastname": "x" * 100_000}}]})
    (record,) = normalize("hubspot", "contacts", body).records
    out = io.StringIO()
    Console(file=out, width=200).print(records_table(type(record.value), [record]))
    assert "hubspot/contacts/\\u202e\\x1b[31m" in out.getvalue()
    assert 200 < out.getvalue().count("x") < 300


def test_a_state_that_cannot_be_used_is_no_matter_of_the_sources(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (estate / "bartack.toml").open("a") as file:
        file.write('\n[store]\nurl = "mysql://db.example/bartack"\n')
    assert main(["status", "--config", str(estate)]) == 2
    assert "the state cannot be kept in mysql" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["read", "person", "--json"], ["status"], ["connectors"]])
def test_output_that_cannot_be_written_is_an_error_without_a_traceback(estate: Path, command: list[str]) -> None:
    config = [] if command == ["connectors"] else ["--config", str(estate)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bartack", *command, *config],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("the output cannot be written: No space left on device")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_out_names_a_file(estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "person", "--out", str(tmp_path), "--config", str(estate)]) == 2
    assert "Is a directory" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["sync"], ["read", "person"], ["check"], ["lock"]])
def test_a_configuration_without_sources_says_so(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bartack.toml").touch()
    assert main([*command, "--config", str(tmp_path)]) == 2
    assert "no source is configured" in capsys.readouterr().err
