"""A lock holds what is read and by which rules; each kind of change is found, and named."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bartack
from bartack import registry
from bartack.config import parse
from bartack.errors import ConfigError, LockError
from bartack.hub import Hub
from bartack.locking import FILE, Difference, Lock, beside, differences, hold, lock_of, read, write
from bartack.sdk import ConnectorCard
from bartack_contracts import Contract, Text
from support.numbered import Estate, numbered

CONFIG = """
[sources.crm]
connector = "http"
base_url = "https://crm.example.org"
token = { env = "CRM_TOKEN" }
auth = { kind = "bearer" }
default_region = "DE"

[sources.crm.streams.people]
path = "/api/people"
rows = "items"
key = "id"
params = { expand = "mail", api_key = "in clear, against all advice" }
headers = { X-Auth-Token = "in clear, too", Accept = "application/json" }
paging = { kind = "cursor", next = "next", param = "cursor" }
mapping = "people.yaml"

[sources.legacy]
connector = "sql"
url = "sqlite:///legacy.db"

[sources.legacy.streams.customers]
table = "KUNDEN"
key = "KDNR"
mapping = "customers.yaml"
"""

PEOPLE = """
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  lifecycle: {path: state, values: {a: customer, b: lead}}
  emails: {each: [{path: mail, label: work}], use: email}
ignore: [etag]
"""

CUSTOMERS = """
contract: organization/1
fields:
  name: {path: NAME, required: true}
custom: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bartack.toml").write_text(CONFIG)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "customers.yaml").write_text(CUSTOMERS)
    return tmp_path


def locked(folder: Path) -> Lock:
    with bartack.open(folder) as hub:
        return lock_of(map(hub.source, hub.sources), hub.plugins)


