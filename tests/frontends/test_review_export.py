"""``bartack review export N``: what went wrong in production becomes a test that fails until it is repaired."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from bartack.frontends.cli import main
from bartack.rehearsing.regression import read_row
from support.http_vendor import Answer, running_vendor


@pytest.fixture
def synced(estate: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An estate in which an invoice with the total N/A waits as reject 1."""
    main(["sync", "billing", "--config", str(estate)])
    capsys.readouterr()
    return estate


def run(test: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    return subprocess.run(command, capture_output=True, text=True, cwd=test.parent, check=False)


def test_the_test_fails_for_the_reason_and_passes_once_the_mapping_is_repaired(
    synced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = synced / "tests"
    assert main(["review", "export", "1", "--to", str(folder), "--json", "--config", str(synced)]) == 0
    test = Path(json.loads(capsys.readouterr().out)["exported"]["test"])
    failed = run(test)
    assert failed.returncode == 1
    assert "required.unreadable at total" in failed.stdout
    mapping = synced / "billing-invoices.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("currency: {path: currency}}}, required: true}", "currency: {path: currency}}}}"))
    assert run(test).returncode == 0


def test_a_test_outside_of_the_configurations_folder_finds_it(synced: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "tests"
    assert main(["review", "export", "1", "--to", str(folder), "--config", str(synced)]) == 0
    assert "required.unreadable at total" in run(next(folder.glob("test_*.py"))).stdout


def test_a_file_that_is_there_is_not_overwritten(synced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["review", "export", "1", "--to", str(synced / "tests"), "--config", str(synced)]
    assert main(arguments) == 0
    assert main(arguments) == 2
    assert "such a file already" in capsys.readouterr().err


def test_a_row_that_the_mapping_covers_by_now_is_no_regression(
    synced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = synced / "billing-invoices.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("currency: {path: currency}}}, required: true}", "currency: {path: currency}}}}"))
    assert main(["review", "export", "1", "--to", str(synced / "tests"), "--config", str(synced)]) == 2
    assert "bartack review retry 1" in capsys.readouterr().err
    assert not (synced / "tests").exists()


def test_the_types_of_a_databases_row_are_kept(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sync", "legacy", "--stream", "customers", "--config", str(estate)])
    assert main(["review", "export", "1", "--to", str(estate / "tests"), "--config", str(estate)]) == 0
    row = read_row(next((estate / "tests").glob("*.json")))
    assert isinstance(row["SALDO_CENT"], int | Decimal)
    assert run(next((estate / "tests").glob("test_*.py"))).returncode == 1


def test_nobody_can_be_named_by_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\n"
        "  emails: {each: [{path: mail}], use: email}\n  addresses: {each: [{fields: {city: town}}]}\n"
    )
    row = {"id": 7, "name": None, "mail": "zoe@gmx.de", "town": "Köln", "tier": "gold"}
    with running_vendor() as vendor:
        vendor.on("/people", Answer({"items": [row]}))
        (tmp_path / "bartack.toml").write_text(
            f'[sources.crm]\nconnector = "http"\nbase_url = "{vendor.url}"\n[sources.crm.streams.people]\n'
            'path = "/people"\nrows = "items"\nkey = "id"\nmapping = "people.yaml"\n'
        )
        main(["sync", "crm", "--config", str(tmp_path)])
    assert main(["review", "export", "1", "--to", str(tmp_path / "tests"), "--config", str(tmp_path)]) == 0
    written = read_row(next((tmp_path / "tests").glob("*.json")))
    assert (written["id"], written["name"], written["tier"]) == (7, None, "gold")
    assert written["mail"].endswith(".example.org")
    assert written["town"] not in ("Köln", "")
    assert run(next((tmp_path / "tests").glob("test_*.py"))).returncode == 1


def test_a_row_that_is_rejected_for_what_must_not_be_written_is_not_exported(
    synced: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bartack.recording import Scrubber

    monkeypatch.setattr(Scrubber, "text", lambda self, text: text.replace('"N/A"', '"12.50"'))
    assert main(["review", "export", "1", "--to", str(synced / "tests"), "--config", str(synced)]) == 2
    assert '[sources.billing.keep] personal = "keep"' in capsys.readouterr().err
    assert not (synced / "tests").exists()
