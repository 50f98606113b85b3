"""Who is asking: credentials go where they belong, are renewed in time, and are never seen."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bartack.errors import AccessError, BartackError, ConfigError, SourceChangedError, SourceUnavailableError, WireError
from bartack.settings import Secret
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.http import (
    Basic,
    Bearer,
    CursorPaging,
    HeaderKey,
    HttpSession,
    NextUrlPaging,
    OAuth2ClientCredentials,
    OAuth2JwtBearer,
    OAuth2Refresh,
    QueryKey,
    Token,
)
from bartack.transports.http.outgoing import Outgoing
from support.http_vendor import Answer, Asked, Vendor

Connect = Callable[..., HttpSession]
Read = Callable[..., list[Page]]

CLIENT = OAuth2ClientCredentials("/oauth/token", scope="{base_url}/.default")
GRANTED = {"access_token": "granted-1-example", "token_type": "Bearer", "expires_in": 3600}
SECRETS = ("tok-example", "pass-example", "hush-example", "refresh-example", "granted-")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def only(*tokens: str) -> Callable[[Asked], Answer]:
    """Answer with a contact where the request bears one of the tokens, else with 401."""

    def reply(asked: Asked) -> Answer:
        if asked.headers.get("authorization") in {f"Bearer {token}" for token in tokens}:
            return Answer({"data": [{"id": 1}]})
        return Answer({"message": "Session expired"}, 401)

    return reply


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Bearer("token"), "authorization", "Bearer tok-example-0123456789"),
        (HeaderKey("X-Api-Key", "token"), "x-api-key", "tok-example-0123456789"),
        (HeaderKey("Authorization", "token", prefix="Token "), "authorization", "Token tok-example-0123456789"),
        (
            Basic("user", "password"),
            "authorization",
            "Basic " + base64.b64encode(b"zoe@example.org:pass-example-0123456789").decode(),
        ),
    ],
)
def test_credentials_go_into_a_header(vendor: Vendor, connect: Connect, auth: Any, header: str, value: str) -> None:
    vendor.on("/contacts", {})
    session = connect(auth)
    session.request("GET", "/contacts")
    assert vendor.asked[0].headers[header] == value
    assert not any(secret in repr(auth) + repr(session) + repr(session.settings) for secret in SECRETS)


def test_a_key_in_the_query_is_in_no_address_that_is_shown(vendor: Vendor, read: Read, connect: Connect) -> None:
    token = "tok-example-0123456789"
    vendor.on(
        "/contacts",
        {"data": [{"id": 1}], "next": f"/contacts?at=2&api_token={token}"},
        {"data": [{"id": 2}]},
    )
    session = connect(QueryKey("api_token", "token"))
    pages = read(session=session, paging=NextUrlPaging("next"))
    assert vendor.queries == [{"api_token": token}, {"at": "2", "api_token": token}]
    assert token not in repr(pages)
    body = session.request("GET", "/contacts")
    assert token not in repr(body.url)


def test_credentials_of_an_address_stay_on_that_address(vendor: Vendor, elsewhere: Vendor, connect: Connect) -> None:
    for auth in (Bearer("token"), QueryKey("k", "token"), Basic("user", "password")):
        with pytest.raises(ConfigError):
            connect(auth).request("GET", f"{elsewhere.url}/contacts")
    assert elsewhere.asked == []


def test_a_setting_that_is_missing_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="the setting 'api_key' is not set"):
        connect(Bearer("api_key")).request("GET", "/contacts")
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="the environment variable ACME_TOKEN is not set"):
        connect(Bearer("token"), token=Secret.from_env("ACME_TOKEN")).request("GET", "/contacts")


def test_secrets_come_from_the_environment_of_the_runtime(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", {})
    runtime = Runtime(environ={"ACME_TOKEN": "tok-of-runtime"})
    connect(Bearer("token"), runtime, token=Secret.from_env("ACME_TOKEN")).request("GET", "/contacts")
    assert vendor.asked[0].headers["authorization"] == "Bearer tok-of-runtime"


def test_a_user_name_with_a_colon_cannot_be_basic(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="holds a colon"):
        connect(Basic("user", "password"), user="zoe:example").request("GET", "/contacts")


def test_a_fixed_token_that_is_refused_is_not_tried_twice(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer({"message": "bad token"}, 401))
    with pytest.raises(AccessError, match="status 401: bad token"):
        connect(Bearer("token")).request("GET", "/contacts")
    assert len(vendor.asked) == 1


def test_an_application_logs_in_once_for_many_requests(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/api/oauth/token", GRANTED)
    vendor.on("/api/contacts", only("granted-1-example"))
    session = connect(CLIENT, base_url=f"{vendor.url}/api")
    session.request("GET", "/contacts")
    session.request("GET", "/contacts")
    login, *asked = vendor.asked
    assert [one.path for one in asked] == ["/api/contacts"] * 2
    assert login.form == {
        "grant_type": "client_credentials",
        "client_id": "client-example",
        "client_secret": "hush-example-0123456789",
        "scope": f"{vendor.url}/api/.default",
    }
    assert "authorization" not in login.headers


def test_a_log_in_may_be_on_another_host_that_the_connector_declares(
    vendor: Vendor, elsewhere: Vendor, connect: Connect
) -> None:
    elsewhere.on("/example-org/token", GRANTED)
    vendor.on("/contacts", only("granted-1-example"))
    connect(OAuth2ClientCredentials(elsewhere.url + "/{tenant}/token")).request("GET", "/contacts")
    assert len(elsewhere.asked) == 1


def test_a_token_is_renewed_shortly_before_it_expires(vendor: Vendor, connect: Connect) -> None:
    clock = Clock()
    vendor.on("/oauth/token", GRANTED, GRANTED | {"access_token": "granted-2-example"})
    vendor.on("/contacts", only("granted-1-example", "granted-2-example"))
    session = connect(CLIENT, Runtime(clock=clock))
    for moment in (0, 3500, 3571, 3572):
        clock.now = datetime(2026, 11, 23, 10, tzinfo=UTC) + timedelta(seconds=moment)
        session.request("GET", "/contacts")
    assert [asked.path for asked in vendor.asked] == [
        "/oauth/token", "/contacts", "/contacts", "/oauth/token", "/contacts", "/contacts",
    ]  # fmt: skip


def test_a_token_that_expires_within_a_read_is_renewed_and_the_same_page_asked_again(
    vendor: Vendor, read: Read, connect: Connect
) -> None:
    vendor.on("/oauth/token", {"access_token": "granted-1-example"}, {"access_token": "granted-2-example"})

    def page(asked: Asked) -> Answer:
        if asked.query.get("cursor") is None:
            return Answer({"data": [{"id": 1}], "next": "c2"})
        if asked.headers["authorization"] == "Bearer granted-1-example":
            return Answer({"message": "expired"}, 401)
        return Answer({"data": [{"id": 2}]})

    vendor.on("/contacts", page)
    pages = read(session=connect(CLIENT), paging=CursorPaging("next", "cursor"))
    assert [row["id"] for one in pages for row in one.rows] == [1, 2]
    assert [asked.path for asked in vendor.asked] == [
        "/oauth/token",
        "/contacts",
        "/contacts",
        "/oauth/token",
        "/contacts",
    ]


def test_a_second_refusal_after_a_new_log_in_is_final(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED)
    vendor.on("/contacts", only("another"))
    with pytest.raises(AccessError, match="status 401: Session expired"):
        connect(CLIENT).request("GET", "/contacts")
    assert [asked.path for asked in vendor.asked] == ["/oauth/token", "/contacts"] * 2


def test_a_log_in_may_name_the_allowed_address_to_go_to(vendor: Vendor, elsewhere: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED | {"instance_url": f"{elsewhere.url}/"})
    elsewhere.on("/contacts", only("granted-1-example"))
    session = connect(CLIENT, allow_hosts=(elsewhere.url,))
    session.request("GET", "/contacts")
    assert session.base_url == elsewhere.url
    with pytest.raises(ConfigError, match="not where this source lives"):
        session.request("GET", f"{vendor.url}/contacts")


def test_a_log_in_leads_nowhere_else(vendor: Vendor, elsewhere: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED | {"instance_url": elsewhere.url})
    with pytest.raises(SourceChangedError, match="where this source is not said to be"):
        connect(CLIENT).request("GET", "/contacts")
    assert elsewhere.asked == []


@pytest.mark.parametrize("address", ["ftp://crm.example.org", "https://zoe:hush@crm.example.org", "nowhere"])
def test_a_log_in_that_names_no_plain_address_is_refused(vendor: Vendor, connect: Connect, address: str) -> None:
    vendor.on("/oauth/token", GRANTED | {"instance_url": address})
    with pytest.raises(SourceChangedError, match="not plain"):
        connect(CLIENT).request("GET", "/contacts")


def test_a_log_in_never_leads_from_https_to_http(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED | {"instance_url": "http://crm.example.org"})
    session = connect(OAuth2ClientCredentials(f"{vendor.url}/oauth/token"), base_url="https://crm.example.org")
    with pytest.raises(SourceChangedError, match="not plain https"):
        session.request("GET", "/contacts")


def test_a_refresh_token_that_is_replaced_is_used_from_then_on(vendor: Vendor, connect: Connect) -> None:
    vendor.on(
        "/oauth/token",
        {"access_token": "granted-1-example", "refresh_token": "refresh-2-example"},
        {"access_token": "granted-2-example", "expires_in": "3600"},
        {"access_token": "granted-3-example"},
    )
    vendor.on("/contacts", only())
    session = connect(OAuth2Refresh("/oauth/token"))
    for _ in range(2):
        with pytest.raises(AccessError):
            session.request("GET", "/contacts")
    used = [asked.form["refresh_token"] for asked in vendor.asked if asked.path == "/oauth/token"]
    assert used == ["refresh-example-0123456789", "refresh-2-example", "refresh-2-example"]
    assert vendor.asked[0].form["client_secret"] == "hush-example-0123456789"


def test_a_public_client_refreshes_without_a_secret_and_under_its_own_scheme(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED)
    vendor.on("/contacts", {})
    connect(OAuth2Refresh("/oauth/token", client_secret=None, prefix="Zoho-oauthtoken")).request("GET", "/contacts")
    assert "client_secret" not in vendor.asked[0].form
    assert vendor.asked[1].headers["authorization"] == "Zoho-oauthtoken granted-1-example"


def test_a_signed_assertion_is_exchanged_for_a_token(vendor: Vendor, connect: Connect) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    vendor.on("/oauth/token", GRANTED)
    vendor.on("/contacts", only("granted-1-example"))
    auth = OAuth2JwtBearer("/oauth/token", audience="https://login.example.org")
    connect(auth, Runtime(clock=Clock()), private_key=Secret(pem)).request("GET", "/contacts")
    form = vendor.asked[0].form
    head, claims, signature = form["assertion"].split(".")
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert json.loads(unpadded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(unpadded(claims)) == {
        "iss": "client-example",
        "sub": "zoe@example.org",
        "aud": "https://login.example.org",
        "exp": int(datetime(2026, 11, 23, 10, 3, tzinfo=UTC).timestamp()),
    }
    key.public_key().verify(unpadded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_key_that_cannot_be_read_is_said_without_showing_it(connect: Connect) -> None:
    auth = OAuth2JwtBearer("/oauth/token", audience="https://login.example.org")
    with pytest.raises(ConfigError, match="'private_key' holds no readable RSA key") as caught:
        connect(auth, private_key=Secret("-----BEGIN hush-example-----")).request("GET", "/contacts")
    assert "hush" not in str(caught.value)


def test_without_the_package_that_signs_the_error_tells_what_to_install(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    auth = OAuth2JwtBearer("/oauth/token", audience="https://login.example.org")
    with pytest.raises(ConfigError, match=r'pip install "bartack\[jwt\]"'):
        connect(auth, private_key=Secret("x")).request("GET", "/contacts")


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (Answer({"error": "invalid_grant", "error_description": "token revoked"}, 400), AccessError, "token revoked"),
        (Answer({"error": "invalid_client"}, 401), AccessError, "invalid_client"),
        (Answer({"error": "slow_down"}, 429), SourceUnavailableError, "slow_down"),
        (Answer({}, 503), SourceUnavailableError, "status 503"),
        (Answer({"token": "granted-9-example"}), SourceChangedError, "has no access_token"),
        (Answer(["granted-9-example"]), SourceChangedError, "has no access_token"),
        (Answer({"access_token": 5}), SourceChangedError, "has no access_token"),
        (Answer(b"<html><title>Sign in</title></html>"), SourceChangedError, "Sign in"),
        (Answer(b"{", headers={"Content-Length": "5"}), BartackError, "POST"),
        (Answer(b""), WireError, "empty"),
        (Answer(None, 302, {"Location": "https://evil.test/"}), SourceChangedError, "redirects to host 'evil.test'"),
    ],
)
def test_a_log_in_that_fails_is_a_typed_error_without_secrets(
    vendor: Vendor, connect: Connect, answer: Answer, kind: type[BartackError], told: str
) -> None:
    vendor.on("/oauth/token", answer)
    with pytest.raises(kind, match=told) as caught:
        connect(CLIENT, timeout=0.3).request("GET", "/contacts")
    assert "/oauth/token: " in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert len(vendor.asked) == 1


def test_a_token_echoed_by_the_source_is_not_repeated(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/oauth/token", GRANTED)
    vendor.on("/contacts", lambda asked: Answer({"message": f"who is {asked.headers['authorization']}"}, 403))
    with pytest.raises(AccessError, match=r"who is Bearer \*\*\*") as caught:
        connect(CLIENT).request("GET", "/contacts")
    assert "granted-1" not in repr(caught.value)


def test_tokens_are_in_no_repr() -> None:
    told = repr(Token("granted-1-example", refresh="refresh-example")) + repr(
        Outgoing(
            "GET",
            "https://crm.example.org",
            [("k", "tok-example")],
            {"Authorization": "Bearer tok-example"},
            b"tok-example",
        )
    )
    assert not any(secret in told for secret in SECRETS)


def test_a_connector_may_bring_its_own_log_in(vendor: Vendor, read: Read, connect: Connect) -> None:
    class SessionKey:
        def login(self, session: HttpSession) -> Token:
            answer = session.exchange(
                "/login", {"user": session.secret("user"), "password": session.secret("password")}
            )
            return Token(answer["key"])

        def apply(self, request: Outgoing, session: HttpSession) -> None:
            assert session.token is not None
            request.headers["Authorization"] = f"Session {session.token.text}"

    vendor.on("/login", {"key": "granted-7-example"})
    vendor.on("/contacts", {"data": []})
    read(Query(), connect(SessionKey()))
    assert vendor.asked[1].headers["authorization"] == "Session granted-7-example"
