"""Canaries in every place a secret can be put, and whoever is asked repeats them: none is heard anywhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from cryptography.fernet import Fernet

from support.canaries import Aviary, leaks
from support.http_vendor import Answer, Asked, Vendor, running_vendor
from support.soap_service import NAMESPACE, WSDL, envelope

PEOPLE = (
    "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\ncustom: true\n"
)
STREAM = """
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
paging = {{ kind = "next_url", path = "next" }}
mapping = "people.yaml"
"""
HEAD = '[sources.crm]\nconnector = "http"\nbase_url = "{url}"\nlimits = {{ attempts = 1 }}\n'

CANARIES = {
    "CANARY_TOKEN": "c4n4ry/T0ken+of=27~letters!",
    "CANARY_USER": "c4n4ry-us3r-n4me",
    "CANARY_PASSWORD": "kAnaRy7Q!x/2+Vögel&9",
    "CANARY_ID": "c4n4ry-cl13nt-1d",
    "CANARY_SECRET": "c4n4ry cl13nt/s3cret+%",
    "CANARY_REFRESH": "c4n4ry.r3fresh.t0ken",
}
EARNED = {"access_token": "e4rned-4ccess-t0ken/+x", "refresh_token": "e4rned-r3fresh-t0ken"}
ALL = (*CANARIES.values(), *EARNED.values())

AUTHS = {
    "bearer": 'token = {{ env = "CANARY_TOKEN" }}\nauth = {{ kind = "bearer" }}\n',
    "basic": 'user = {{ env = "CANARY_USER" }}\npassword = {{ env = "CANARY_PASSWORD" }}\nauth = {{ kind = "basic" }}\n',
    "header": 'token = {{ file = "token.txt" }}\nauth = {{ kind = "header", name = "X-Legacy", prefix = "Key " }}\n',
    "query": 'token = {{ env = "CANARY_TOKEN" }}\nauth = {{ kind = "query", name = "k" }}\n',
    "client credentials": 'client_id = {{ env = "CANARY_ID" }}\nclient_secret = {{ env = "CANARY_SECRET" }}\n'
    'auth = {{ kind = "client_credentials", token_url = "/token" }}\n',
    "refresh token": 'client_id = {{ env = "CANARY_ID" }}\nclient_secret = {{ env = "CANARY_SECRET" }}\n'
    'refresh_token = {{ env = "CANARY_REFRESH" }}\nauth = {{ kind = "refresh_token", token_url = "/token" }}\n',
    "vault": 'token = {{ vault = "kv/crm#token" }}\nauth = {{ kind = "bearer" }}\n',
}


def echo(asked: Asked) -> str:
    """Repeat all that was sent, in the encodings it came in."""
    return json.dumps([asked.headers, asked.query, asked.path, asked.body.decode("latin-1")], ensure_ascii=False)


def rows(asked: Asked) -> Answer:
    more = f"/people?page=2&echo={asked.query}" if "page" not in asked.query else None
    items = [{"id": 1, "name": f"Zoë {echo(asked)}", "echo": asked.headers}, {"id": 2, "echo": [echo(asked)]}]
    return Answer({"items": items, "next": more})


def refused(status: int) -> Callable[[Asked], Answer]:
    return lambda asked: Answer({"message": f"no entry with {echo(asked)}", "errors": [asked.headers]}, status)


ANSWERS: dict[str, Callable[[Asked], Answer]] = {
    "rows": rows,
    "400": refused(400),
    "401": refused(401),
    "403": refused(403),
    "404": refused(404),
    "429": lambda asked: Answer({"message": echo(asked)}, 429, {"Retry-After": "9999"}),
    "500": lambda asked: Answer(f"<title>{echo(asked)}</title>".encode(), 500, {"Content-Type": "text/html"}),
    "login page": lambda asked: Answer(f"<html><title>{echo(asked)}".encode(), 200, {"Content-Type": "text/html"}),
    "redirect": lambda asked: Answer(None, 302, {"Location": f"http://other.example/?{asked.query}{asked.headers}"}),
    "renamed envelope": lambda asked: Answer({echo(asked): [], "debug": asked.headers}),
    "cut off": lambda asked: Answer(wire=f"HTTP/1.1 200 {echo(asked)}\r\nContent-Length: 99999\r\n\r\n".encode()),
    "no JSON": lambda asked: Answer(f'{{"items": {echo(asked)} x'.encode()),
    "bad header": lambda asked: Answer({}, 200, {"Content-Length": echo(asked)}),
    "bad encoding": lambda asked: Answer({}, 200, {"Content-Encoding": echo(asked)[:200]}),
}


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """A vendor that lets everybody log in, and is a Vault as well."""
    for name, canary in CANARIES.items():
        monkeypatch.setenv(name, canary)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "token.txt").write_text(CANARIES["CANARY_TOKEN"] + "\n")
    with running_vendor() as vendor:
        monkeypatch.setenv("VAULT_ADDR", vendor.url)
        monkeypatch.setenv("VAULT_TOKEN", "c4n4ry-v4ult-t0ken")
        vendor.on("/token", lambda asked: Answer({**EARNED, "expires_in": 3600, "debug": echo(asked)}))
        vendor.on("/v1/kv/data/crm", {"data": {"data": {"token": CANARIES["CANARY_TOKEN"]}, "metadata": {}}})
        yield vendor


def sing(folder: Path, vendor: Vendor | None = None, *more: str) -> None:
    """Let the aviary fly over a configuration, and see that it was sent out and is heard nowhere."""
    aviary = Aviary(folder, ("token.txt",))
    aviary.fly()
    assert vendor is None or vendor.asked, f"the canaries were never sent: {aviary.said}"
    assert aviary.hits(*ALL, *more) == []


def configured(folder: Path, url: str, auth: str, more: str = "") -> None:
    (folder / "bartack.toml").write_text((HEAD + auth + more + STREAM).format(url=url))


QUICK = [(auth, answer) for auth in AUTHS for answer in ANSWERS if auth == "basic" or answer == "rows"]
SLOW = [(auth, answer) for auth in AUTHS for answer in ANSWERS if (auth, answer) not in QUICK]


@pytest.mark.parametrize(("auth", "answer"), [*QUICK, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in SLOW)])
def test_no_credential_is_heard_however_it_is_shown_and_answered(
    tmp_path: Path, crm: Vendor, auth: str, answer: str
) -> None:
    crm.on("/people", ANSWERS[answer])
    configured(tmp_path, crm.url, AUTHS[auth])
    sing(tmp_path, crm, "c4n4ry-v4ult-t0ken")


SOAP = """
[sources.crm]
connector = "soap"
wsdl = "crm.wsdl"
endpoint = "{url}/service"
auth = "{auth}"
username = "reader"
password = {{ env = "CANARY_PASSWORD" }}
limits = {{ attempts = 1 }}
[sources.crm.streams.people]
operation = "ListCustomers"
rows = "customer"
key = "id"
mapping = "people.yaml"
"""


def soap_rows(asked: Asked) -> Answer:
    customer = f"<customer><id>1</id><name>{escape(echo(asked))}</name></customer><customer><id>2</id></customer>"
    body = envelope(f'<ListCustomersResponse xmlns="{NAMESPACE}">{customer}</ListCustomersResponse>')
    return Answer(body.encode(), 200, {"Content-Type": "text/xml; charset=utf-8"})


def soap_fault(asked: Asked) -> Answer:
    words = escape(echo(asked))
    fault = f"<e:Fault><faultcode>e:Client</faultcode><faultstring>{words}</faultstring><detail><x>{words}</x></detail></e:Fault>"
    return Answer(envelope(fault).encode(), 500, {"Content-Type": "text/xml; charset=utf-8"})


def soap_cut(asked: Asked) -> Answer:
    return Answer(f"<e:Envelope><e:Body>{echo(asked)}".encode(), 200, {"Content-Type": "text/xml"})


@pytest.mark.parametrize(
    "answer", [soap_rows, soap_fault, soap_cut, ANSWERS["500"], ANSWERS["redirect"], ANSWERS["401"]]
)
@pytest.mark.parametrize("auth", ["basic", "wsse", "wsse_digest"])
def test_no_password_of_a_soap_service_is_heard(
    tmp_path: Path, crm: Vendor, auth: str, answer: Callable[[Asked], Answer]
) -> None:
    crm.on("/service", answer)
    (tmp_path / "crm.wsdl").write_text(WSDL)
    (tmp_path / "bartack.toml").write_text(SOAP.format(url=crm.url, auth=auth))
    sing(tmp_path, crm)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://reader:{quote(CANARIES['CANARY_PASSWORD'], safe='')}@127.0.0.1:9/crm",
        f"postgresql://reader@127.0.0.1:9/crm?password={quote(CANARIES['CANARY_SECRET'], safe='')}",
        f"postgresql+nodriver://reader:{quote(CANARIES['CANARY_PASSWORD'], safe='')}@127.0.0.1:9/crm",
        f"postgresql://reader:{CANARIES['CANARY_PASSWORD']}@[::bad/crm",
        f"no url at all with {CANARIES['CANARY_PASSWORD']}",
    ],
)
@pytest.mark.parametrize("place", ["source", "store"])
def test_no_password_of_a_database_is_heard(
    tmp_path: Path, crm: Vendor, url: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_DSN", url)
    if place == "source":
        text = '[sources.crm]\nconnector = "sql"\nurl = { env = "CANARY_DSN" }\n[sources.crm.streams.people]\ntable = "people"\nkey = "id"\nmapping = "people.yaml"\n'
        (tmp_path / "bartack.toml").write_text(text)
        sing(tmp_path)
    else:
        crm.on("/people", rows)
        configured(tmp_path, crm.url, AUTHS["bearer"])
        with (tmp_path / "bartack.toml").open("a") as file:
            file.write('[store]\nurl = { env = "CANARY_DSN" }\n')
        sing(tmp_path, crm)


@pytest.mark.parametrize("answer", [rows, refused(407), ANSWERS["cut off"]])
def test_no_password_of_a_proxy_is_heard(
    tmp_path: Path, crm: Vendor, answer: Callable[[Asked], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    password = quote(CANARIES["CANARY_PASSWORD"], safe="")
    monkeypatch.setenv("CANARY_PROXY", crm.url.replace("://", f"://reader:{password}@"))
    crm.on("/people", answer)
    configured(tmp_path, "http://crm.example", AUTHS["bearer"], 'proxy = {{ env = "CANARY_PROXY" }}\n')
    sing(tmp_path, crm)
    assert "proxy-authorization" in crm.asked[0].headers


@pytest.mark.parametrize("auth", AUTHS)
def test_no_credential_is_heard_of_a_source_that_is_recorded_and_replayed(
    tmp_path: Path, crm: Vendor, auth: str
) -> None:
    crm.on("/people", rows)
    configured(tmp_path, crm.url, AUTHS[auth], 'record = "people-cassette.yaml"\n')
    sing(tmp_path, crm)
    assert (tmp_path / "people-cassette.yaml").exists()
    configured(tmp_path, crm.url, AUTHS[auth], 'replay = "people-cassette.yaml"\n')
    sing(tmp_path)


@pytest.mark.parametrize("payload", ["keep", "encrypt", "drop"])
def test_no_key_or_credential_reaches_the_store(
    tmp_path: Path, crm: Vendor, payload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("CANARY_KEY", key)
    crm.on("/people", rows)
    configured(tmp_path, crm.url, AUTHS["client credentials"], f'keep = {{{{ payload = "{payload}" }}}}\n')
    with (tmp_path / "bartack.toml").open("a") as file:
        file.write('[store]\nkey = { env = "CANARY_KEY" }\n')
    sing(tmp_path, crm, key)
    assert (tmp_path / ".bartack/state.sqlite").exists()


def test_a_canary_that_sings_is_heard() -> None:
    canary = CANARIES["CANARY_PASSWORD"]
    for text in (
        canary,
        quote(canary),
        json.dumps(canary),
        b64encode(f"x:{canary}".encode()).decode(),
        repr(canary.encode()),
    ):
        assert leaks(canary, f"Basic {text}=="), text
    assert leaks(canary, "kAnaRy7Q!x") == []