def replaced(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert before in text
        (folder / name).write_text(text.replace(before, after))

    return change


CHANGES: list[tuple[Callable[[Path], None], list[str]]] = [
    (replaced("people.yaml", "path: mail", "path: email"), ['crm/people as person/1: rule of emails: {"each": [{"label": "work", "path": "mail"}], "use": [{"name": "email"}]} -> {"each": [{"label": "work", "path": "email"}], "use": [{"name": "email"}]}']),
    (replaced("people.yaml", "b: lead", "b: former"), ['crm/people as person/1: rule of lifecycle: {"path": "state", "values": {"a": "customer", "b": "lead"}} -> {"path": "state", "values": {"a": "customer", "b": "former"}}']),
    (replaced("people.yaml", "ignore", "  title: role\nignore"), ['crm/people as person/1: rule of title: new ({"path": "role"})']),
    (replaced("people.yaml", "  kind: {const: contact}\n", "  kind: {const: lead}\n"), ['crm/people as person/1: rule of kind: {"const": "contact"} -> {"const": "lead"}']),
    (replaced("people.yaml", "[etag]", "[etag, state]"), ['crm/people as person/1: ignore: ["etag"] -> ["etag", "state"]']),
    (replaced("people.yaml", "ignore", "when: {path: kind, in: [p]}\nignore"), ['crm/people as person/1: when: new ([{"in": ["p"], "path": "kind"}])']),
    (replaced("customers.yaml", "custom: true", "custom: false"), ["legacy/customers as organization/1: custom: gone (true)"]),
    (replaced("bartack.toml", "/api/people", "/v2/people"), ["crm/people: path: /api/people -> /v2/people"]),
    (replaced("bartack.toml", 'param = "cursor"', 'param = "after"'), ['crm/people: paging: {"class": "CursorPaging", "next": "next", "param": "cursor"} -> {"class": "CursorPaging", "next": "next", "param": "after"}']),
    (replaced("bartack.toml", "crm.example.org", "crm.example.com"), ["source crm: base_url: https://crm.example.org -> https://crm.example.com"]),
    (replaced("bartack.toml", '"DE"', '"AT"'), ["source crm: default_region: DE -> AT"]),
    (replaced("bartack.toml", "CRM_TOKEN", "OTHER_TOKEN"), ['source crm: token: {"env": "CRM_TOKEN"} -> {"env": "OTHER_TOKEN"}']),
    (replaced("bartack.toml", "[sources.legacy]", "[sources.crm.keep]\nmask = true\n[sources.legacy]"), ["source crm: mask: new (true)"]),
    (replaced("bartack.toml", "[sources.legacy]", '[sources.crm.surprises]\nnew_field = "reject"\n[sources.legacy]'), ["source crm: new_field: new (reject)"]),
    (replaced("bartack.toml", "[sources.legacy]", '[sources.crm.overrides.people.fields]\nkind = { const = "lead" }\n[sources.legacy]'), ['crm/people as person/1: rule of kind: {"const": "contact"} -> {"const": "lead"}']),
    (replaced("bartack.toml", 'connector = "http"', 'connector = "http"\nreplay = "crm.yaml"'), ["source crm: replay: new (crm.yaml)"]),
    (replaced("bartack.toml", "KUNDEN", "CUSTOMERS"), ["legacy/customers: table: KUNDEN -> CUSTOMERS"]),
    (replaced("bartack.toml", "[sources.legacy", "[sources.old"), ["source legacy: gone", "source old: new"]),
    (replaced("bartack.toml", "streams.customers", "streams.clients"), ["legacy/clients: stream: new", "legacy/customers: stream: gone"]),
    (replaced("customers.yaml", "organization/1", "product/1"), ["contract organization/1: gone", "contract product/1: new", "legacy/customers as organization/1: mapping: gone", "legacy/customers as product/1: mapping: new"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "wanted"), CHANGES, ids=lambda one: one[-1][:50] if isinstance(one, list) else "")
def test_every_change_of_what_is_read_is_found_and_named(
    change: Callable[[Path], None], wanted: list[str], folder: Path
) -> None:
    before = locked(folder)
    change(folder)
    found = [str(one) for one in differences(before, locked(folder))]
    assert [line[: len(words)] for line, words in zip(found, wanted, strict=True)] == wanted


@pytest.mark.parametrize(
    "change",
    [
        replaced("bartack.toml", "[sources.legacy]", "[sources.crm.limits]\nattempts = 2\n[sources.legacy]"),
        replaced("bartack.toml", "[sources.legacy]", "[serve]\nreport = true\n[sources.legacy]"),
        replaced("bartack.toml", "in clear, against all advice", "another secret"),
        replaced("people.yaml", "ignore: [etag]", "# a remark\nignore:\n  - etag"),
        replaced("people.yaml", "use: email", "use: [email]"),
        lambda _folder: None,
    ],
)
def test_what_does_not_change_what_is_read_is_none(change: Callable[[Path], None], folder: Path) -> None:
    before = locked(folder)
    change(folder)
    assert locked(folder).text == before.text


def test_a_lock_holds_no_secret_and_no_path_of_this_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "s3cr3t-token")
    text = locked(folder).text
    assert "s3cr3t" not in text
    assert "in clear" not in text
    assert str(folder) not in text
    assert '"params": {"api_key": "***", "expand": "mail"}' in text
    assert '"headers": {"Accept": "application/json", "X-Auth-Token": "***"}' in text
    assert '"auth": {"kind": "bearer"}' in text
    assert '"key": "id"' in text


def test_asyncio_is_held_to_the_lock_as_well(folder: Path) -> None:
    from bartack import aio

    with pytest.raises(LockError, match="there is no lock"):
        aio.open(folder, lock=True)


def test_a_newer_distribution_of_a_connector_is_a_difference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = locked(folder)
    monkeypatch.setattr("bartack.reading.source.metadata.version", lambda _name: "0.2.0")
    found = [str(one) for one in differences(before, locked(folder))]
    assert found == [
        "source crm: connector version: 0.1.0 -> 0.2.0",
        "source legacy: connector version: 0.1.0 -> 0.2.0",
    ]


# -- contracts and plugins -------------------------------------------------------------------------------------------------


def vehicle(version: str, plate: Any) -> type[Contract]:
    """Return a contract of a plugin, as one of its versions has it."""
    annotations = {"plate": plate, "contract": ClassVar[str], "version": ClassVar[str]}
    body = {"__annotations__": annotations, "contract": "vehicle/1", "version": version, "__module__": __name__}
    return type("Vehicle", (Contract,), body)


@dataclass(frozen=True)
class Offering(registry.Plugins):
    kind: Any = field(default=None, kw_only=True)

    def connector(self, name: str) -> Any:
        return self.kind


def lock_with(contract: type[Contract], plugin: registry.Plugin, folder: Path) -> Lock:
    text = "contract: vehicle/1\nfields:\n  plate: {path: plate, required: true}\n"
    kind = type("Cars", (numbered(cars=Estate()),), {"mapping": text, "__module__": __name__})
    cards = MappingProxyType({"cars": ConnectorCard("cars", "")})
    plugins = Offering((plugin,), cards, (contract,), kind=kind)
    hub = Hub(parse({"sources": {"fleet": {"connector": "cars"}}}, folder), plugins=plugins)
    return lock_of(map(hub.source, hub.sources), hub.plugins)


def test_a_contract_of_a_plugin_that_changed_is_a_difference_field_by_field(tmp_path: Path) -> None:
    old, new = (registry.Plugin("cars", "bartack-cars", version, "loaded") for version in ("1.0", "1.1"))
    before = lock_with(vehicle("1.0", Text), old, tmp_path)
    after = lock_with(vehicle("1.1", int), new, tmp_path)
    found = differences(before, after)
    assert [str(one) for one in found] == [
        "contract vehicle/1: field plate: text (required) -> whole number (required)",
        "contract vehicle/1: version: 1.0 -> 1.1",
        "plugin cars: bartack-cars 1.0 -> bartack-cars 1.1",
    ]
    assert [one.field for one in found] == ["vehicle.plate", "vehicle", None]


def test_a_rule_says_which_contract_field_it_may_change() -> None:
    path = ("sources", "crm", "streams", "people", "mappings", "person/1", "rules", "emails.address")
    assert Difference(path, 1, 2).field == "person.emails.address"


# -- the file --------------------------------------------------------------------------------------------------------------


def test_a_lock_comes_back_from_its_file(folder: Path) -> None:
    lock = locked(folder)
    write(folder / FILE, lock)
    assert read(folder / FILE) == lock
    assert differences(lock, read(folder / FILE)) == ()
    assert json.loads((folder / FILE).read_text())["digest"] == lock.digest


def test_one_rule_is_one_line_of_the_file(folder: Path) -> None:
    before = locked(folder).text.splitlines()
    replaced("people.yaml", "path: mail", "path: email")(folder)
    after = locked(folder).text.splitlines()
    changed = [line.split(":")[0].strip() for line, other in zip(before, after, strict=True) if line != other]
    assert changed == ['"digest"', '"digest"', '"emails"']


DAMAGES: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text[: len(text) // 2], "damaged"),
    (lambda text: text.replace("/api/people", "/api/others"), "its digest is of another content"),
    (lambda text: text.replace('"lock": 1', '"lock": 2'), "a newer Bartack wrote it"),
    (lambda _text: "[]", "it is none"),
    (lambda _text: "{}", "it is none"),
    (lambda text: f"<<<<<<< HEAD\n{text}", "damaged"),
    (lambda _text: '{"lock": 1}', "its digest is of another content"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damaged_lock_or_one_of_a_newer_format_is_refused(
    damage: Callable[[str], str], words: str, folder: Path
) -> None:
    (folder / FILE).write_text(damage(locked(folder).text))
    with pytest.raises(LockError, match=words):
        bartack.open(folder, lock=True)


def test_opening_with_a_lock_fails_closed_and_says_what_is_different(folder: Path) -> None:
    with pytest.raises(LockError, match="there is no lock") as missing:
        bartack.open(folder, lock=True)
    assert missing.value.next_step == "bartack lock writes one"
    write(folder / FILE, locked(folder))
    write(folder / "elsewhere.lock", locked(folder))
    bartack.open(folder, lock=True).close()
    replaced("bartack.toml", '"DE"', '"AT"')(folder)
    replaced("people.yaml", "path: mail", "path: email")(folder)
    for lock in (True, folder / "elsewhere.lock", str(folder / "elsewhere.lock")):
        with pytest.raises(ConfigError) as caught:
            bartack.open(folder, lock=lock)
        assert isinstance(caught.value, LockError)
        assert "source crm: default_region: DE -> AT" in str(caught.value)
        assert "rule of emails" in str(caught.value)
        assert len(caught.value.differences) == 2
    bartack.open(folder).close()


def test_a_configuration_that_cannot_be_used_does_not_pass_for_locked(folder: Path) -> None:
    write(folder / FILE, locked(folder))
    replaced("people.yaml", "use: email", "use: emial")(folder)
    with pytest.raises(ConfigError, match="emial"):
        bartack.open(folder, lock=True)


def test_many_differences_are_told_in_few_lines(folder: Path) -> None:
    lock = locked(folder)
    many = {f"field_{n}": "text" for n in range(30)}
    contracts = lock.document["contracts"]
    person = {**contracts["person/1"], "fields": contracts["person/1"]["fields"] | many}
    write(folder / FILE, Lock({**lock.document, "contracts": {**contracts, "person/1": person}}))
    with pytest.raises(LockError, match="and 10 more"):
        bartack.open(folder, lock=True)


def test_a_lock_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / FILE).mkdir()
    with pytest.raises(ConfigError, match="the lock cannot be written"):
        write(folder / FILE, locked(folder))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "people.yaml").write_text(PEOPLE)
    (folder / "customers.yaml").write_text(CUSTOMERS)
    return folder


@settings(max_examples=25)
@given(random=st.randoms(use_true_random=False))
def test_the_same_configuration_gives_the_same_bytes_in_whatever_order_it_is_written(
    home: Path, random: random.Random
) -> None:
    data = tomllib.loads(CONFIG)
    texts = set()
    for tables in (data, shuffled(data, random)):
        hub = Hub(parse(tables, home))
        texts.add(lock_of(map(hub.source, hub.sources), hub.plugins).text)
    assert len(texts) == 1


def shuffled(value: Any, random: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    names = list(value)
    random.shuffle(names)
    return {name: shuffled(value[name], random) for name in names}


def test_another_process_on_another_machine_writes_the_same_bytes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    for name in ("bartack.toml", "people.yaml", "customers.yaml"):
        (other / name).write_text((folder / name).read_text())
    program = "import sys; from bartack.frontends.cli import main; sys.exit(main(['lock', '--config', sys.argv[1]]))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(other)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "bartack.lock holds 2 sources, 2 contracts" in done.stdout
        assert (other / FILE).read_text() == locked(folder).text


def test_only_connectors_that_are_configured_are_imported(folder: Path) -> None:
    program = (
        "import sys, bartack; from bartack.locking import lock_of; hub = bartack.open(sys.argv[1]);"
        "lock_of(map(hub.source, hub.sources), hub.plugins); print(*sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    loaded = {name for name in found.stdout.split() if name.startswith("bartack_connectors.")}
    assert {name.split(".")[1] for name in loaded} == {"http", "sql", "plugin"}


def test_hold_asks_no_source(folder: Path) -> None:
    write(folder / FILE, locked(folder))
    with bartack.open(folder) as hub:
        hold(beside(hub.config.file), map(hub.source, hub.sources), hub.plugins)  # there is no crm.example.org here
