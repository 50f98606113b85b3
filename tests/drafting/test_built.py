"""Drafted plugins as their authors get them: built, installed, linted, typed, and run through the suite they come with."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main

HERE = Path(__file__).parent
SAMPLES = {
    "contacts": [
        {"id": 1, "name": "Ada", "email": "ada@example.org", "changed": "2026-01-05T10:00:00Z"},
        {"id": 2, "name": "Bo", "email": None, "changed": "2026-01-06T10:00:00Z"},
    ],
    "invoices": [{"id": 1, "invoice_no": "R-1", "total": "12.50", "due_date": "2026-02-01"}],
}
ODD = [
    '"""',
    "'",
    "\\",
    "a\nb",
    "\u2028",
    "${x}",
    "{x}",
    "class",
    "ä\u202eb",
    "%s",
    "# TODO: x",
    "a: b",
    "'\"",
    "x" * 300,
    'it\'s "both"',
]
LEFT = {
    "skel": [],
    "fabrikam": ["quota"],
    "billing": ["documentation", "quota"],
    "contoso": ["base_url", "documentation", "auth", "quota", "path", "paging"],
    "bills": ["base_url", "documentation", "auth", "quota", "path", "paging", "currency"],
    "legacy": ["documentation"],
}
"""Plugin -> what nobody but its author can say."""


@dataclass(frozen=True)
class Workshop:
    """A folder with drafted plugins, and one into which they were installed."""

    folder: Path
    site: Path

    def run(self, *command: str, within: str = ".") -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.site), *sys.path])
        environ = {**os.environ, "PYTHONPATH": path, "SKEL_TOKEN": "t", "FABRIKAM_TOKEN": "t"}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=self.folder / within, env=environ, capture_output=True, text=True, check=False
        )  # fmt: skip


def odd(folder: Path) -> Path:
    """A description in which nothing is called like anything."""
    properties = {name: {"type": "string", "description": name} for name in ("id", "name", "email", *ODD)}
    item = {"type": "object", "properties": properties}
    document: dict[str, Any] = {"openapi": "3.0.0", "info": {"title": ODD[-1], "version": "1"}, "paths": {}}
    for number, name in enumerate(ODD):
        answer = {"type": "object", "properties": {name: {"type": "array", "items": item}, "next": {"type": "string"}}}
        asked = {"name": name, "in": "query", "required": True, "example": name, "schema": {"type": "string"}}
        cursor = {"name": f"cursor{name}", "in": "query", "schema": {"type": "string"}}
        response = {"content": {"application/json": {"schema": answer}}}
        document["paths"][f"/v{number}/people"] = {
            "get": {"summary": name, "parameters": [asked, cursor], "responses": {"200": response}}
        }
    scheme = {"type": "apiKey", "in": "query", "name": ODD[-1]}
    document["components"] = {"securitySchemes": {ODD[0]: scheme}}
    (folder / "odd ' $x.json").write_text(json.dumps(document))
    return folder / "odd ' $x.json"


def origins(folder: Path) -> dict[str, Sequence[str]]:
    for name, rows in SAMPLES.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    connection = sqlite3.connect(folder / "crm.db")
    with connection:
        connection.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT, email TEXT, updated_at TEXT)")
        connection.execute("INSERT INTO contacts VALUES (1, 'Zoë', 'zoe@example.org', '2026-01-01T10:00:00Z')")
    connection.close()
    return {
        "skel": (),
        "fabrikam": ("--from", str(HERE.parents[1] / "docs/new-connector/fabrikam.yaml")),
        "billing": ("--from", str(HERE.parents[1] / "connectors/bartack_connectors/demo/estate/billing.wsdl")),
        "contoso": ("--from", str(folder / "contacts.json")),
        "bills": ("--from", str(folder / "invoices.json")),
        "odd": ("--from", str(odd(folder))),
        "legacy": ("--from", f"sqlite:///{folder / 'crm.db'}"),
    }


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("workshop")
    plugins = []
    for name, given in origins(folder).items():
        assert main(["new", "connector", name, *given, "--folder", str(folder / name)]) == 0
        plugins.append(str(folder / name))
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(site), *plugins], check=True
    )  # builds a wheel of each
    return Workshop(folder, site)


