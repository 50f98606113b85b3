"""No secret reaches the disk, wherever a protocol puts it; nothing else changes."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import Session
from requests.adapters import BaseAdapter

from bartack.recording import Cassette, Headers, RecordedRequest, Scrubber, recording

CANARY = "kAnaRy7Q!x/2+Vögel&9"
"""A secret with a character for every escape: URL, JSON, XML, base64."""

PLAIN = "c4n4ryTokenOf24Letters00"

URL = "https://crm.example/api"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

Sent = tuple[str, Headers, bytes | None]


def sent(url: str = URL, headers: Headers = (), body: str | bytes | None = None, kind: str = "") -> Sent:
    content = body.encode("utf-8") if isinstance(body, str) else body
    return url, (*headers, *((("Content-Type", kind),) if kind else ())), content


def parts(name: str, value: str) -> str:
    return f'--b1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b1--\r\n'


BY_NAME: dict[str, Sent] = {
    "bearer header": sent(headers=(("Authorization", f"Bearer {PLAIN}"),)),
    "bare authorization header": sent(headers=(("Authorization", PLAIN),)),
    "proxy header": sent(headers=(("Proxy-Authorization", f"Basic {PLAIN}"),)),
    "cookie header": sent(headers=(("Cookie", f"lang=de; session={PLAIN}"),)),
    "api key header": sent(headers=(("X-Api-Key", PLAIN),)),
    "session header": sent(headers=(("X-Legacy-SessionID", PLAIN),)),
    "subscription key header": sent(headers=(("Ocp-Apim-Subscription-Key", PLAIN),)),
    "hapikey parameter": sent(f"{URL}?limit=1&hapikey={PLAIN}"),
    "api_token parameter": sent(f"{URL}?api_token={PLAIN}&start=0"),
    "signed URL": sent(f"{URL}?sig={PLAIN}&se=2026"),
    "session in the path": sent(f"https://crm.example/a;jsessionid={PLAIN}?x=1"),
    "user and password in the URL": sent(f"https://zoe:{PLAIN}@crm.example/"),
    "token in a header's URL": sent(headers=(("Referer", f"{URL}?access_token={PLAIN}"),)),
    "form password": sent(body=f"user=zoe&password={PLAIN}", kind=FORM),
    "form assertion": sent(body=f"grant_type=jwt&assertion={PLAIN}", kind=FORM),
    "authorization code": sent(body=f"grant_type=authorization_code&code={PLAIN}", kind=FORM),
    "JSON in a form": sent(body="rest_data=" + quote_plus(json.dumps({"session": PLAIN})), kind=FORM),
    "JSON client_secret": sent(body=json.dumps({"client_secret": PLAIN}), kind="application/vnd.api+json"),
    "nested JSON": sent(body=json.dumps([{"auth": {"refreshToken": PLAIN}}]), kind=JSON),
    "JSON below a secret name": sent(body=json.dumps({"credentials": {"parts": [PLAIN, 7]}}), kind=JSON),
    "JSON name and value": sent(body=json.dumps([{"value": PLAIN, "name": "password"}]), kind=JSON),
    "JSON key in escapes": sent(body='{"pass\\u0077ord": "%s"}' % PLAIN, kind=JSON),
    "JSON in JSON": sent(body=json.dumps({"batch": [{"body": json.dumps({"token": PLAIN})}]}), kind=JSON),
    "JSON that is cut off": sent(body='{"user": 1, "password": "%s' % PLAIN, kind=JSON),
    "JSON number": sent(body='{"passcode": 740031}', kind=JSON),
    "SOAP password": sent(body=f'<o:Password xmlns:o="{WSSE}" Type="x#PasswordText">{PLAIN}</o:Password>'),
    "SOAP nonce": sent(body=f'<a><o:Nonce xmlns:o="{WSSE}">{PLAIN}</o:Nonce></a>'),
    "SOAP session": sent(body=f"<Header><SessionHeader><sessionId>{PLAIN}</sessionId></SessionHeader></Header>"),
    "SOAP in CDATA": sent(body=f"<login><password><![CDATA[{PLAIN}]]></password></login>"),
    "SAML assertion": sent(body=f"<a><saml:Assertion><saml:Name>{PLAIN}</saml:Name></saml:Assertion></a>"),
    "token passport": sent(body=f"<t:tokenPassport><t:signature>{PLAIN}</t:signature></t:tokenPassport>"),
    "XML below a secret name": sent(body=f"<r><credentials><part>{PLAIN}</part></credentials></r>"),
    "XML that is cut off": sent(body=f"<login><password>{PLAIN}"),
    "XML attribute": sent(body=f"<login user='zoe' password='{PLAIN}'/>"),
    "XML in XML": sent(body="<login><xml>" + escape(f"<password>{PLAIN}</password>") + "</xml></login>"),
    "XML-RPC member": sent(
        body="<struct><member><name>outer</name><value><struct><member><name>password</name>"
        f"<value><string>{PLAIN}</string></value></member></struct></value></member></struct>"
    ),
    "UTF-16 XML": sent(body=f"<login><password>{PLAIN}</password></login>".encode("utf-16")),
    "multipart field": sent(body=parts("client_secret", PLAIN), kind="multipart/form-data; boundary=b1"),
    "batch part": sent(body=f"--b\n\nGET /a HTTP/1.1\nAuthorization: Bearer {PLAIN}\n\n--b--", kind="multipart/mixed"),
    "web token in prose": sent(body=f"see eyJhbGciOiJub25lIn0.eyJzdWIi{PLAIN}.{PLAIN}", kind="text/plain"),
    "private key": sent(body=f"-----BEGIN RSA PRIVATE KEY-----\n{PLAIN}\n-----END RSA PRIVATE KEY-----"),
}
SECRETS = (PLAIN, "740031")


@pytest.fixture
def record(
    tmp_path: Path, answering: Callable[[bytes, Headers], BaseAdapter], session_on: Callable[[BaseAdapter], Session]
) -> Callable[..., bytes]:
    """Record one exchange and return the file."""

    def recorded(sent: Sent, secrets: tuple[str, ...] = (), body: bytes = b"{}", headers: Headers = ()) -> bytes:
        path = tmp_path / "one.yaml"
        url, request_headers, content = sent
        with recording(path, secrets=secrets, inner=answering(body, headers)) as adapter:
            session_on(adapter).post(url, data=content, headers=dict(request_headers))
        assert len(Cassette.load(path)) == 1
        return path.read_bytes()

    return recorded


def disguises(secret: str) -> set[bytes]:
    """All that would give a secret away: in clear, escaped, and in base64 at any of three shifts."""
    raw = secret.encode("utf-8")
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), escape(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    packed = {base64.b64encode(b"x" * shift + raw)[4 : -4 or None] for shift in range(3)}
    packed |= {base64.urlsafe_b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {form.encode("utf-8") for form in forms} | {raw.hex().encode()} | {core for core in packed if len(core) > 6}


def assert_gone(file: bytes, *secrets: str) -> None:
    texts = [file, *(base64.b64decode(word) for word in file.split() if len(word) % 4 == 0 and word.isalnum())]
    found = [form for secret in secrets for form in disguises(secret) for text in texts if form in text]
    assert not found
    assert b"scrubbed" in file


@pytest.mark.parametrize("position", BY_NAME)
def test_a_secret_under_its_name_does_not_reach_the_disk(record: Callable[..., bytes], position: str) -> None:
    assert_gone(record(BY_NAME[position]), *SECRETS)


@pytest.mark.parametrize("position", [name for name, sent in BY_NAME.items() if sent[2]])
def test_nor_does_it_in_an_answer(record: Callable[..., bytes], position: str) -> None:
    assert_gone(record(sent(), body=BY_NAME[position][2] or b""), *SECRETS)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (json.dumps({"access_token": PLAIN}).encode(), ()),
        (json.dumps({"next": f"{URL}?page=2&hapikey={PLAIN}"}).encode(), ()),
        (f'<input type="hidden" name="csrf_token" value="{PLAIN}">'.encode(), ()),
        (b"{}", (("Set-Cookie", f"session={PLAIN}; Path=/; HttpOnly"),)),
        (b"{}", (("Set-Cookie", f"a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT, session={PLAIN}; Path=/"),)),
        (b"{}", (("Location", f"https://app.example/#access_token={PLAIN}&state=1"),)),
        (gzip.compress(json.dumps({"id_token": PLAIN}).encode(), mtime=0), (("Content-Encoding", "gzip"),)),
        (zlib.compress(json.dumps({"session_id": PLAIN}).encode()), (("Content-Encoding", "deflate"),)),
    ],
)
def test_what_only_answers_carry_does_not_reach_the_disk(
    record: Callable[..., bytes], body: bytes, headers: Headers
) -> None:
    assert_gone(record(sent(), body=body, headers=headers), PLAIN)


KNOWN: dict[str, Sent] = {
    "path": sent(f"https://hooks.example/services/{quote(CANARY, safe='')}/send"),
    "unknown parameter": sent(f"{URL}?k={quote_plus(CANARY)}"),
    "unknown header": sent(headers=(("X-Legacy-Gate", base64.b64encode(CANARY.encode()).decode()),)),
    "positional JSON": sent(body=json.dumps({"params": ["db", 2, CANARY, "res.partner"]}), kind=JSON),
    "positional JSON in clear": sent(body=json.dumps(["db", CANARY], ensure_ascii=False), kind=JSON),
    "JSON with all escapes": sent(body='["%s"]' % "".join(f"\\u{ord(letter):04x}" for letter in CANARY), kind=JSON),
    "positional XML": sent(body=f"<params><param><string>{escape(CANARY)}</string></param></params>"),
    "prose": sent(body=f"the password is {CANARY}.", kind="text/plain; charset=utf-8"),
    "Latin-1 prose": sent(body=f"the password is {CANARY}, é.".encode("latin-1")),
    "binary": sent(body=b"\xff\x00\xfe" + CANARY.encode() + b"\x80"),
    "base64, begins a word": sent(body=base64.b64encode(f"{CANARY}:zoe".encode()).decode(), kind="text/plain"),
    "base64, one letter in": sent(body=base64.b64encode(f"z:{CANARY}:zoe".encode()).decode(), kind="text/plain"),
    "base64, two letters in": sent(body=base64.b64encode(f"z{CANARY}".encode()).decode(), kind="text/plain"),
    "base64 for URLs": sent(f"{URL}?t={base64.urlsafe_b64encode(f'abc{CANARY}'.encode()).decode()}"),
}


@pytest.mark.parametrize("position", KNOWN)
def test_a_known_secret_does_not_reach_the_disk_wherever_it_stands(record: Callable[..., bytes], position: str) -> None:
    assert_gone(record(KNOWN[position], secrets=(CANARY,)), CANARY)


def test_a_packed_request_is_opened_before_it_is_searched(record: Callable[..., bytes]) -> None:
    packed = sent(headers=(("Content-Encoding", "gzip"),), body=gzip.compress(json.dumps({"token": PLAIN}).encode()))
    file = record(packed)
    assert_gone(file, PLAIN)
    assert b"content_encoding:\n    request: gzip" in file


def test_a_short_known_secret_is_replaced_only_where_it_stands_alone() -> None:
    scrub = Scrubber(["admin"])
    assert scrub.text("admin, the administrator: admin") == "scrubbed, the administrator: scrubbed"


@pytest.mark.parametrize(
    "harmless",
    [
        '{"page_token": "CAoQAA", "sync_token": "x1", "next": "https://crm.example/?after=5&page_token=CAoQAA"}',
        '{"password_expired": false, "has_password": true, "secret": null, "key": "PROJ-1"}',
        '{"amount": 1.10, "big": 12345678901234567890, "name": "Zo\\u00eb", "twice": 1, "twice": 2 }',
        "Basic authentication is required. The bearer of this letter ...",
        "<a:items xmlns:a='urn:a'><a:key>PROJ-1</a:key>\n <a:value>3 &lt; 4</a:value></a:items>",
        "Session: Tuesday\nSignature: Zoë",
        "name;email\nZoë;zoe@example.org",
        "limit=10&after=CAoQAA&email=zoe%40example.org",
    ],
)
def test_what_is_no_secret_stays_to_the_letter(harmless: str) -> None:
    assert Scrubber().text(harmless) == harmless


def test_only_the_secret_changes_and_the_layout_stays() -> None:
    body = b'{\n  "token" : "a\\"b",\n  "amount": 1.10, "deep": {"Client-Secret": 12, "ok": true}\n}'
    assert Scrubber().body(body) == (
        b'{\n  "token" : "scrubbed",\n  "amount": 1.10, "deep": {"Client-Secret": "scrubbed", "ok": true}\n}'
    )


def test_what_helps_a_reader_stays() -> None:
    headers = Scrubber().headers(
        (("Authorization", "Basic em9lOnB3"), ("Set-Cookie", "sid=1; Path=/; HttpOnly"), ("Cookie", "a=1; b=2"))
    )
    assert headers == (
        ("Authorization", "Basic scrubbed"),
        ("Set-Cookie", "sid=scrubbed; Path=/; HttpOnly"),
        ("Cookie", "a=scrubbed; b=scrubbed"),
    )


def test_a_scrubber_does_not_show_what_it_knows() -> None:
    assert CANARY not in repr(Scrubber([CANARY]))


WORDS = [*'{}[]",:\\<>/=&?;!-_ \n\r.%+@#', "token", "password", "name", "value", "é", "0", "aB", "Bearer ", "eyJ"]
TEXTS = st.lists(st.sampled_from(WORDS)).map("".join)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(TEXTS)
def test_what_was_scrubbed_once_stays_as_it_is(text: str) -> None:
    scrub = Scrubber(["aB0aB0aB", "é0"])
    once = scrub.text(text)
    assert scrub.text(once) == once


@given(DOCUMENTS)
def test_scrubbed_json_is_still_json(document: object) -> None:
    json.loads(Scrubber(["0"]).text(json.dumps({"password": document, "other": [document]})))


@given(st.binary())
def test_any_bytes_can_be_scrubbed(body: bytes) -> None:
    request = Scrubber(["password"]).request(RecordedRequest("POST", URL, (), body))
    assert isinstance(request.body, bytes)
