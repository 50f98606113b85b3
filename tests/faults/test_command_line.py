"""``bartack read`` against each fault, as a user types it: the verdict, the exit status and the error say the same."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main
from bartack.testing import FAULTS, Answer, Fault, FaultServer, OnPage
from support.fault_driving import CALM, ENVIRON, HASTY, Case
from support.fault_subjects import SUBJECTS
from support.fault_table import Tally

(TOOL,) = [one for one in SUBJECTS if one.name == "http"]
STATUS = {"complete": 0, "partial": 1, "suspicious_empty": 1, "failed": 3}
APPLYING = [one for one in FAULTS if one.fits(Answer(b"", TOOL.content_type), TOOL.shape)]


def toml(table: Mapping[str, Any], path: str) -> str:
    """Write a table of the configuration, with the tables in it."""
    plain = {name: value for name, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{path}]", *(f"{name} = {json.dumps(value)}" for name, value in plain.items())]
    inner = [toml(value, f"{path}.{name}") for name, value in table.items() if isinstance(value, dict)]
    return "\n".join([*lines, *inner])


PLAYS = [(one, page) for one in APPLYING for page in ((2,) if one.needs else (1, 2))]


@pytest.mark.parametrize(("fault", "page"), PLAYS, ids=lambda one: getattr(one, "name", str(one)))
def test_verdict_exit_status_and_error_agree(
    fault: Fault,
    page: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tally: Tally,
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    with FaultServer(TOOL.answer, OnPage(fault, page, None), shape=TOOL.shape) as server:
        pace = HASTY if Case(TOOL, fault).waits else CALM
        source = {**TOOL.settings(server.url, tmp_path), **pace, "max_body": 1_000_000, "limits": {"attempts": 1}}
        text = toml(source, "sources.crm")
        tomllib.loads(text)
        (tmp_path / "bartack.toml").write_text(text)
        capsys.readouterr()
        status = main(["read", "person", "--config", str(tmp_path), "--json"])
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    verdict = lines[-1]["verdict"]
    errors = [line["error"] for line in lines if "error" in line]
    rejects = [line for line in lines if "reject" in line]
    problems = []
    if status != (1 if verdict["completeness"] == "complete" and rejects else STATUS[verdict["completeness"]]):
        problems.append(f"not as listed: {verdict} and exit status {status}")
    if verdict["completeness"] != "complete" and not (errors or verdict["reasons"]):
        problems.append("not as listed: nothing says what is missing")
    if isinstance(fault.expected, type) and [one["type"] for one in errors] != [fault.expected.__name__]:
        problems.append(f"not as listed: {errors}")
    if any(not one["next_step"] for one in errors):
        problems.append(f"not as listed: no next step in {errors}")
    records = [line["record"]["value"]["name"]["full"] for line in lines if "record" in line]
    if verdict["completeness"] == "complete" and len(records) + len(rejects) < len(TOOL.ids):
        problems.append(f"silent loss: {len(records)} records, {len(rejects)} rejects")
    if ENVIRON["TOKEN"] in out + err or "Traceback" in err:
        problems.append("untyped: a token or a traceback is shown")
    tally.count("bartack read", fault.family, problems)
    assert problems == []
