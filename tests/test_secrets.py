"""Secrets are looked up when they are needed, and replaced wherever they turn up."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import keyring
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

import bartack
from bartack import ConfigError, SourceUnavailableError
from bartack.errors import AccessError
from bartack.secrets import KnownSecrets, Redactor
from bartack.settings import DatabaseUrl, Secret
from support.http_vendor import Answer, Asked, Vendor, running_vendor

CANARY = "kAnaRy7Q!x/2+Vögel&9"
"""A secret with a character for every escape: URL, JSON, XML, base64."""

SPELLINGS = {
    "plain": CANARY,
    "quoted": quote(CANARY),
    "quoted whole": quote(CANARY, safe=""),
    "quoted in lower case": quote(CANARY, safe="")
    .replace("%2F", "%2f")
    .replace("%C3%B6", "%c3%b6")
    .replace("%2B", "%2b"),
    "quoted twice": quote(quote(CANARY, safe=""), safe=""),
    "form": quote_plus(CANARY),
    "JSON": json.dumps(CANARY)[1:-1],
    "JSON in JSON": json.dumps(json.dumps(CANARY)[1:-1])[1:-1],
    "XML": escape(CANARY),
    "hex": CANARY.encode().hex(),
    "HEX": CANARY.encode().hex().upper(),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 of a pair": base64.b64encode(f"zoe:{CANARY}".encode()).decode(),
    "base64 of a longer pair": base64.b64encode(f"zoes:{CANARY}:x".encode()).decode(),
    "base64 at the third offset": base64.b64encode(f"zo:{CANARY}".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"zoe:{CANARY}".encode()).decode(),
    "UTF-8 taken for Latin-1": CANARY.encode().decode("latin-1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_known_secret_is_replaced_in_every_spelling(spelling: str) -> None:
    found = SPELLINGS[spelling]
    cleaned = Redactor([CANARY]).value({"note": f"it is <{found}>, see", found: [{"deep": (found, 7, None)}]})
    assert found not in repr(cleaned)
    assert cleaned["note"] == "it is <***>, see"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8), st.text(), st.text())
def test_any_secret_is_replaced_wherever_it_stands(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.encode().hex()):
        assert form not in redactor.text(f"{before}{form}{after}").replace("***", "")
    row: dict[str, Any] = {
        "a": [before, {"b": after}],
        "pair": base64.b64encode(f"{len(before)}:{secret}".encode()).decode(),
    }
    assert row["pair"] not in repr(redactor.value(row))


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(documents)
def test_what_holds_no_secret_is_handed_back_itself(document: Any) -> None:
    assert Redactor([CANARY, "pat-na1-c4n4ry"]).value(document) is document
    assert Redactor().value(document) is document


def test_only_the_secret_changes() -> None:
    row = {
        "id": 7,
        "price": Decimal("1.50"),
        "blob": b"\xff" + CANARY.encode(),
        "keep": [1, None, True],
        "mail": CANARY,
    }
    assert Redactor([CANARY]).value(row) == {**row, "blob": b"\xff***", "mail": "***"}


def test_a_number_that_is_a_secret_is_replaced() -> None:
    assert Redactor(["81726354"]).value({"pin": 81726354, "n": 8172635}) == {"pin": "***", "n": 8172635}


def test_a_short_secret_is_replaced_only_where_it_stands_alone() -> None:
    assert Redactor(["admin"]).text("admin, administrator; admin=admin") == "***, administrator; ***=***"
    assert not KnownSecrets(["abc"]).redactor()  # no secret, but a word


def test_what_a_session_earns_is_known_from_then_on() -> None:
    known = KnownSecrets(["first-secret"])
    assert known.redactor().text("later-token") == "later-token"
    known.add("later-token")
    assert known.redactor().text("later-token first-secret") == "*** ***"
    assert "secret" not in repr(known) + repr(known.redactor())


def test_secrets_can_be_learned_in_many_threads() -> None:
    known = KnownSecrets()
    threads = [threading.Thread(target=known.add, args=(f"secret-{number:04}",)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert known.redactor().text(" ".join(f"secret-{number:04}" for number in range(50))) == " ".join(["***"] * 50)


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("sqlite:///crm.db", set()),
        ("postgresql://reader@host/crm", set()),
        ("postgresql://reader:p%40ssw0rd@host/crm", {"p%40ssw0rd", "p@ssw0rd"}),
        ("mysql://host/crm?user=x&password=qu3ry-pw", {"qu3ry-pw"}),
    ],
)
def test_of_a_database_url_the_password_is_secret(url: str, hidden: set[str]) -> None:
    assert {*DatabaseUrl(url).hidden(url)} - {url} == hidden


class FakeKeyring(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("no")
        return {("crm", "bartack"): CANARY, ("a/b", "c"): "nested"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def backend() -> Iterator[FakeKeyring]:
    before = keyring.get_keyring()
    fake = FakeKeyring()  # type: ignore[no-untyped-call]  # keyring types no constructor
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)


def test_a_secret_comes_from_the_keyring(backend: FakeKeyring) -> None:
    assert Secret.from_provider("keyring", "crm/bartack").reveal() == CANARY
    assert Secret.from_provider("keyring", "a/b/c").reveal() == "nested"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("crm/nobody", "no entry 'crm/nobody'.*keyring set crm nobody"),
        ("crm", "write { keyring"),
        ("/x", "write { keyring"),
    ],
)
def test_an_entry_the_keyring_does_not_have_is_said(backend: FakeKeyring, name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Secret.from_provider("keyring", name).reveal()


def test_a_locked_keyring_and_none_at_all_are_told_apart(backend: FakeKeyring) -> None:
    backend.locked = True
    with pytest.raises(ConfigError, match=r"locked.*unlock"):
        Secret.from_provider("keyring", "crm/bartack").reveal()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]  # keyring types no constructor
    with pytest.raises(ConfigError, match="has no keyring"):
        Secret.from_provider("keyring", "crm/bartack").reveal()


@pytest.mark.parametrize(("provider", "package"), [("keyring", "keyring"), ("vault", "hvac")])
def test_without_the_package_the_pip_line_is_said(provider: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf'pip install "bartack\[{provider}\]"'):
        Secret.from_provider(provider, "kv/crm#token" if provider == "vault" else "a/b").reveal({})


@pytest.fixture
def vault() -> Iterator[Vendor]:
    """A server that speaks KV version 2 to those who have the token, on ``kv``."""

    def entry(asked: Asked) -> Answer:
        if asked.headers.get("x-vault-token") != "root-token":
            return Answer({"errors": ["permission denied"]}, 403)
        return Answer({"data": {"data": {"token": CANARY, "port": 5432}, "metadata": {"version": 3}}})

    with running_vendor() as server:
        server.on("/v1/kv/data/apps/crm", entry)
        server.on("/v1/kv/data/none", Answer({"errors": []}, 404))
        server.on("/v1/sealed/data/crm", Answer({"errors": ["Vault is sealed"]}, 503))
        server.on("/v1/kv1/data/crm", Answer({"data": {"token": CANARY}}))
        server.on("/v1/moved/data/crm", Answer(None, 307, {"Location": f"{server.url}/v1/kv/data/apps/crm"}))
        server.on("/v1/html/data/crm", Answer(b"<html>", headers={"Content-Type": "text/html"}))
        yield server


def test_a_secret_comes_from_vault(vault: Vendor, tmp_path: Path) -> None:
    secret = Secret.from_provider("vault", "kv/apps/crm#token")
    assert secret.reveal({"VAULT_ADDR": vault.url, "VAULT_TOKEN": "root-token"}) == CANARY
    (tmp_path / "token").write_text("root-token\n")
    assert secret.reveal({"VAULT_ADDR": vault.url, "VAULT_TOKEN_FILE": str(tmp_path / "token")}) == CANARY
    (tmp_path / ".vault-token").write_text("root-token")
    environ = {"VAULT_ADDR": vault.url, "HOME": str(tmp_path), "VAULT_NAMESPACE": "team"}
    assert secret.reveal(environ) == CANARY
    assert vault.asked[-1].headers["x-vault-namespace"] == "team"


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("kv/none#token", ConfigError, "no entry kv/none"),
        ("kv/apps/crm#tokn", ConfigError, "no text named 'tokn'"),
        ("kv/apps/crm#port", ConfigError, "no text named 'port'"),
        ("kv/crm", ConfigError, "write { vault"),
        ("sealed/crm#token", SourceUnavailableError, "sealed"),
        ("kv1/crm#token", ConfigError, "no entry of KV version 2"),
        ("moved/crm#token", ConfigError, "no entry of KV version 2"),
        ("html/crm#token", ConfigError, "no entry of KV version 2"),
    ],
)
def test_what_vault_does_not_give_is_said(vault: Vendor, name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        Secret.from_provider("vault", name).reveal({"VAULT_ADDR": vault.url, "VAULT_TOKEN": "root-token"})
    assert_hides(caught.value, "root-token", CANARY)


def test_a_vault_that_refuses_and_one_that_is_not_there_are_told_apart(vault: Vendor, tmp_path: Path) -> None:
    secret = Secret.from_provider("vault", "kv/apps/crm#token")
    with pytest.raises(AccessError, match="does not let us read") as refused:
        secret.reveal({"VAULT_ADDR": vault.url, "VAULT_TOKEN": "wrong-token"})
    with pytest.raises(SourceUnavailableError, match="not reached") as down:
        secret.reveal({"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_TOKEN": "wrong-token"})
    for caught in (refused, down):
        assert_hides(caught.value, "wrong-token")
    with pytest.raises(ConfigError, match="export VAULT_ADDR"):
        secret.reveal({"X": "y"})
    with pytest.raises(ConfigError, match="VAULT_TOKEN is not set"):
        secret.reveal({"VAULT_ADDR": vault.url, "HOME": str(tmp_path)})


def assert_hides(error: BaseException | None, *secrets: str) -> None:
    """Follow an error's causes to the end, with what their frames' exceptions carry."""
    while error is not None:
        shown = f"{error} {error!r} {error.args} {vars(error)}"
        assert [secret for secret in secrets if secret in shown] == []
        error = error.__cause__ or error.__context__


CONFIG = """
[sources.crm]
connector = "http"
base_url = "{url}"
token = {secret}
auth = {{ kind = "bearer" }}
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
mapping = "people.yaml"
"""
PEOPLE = (
    "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\ncustom: true\n"
)


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Vendor]:
    (tmp_path / "people.yaml").write_text(PEOPLE)
    with running_vendor() as server:
        yield server


def test_a_provider_of_a_plugin_that_is_not_allowed_is_a_clear_error(tmp_path: Path, crm: Vendor) -> None:
    (tmp_path / "bartack.toml").write_text(CONFIG.format(url=crm.url, secret='{ vaul = "kv/crm#token" }'))
    with bartack.open(tmp_path) as hub, pytest.raises(ConfigError) as caught:
        hub.source("crm")
    said = str(caught.value)
    assert "no provider of secrets named 'vaul'; did you mean 'vault'?" in said
    assert "[sources.crm]" in said
    assert "env, file, keyring, vault" in said
    assert crm.asked == []


def test_a_vault_is_asked_once_a_session_and_what_it_says_is_hidden(
    tmp_path: Path, crm: Vendor, vault: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", vault.url)
    monkeypatch.setenv("VAULT_TOKEN", "root-token")
    monkeypatch.setattr(f"{__name__}.CANARY", "kAnaRy7Q")  # one that a header can carry
    (tmp_path / "bartack.toml").write_text(CONFIG.format(url=crm.url, secret='{ vault = "kv/apps/crm#token" }'))
    crm.on("/people", {"items": [{"id": 1, "name": "Zoë", "debug": "got Bearer kAnaRy7Q"}, {"id": 2}]})
    with bartack.open(tmp_path) as hub:
        read = hub.read("person", allow_partial=True)
        (record,) = read
        assert [one.headers["authorization"] for one in crm.asked] == ["Bearer kAnaRy7Q"]
        assert len(vault.asked) == 1
        assert record.value.custom[0].value == "got Bearer ***"
        assert [issue.code for issue in record.issues] == ["secret.replaced"]
        assert "secret.replaced" not in {issue.code for issue in read.rejects[0].issues}
        assert "kAnaRy7Q" not in repr(hub.source("crm")) + repr(read.rejects) + repr(hub.__dict__)
