"""Plugins of other distributions: listed from their metadata, imported when named, and never fatal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bartack
from bartack import ConfigError, registry
from bartack.frontends.cli import main

CONNECTOR = '''
from bartack.sdk import Bearer, Connector, CursorPaging, HttpStream, Quota, Secret, Settings

class AcmeSettings(Settings):
    token: Secret
    base_url: str = "https://api.acme.example"

class Acme(Connector):
    """Acme CRM, REST v2 (https://developer.acme.example)."""
    name, settings, auth, quota = "acme", AcmeSettings, Bearer("token"), Quota(100, per=10)
    streams = (
        HttpStream("contacts", path="/v2/contacts", rows="data", key="id", total="meta.total", changed="updated_at",
                   paging=CursorPaging(next="meta.next", param="cursor"), mapping="contacts.yaml"),
        HttpStream("machines", path="/v2/machines", rows="data", key="id", mapping="machines.yaml"),
    )
'''
PLUGIN = """
from bartack.sdk import ConnectorCard, hookimpl

@hookimpl
def bartack_register_connectors(register):
    register(ConnectorCard("acme", "bartack_acme.connector:Acme", "Acme CRM"))

@hookimpl
def bartack_register_contracts(register):
    from bartack_acme.contracts import Machine
    register(Machine)

@hookimpl
def bartack_register_normalizers(register):
    register("acme_stars", len)
"""
CONTRACTS = '''
from bartack_contracts import Contract

class Machine(Contract):
    """A machine of Acme."""
    contract = "machine/1"
    name: str
    stars: int | None = None
'''
CONTACTS = "contract: person/1\nfields:\n  name.full: {path: full_name, use: person_name, required: true}\n  kind: {const: contact}\n"
MACHINES = "contract: machine/1\nfields:\n  name: name\n  stars: {path: stars, use: acme_stars}\n"


def distribution(folder: Path, name: str, entry: str, files: dict[str, str]) -> None:
    """Write an installed distribution as pip would leave it."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[bartack]\n{entry}\n")


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    files = {
        "bartack_acme/__init__.py": "",
        "bartack_acme/plugin.py": PLUGIN,
        "bartack_acme/connector.py": CONNECTOR,
        "bartack_acme/contracts.py": CONTRACTS,
        "bartack_acme/contacts.yaml": CONTACTS,
        "bartack_acme/mappings/machines.yaml": MACHINES,
    }
    distribution(tmp_path / "site", "bartack-acme", "acme = bartack_acme.plugin", files)
    broken = {"bartack_broken.py": "raise RuntimeError('needs a library that is not there')\n"}
    distribution(tmp_path / "site", "bartack-broken", "broken = bartack_broken", broken)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(("bartack_acme", "bartack_broken"))]:
        del sys.modules[name]


def test_a_plugin_is_listed_without_being_imported(acme: Path) -> None:
    states = {plugin.name: plugin.state for plugin in registry.load().plugins}
    assert states == {"builtin": "loaded", "acme": "not loaded", "broken": "not loaded"}
    assert "bartack_acme.plugin" not in sys.modules


def test_the_connector_of_the_design_works(acme: Path) -> None:
    body = b'{"data": [{"id": 7, "full_name": "Zo\xc3\xab"}, {"id": 8}], "meta": {"total": 2, "next": null}}'
    outcome = bartack.normalize("acme", "contacts", body)
    assert [str(one.ref) for one in outcome.records] == ["acme/contacts/7"]
    assert [str(one.ref) for one in outcome.rejects] == ["acme/contacts/8"]
    renamed = bartack.normalize("acme", "contacts", body.replace(b'"data"', b'"items"'))
    assert renamed.error is not None
    assert "'data' is missing" in renamed.error.message


def test_a_plugin_brings_contracts_and_normalizers(acme: Path) -> None:
    outcome = bartack.normalize("acme", "machines", b'{"data": [{"id": 1, "name": "Mill", "stars": "***"}]}')
    (record,) = outcome.records
    assert record.contract == "machine/1"
    assert record.model_dump(mode="json")["value"] == {"name": "Mill", "stars": 3}


def test_the_plugins_connector_is_shown_like_our_own(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectors", "acme"]) == 0
    shown = capsys.readouterr().out
    assert "Acme CRM, REST v2" in shown
    assert "100 requests in 10 s" in shown
    assert "person/1" in shown


def test_a_broken_plugin_is_reported_and_stops_nothing(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = registry.load({"broken", "acme"})
    broken = {plugin.name: plugin for plugin in loaded.plugins}["broken"]
    assert broken.state == "broken"
    assert "needs a library" in (broken.error or "")
    assert "acme" in loaded.cards
    with pytest.raises(ConfigError, match="the plugin 'broken' is broken: RuntimeError"):
        loaded.connector("broken")
    assert main(["connectors"]) == 0
    assert "bartack-broken" in capsys.readouterr().out


def test_a_name_that_is_taken_is_refused_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PLUGIN.replace('"acme"', '"hubspot"').split("@hookimpl\ndef bartack_register_contracts")[0]
    distribution(tmp_path, "bartack-thief", "thief = bartack_thief", {"bartack_thief.py": text})
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = registry.load({"thief"})
    assert {plugin.name: plugin.state for plugin in loaded.plugins}["thief"] == "broken"
    assert loaded.cards["hubspot"].target.startswith("bartack_connectors.")


def test_an_unknown_connector_names_the_plugins_that_are_not_allowed(acme: Path) -> None:
    with pytest.raises(ConfigError, match=r"not allowed by \[plugins\] allow: acme, broken"):
        registry.load().connector("acmee")