@pytest.fixture(scope="module")
def outcomes(workshop: Workshop) -> dict[str, dict[str, str]]:
    """Plugin -> check -> what it said when it failed, blank where it did not; all suites in one run."""
    report = workshop.folder / "report.xml"
    suites = [f"{name}/tests" for name in LEFT]
    workshop.run(
        "pytest", "-q", "-p", "bartack.testing.plugin", "--import-mode=importlib", f"--junitxml={report}", "--rootdir=.", *suites
    )  # fmt: skip
    found: dict[str, dict[str, str]] = {name: {} for name in LEFT}
    for case in ET.parse(report).iter("testcase"):
        plugin = str(case.get("classname")).partition(".")[0]
        failure = case.find("failure")
        check = str(case.get("name")).removeprefix("test_conforms[").removesuffix("]")
        found[plugin][check] = "" if failure is None else str(failure.text)
    return found


@pytest.mark.parametrize("name", LEFT)
def test_its_suite_is_green_or_fails_on_what_is_left_to_do_alone(
    outcomes: dict[str, dict[str, str]], name: str
) -> None:
    assert len(outcomes[name]) >= 60
    failed = {check: said for check, said in outcomes[name].items() if said}
    assert list(failed) == (["core-nothing_is_left_to_do"] if LEFT[name] else [])
    for what in LEFT[name]:
        assert f": {what}: " in failed["core-nothing_is_left_to_do"]


def test_what_is_written_is_linted_formatted_and_typed(workshop: Workshop) -> None:
    plugins = [*LEFT, "odd"]
    for command in (("ruff", "check"), ("ruff", "format", "--check")):
        done = workshop.run(*command, "--no-cache", *plugins)
        assert done.returncode == 0, done.stdout
    done = workshop.run("mypy", "--strict", "--cache-dir=.mypy", *[f"{name}/src" for name in plugins])
    assert done.returncode == 0, done.stdout


def test_its_own_configuration_runs_its_suite(workshop: Workshop) -> None:
    done = workshop.run("pytest", "-q", within="skel")
    assert done.returncode == 0, done.stdout
    assert "conformance: skel: dependable" in done.stdout


@pytest.mark.parametrize("name", ["skel", "fabrikam", "billing", "contoso", "legacy"])
def test_it_is_listed_as_installed(workshop: Workshop, name: str) -> None:
    done = workshop.run("bartack", "connectors", name, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["streams"]
    assert all(one["feeds"].endswith("/1") for one in told["streams"])


@pytest.mark.parametrize(
    ("name", "stream", "rows"),
    [("skel", "contacts", 2), ("fabrikam", "contacts", 3), ("billing", "customer", 3)],
)
def test_its_recordings_are_replayed_and_read(workshop: Workshop, name: str, stream: str, rows: int) -> None:
    (recorded,) = (workshop.folder / name / "cassettes" / name / stream).iterdir()
    replayed = workshop.run("bartack", "cassette", "replay", str(recorded), within=name)
    assert (replayed.returncode, f"{rows} rows, {rows} delivered" in replayed.stdout) == (0, True), replayed.stderr
    read = workshop.run("bartack", "read", "person", "--source", f"{stream}-recorded", "--json", within=name)
    assert (read.returncode, read.stdout.count('{"record"')) == (0, rows), read.stderr


def test_a_drafted_database_is_read_by_its_address_and_without_it(workshop: Workshop) -> None:
    config = workshop.folder / "legacy/bartack.toml"
    live, rest = config.read_text().split("[sources.contacts-recorded]")
    address = f'"sqlite:///{workshop.folder / "crm.db"}"'
    config.write_text(live.replace('{ env = "LEGACY_URL" }', address) + "[sources.contacts-recorded]" + rest)
    for source in ("legacy", "contacts-recorded"):
        read = workshop.run("bartack", "read", "person", "--source", source, "--json", within="legacy")
        assert (read.returncode, read.stdout.count('{"record"')) == (0, 1), read.stderr
