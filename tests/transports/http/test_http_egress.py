"""Where requests may go: not one packet reaches another server than those that are configured, whoever names it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from bartack.errors import BartackError, ConfigError, SourceChangedError
from bartack.settings import Secret
from bartack.transports.base import Query
from bartack.transports.http import (
    Bearer,
    HeaderKey,
    HttpSession,
    HttpStream,
    LinkHeaderPaging,
    NextUrlPaging,
    OAuth2ClientCredentials,
    QueryKey,
)
from bartack.transports.http.addresses import Base, is_same_origin, origin_of
from support.http_vendor import Answer, Vendor
from support.raw_server import Raw, raw_server

Connect = Callable[..., HttpSession]

HOSTILE = [
    "http://127.0.0.1:{other}/steal",
    "HTTP://127.0.0.1:{other}/steal",
    "//127.0.0.1:{other}/steal",
    "///127.0.0.1:{other}/steal",
    "http:127.0.0.1:{other}/steal",
    "http:/127.0.0.1:{other}/steal",
    "http:///127.0.0.1:{other}/steal",
    "http://localhost:{other}/steal",
    "http://127.1:{other}/steal",
    "http://2130706433:{other}/steal",
    "http://0x7f000001:{other}/steal",
    "http://0x7f.1:{other}/steal",
    "http://0177.0.0.1:{other}/steal",
    "http://127.0.0.01:{other}/steal",
    "http://0:{other}/steal",
    "http://0.0.0.0:{other}/steal",
    "http://[::1]:{other}/steal",
    "http://[::ffff:127.0.0.1]:{other}/steal",
    "http://[::ffff:7f00:1]:{other}/steal",
    "http://[::]:{other}/steal",
    "http://127.0.0.1.:{other}/steal",
    "http://127.0.0.1:{home}@127.0.0.1:{other}/steal",
    "http://127.0.0.1:{home}\\@127.0.0.1:{other}/steal",
    "http://127.0.0.1:{other}\\@127.0.0.1:{home}/steal",
    "http://127.0.0.1:{other}#@127.0.0.1:{home}/steal",
    "http://127.0.0.1:{other}?@127.0.0.1:{home}/steal",
    "http://127.0.0.1:{home}%40127.0.0.1:{other}/steal",
    "http://user:secret@127.0.0.1:{other}/steal",
    "http://127.0.0.1:{home} @127.0.0.1:{other}/steal",
    "http://127.0.0.1:{other}\t/steal",
    "\thttp://127.0.0.1:{other}/steal",
    "http://127.0.0.1:{other}\r\nHost: x/steal",
    "http://127.0.0.1:{home}.evil.test:{other}/steal",
    "http://\uff11\uff12\uff17.0.0.1:{other}/steal",
    "http://\u2460\u2461\u2466.0.0.1:{other}/steal",
    "http://127\u30020\u30020\u30021:{other}/steal",
    "http://127.0.0.1%00.evil.test:{other}/steal",
    "http://127%2e0%2e0%2e1:{other}/steal",
    "https://127.0.0.1:{other}/steal",
    "ftp://127.0.0.1:{other}/steal",
    "gopher://127.0.0.1:{other}/_steal",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:application/json,{{}}",
    "\\\\127.0.0.1:{other}\\steal",
]
"""At least one parser or system reads each of them as the second server, or as something that is no server at all."""


def is_spelled_plainly(url: str) -> bool:
    """Tell an address that is only foreign from one that pretends to be something else."""
    return re.match(r"(?i)^https?://(127\.0\.0\.1|localhost|\[[0-9a-f:.]+\]|0\.0\.0\.0):[0-9]+/", url) is not None


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    """The second server: counts connections, so that it sees even one that sends nothing."""
    with raw_server(lambda raw, held: None) as raw:
        yield raw
        assert raw.connections == 0


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest, vendor: Vendor, other: Raw) -> str:
    return str(request.param).format(other=other.port, home=vendor.url.rpartition(":")[2])


AUTH = [Bearer("token"), HeaderKey("X-Api-Key", "token"), QueryKey("api_token", "token")]


def test_no_path_leads_there(vendor: Vendor, connect: Connect, hostile: str) -> None:
    vendor.on("/contacts", {})
    with pytest.raises(BartackError) as caught:
        connect(Bearer("token"), redirects=3).request("GET", hostile)
    assert not caught.value.retryable


def test_no_base_url_that_only_looks_like_another_is_taken(connect: Connect, hostile: str) -> None:
    if is_spelled_plainly(hostile):
        return  # an operator may write any plain address
    with pytest.raises(ConfigError):
        connect(Bearer("token"), base_url=hostile).request("GET", "/contacts")


@pytest.mark.parametrize("paging", [NextUrlPaging("next"), LinkHeaderPaging()], ids=["body", "header"])
def test_no_next_page_leads_there(vendor: Vendor, connect: Connect, hostile: str, paging: Any) -> None:
    link = {"Link": f'<{in_a_header(hostile)}>; rel="next"'}
    vendor.on("/contacts", Answer({"data": [{"id": 1}], "next": hostile}, headers=link))
    stream = HttpStream("contacts", path="/contacts", rows="data", key="id", mapping="c.yaml", paging=paging)
    with pytest.raises(BartackError) as caught:
        list(stream.pages(connect(Bearer("token"), redirects=3), Query()))
    assert not caught.value.retryable


def test_no_redirect_leads_there(vendor: Vendor, connect: Connect, hostile: str) -> None:
    for status in (301, 302, 303, 307, 308):
        vendor.on("/contacts", Answer(b"", status, {"Location": in_a_header(hostile)}))
        for auth in AUTH:
            with pytest.raises(SourceChangedError, match="was not followed"):
                connect(auth, redirects=3).request("GET", "/contacts")


def in_a_header(url: str) -> str:
    return url.encode("ascii", "ignore").decode().replace("\r\n", "").strip()


def test_no_token_endpoint_leads_there(vendor: Vendor, connect: Connect, hostile: str) -> None:
    """Neither by its redirect, nor by the address that its answer names, nor by a setting that is put into its own."""
    for status in (302, 307, 308):
        vendor.on("/token", Answer(b"", status, {"Location": in_a_header(hostile)}))
        with pytest.raises(SourceChangedError):
            connect(OAuth2ClientCredentials("/token"), redirects=3).request("GET", "/contacts")
    vendor.on("/token", {"access_token": "granted", "instance_url": hostile})
    with pytest.raises(BartackError):
        connect(OAuth2ClientCredentials("/token")).request("GET", "/contacts")
    for tenant in (hostile, hostile.partition("://")[2] or hostile):
        with pytest.raises(ConfigError, match="part of a host's name"):
            connect(OAuth2ClientCredentials("http://{tenant}.login.test/token"), tenant=tenant).request("GET", "/")


# ---- what is allowed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", AUTH, ids=["bearer", "header", "query"])
def test_allowed_hosts_are_asked_for_next_pages_without_credentials(
    vendor: Vendor, elsewhere: Vendor, connect: Connect, auth: Any
) -> None:
    vendor.on("/contacts", Answer({"data": [{"id": 1}], "next": f"{elsewhere.url}/more?sig=x"}, headers={"Set-Cookie": "sid=hush"}))  # fmt: skip
    elsewhere.on("/more", {"data": [{"id": 2}], "next": f"{vendor.url}/last"})
    vendor.on("/last", {"data": [{"id": 3}]})
    stream = HttpStream("contacts", path="/contacts", rows="data", key="id", mapping="c.yaml", paging=NextUrlPaging("next"), headers={"X-Tenant": "hush"})  # fmt: skip
    pages = list(stream.pages(connect(auth, allow_hosts=(elsewhere.url,)), Query()))
    assert [row["id"] for page in pages for row in page.rows] == [1, 2, 3]
    (asked,) = elsewhere.asked
    told = repr((asked.headers, asked.query))
    assert "tok-example" not in told
    assert "hush" not in told
    assert asked.query == {"sig": "x"}
    assert "tok-example" in repr((vendor.asked[1].headers, vendor.asked[1].query))
    assert "sid=hush" in vendor.asked[1].headers["cookie"]  # back home, as before


def test_cookies_of_an_allowed_host_do_not_reach_the_source(
    vendor: Vendor, elsewhere: Vendor, connect: Connect
) -> None:
    elsewhere.on("/more", Answer({}, headers={"Set-Cookie": "planted=1; Path=/"}))
    vendor.on("/contacts", {})
    session = connect(allow_hosts=(elsewhere.url,))
    session.request("GET", f"{elsewhere.url}/more")
    session.request("GET", "/contacts")
    assert "cookie" not in vendor.asked[0].headers


@pytest.mark.parametrize("host", ["https://", "http://a/b", "a..b", "zoe@a", "127.1", "a b", "ftp://a", "https://a?x"])
def test_an_allowed_host_that_is_no_host_is_said(connect: Connect, host: str) -> None:
    with pytest.raises(ConfigError, match="is no host or origin"):
        connect(allow_hosts=(host,))


def test_a_bare_allowed_host_means_https() -> None:
    base = Base.parse(
        "http://crm.example.org", ("files.example.org", "files.example.org:8443", "http://old.example.org")
    )
    assert base.allows("https://files.example.org/x")
    assert base.allows("https://files.example.org:8443/x")
    assert base.allows("http://old.example.org:80/x")
    assert not base.allows("http://files.example.org/x")
    assert not base.allows("https://old.example.org/x")
    assert not base.allows("https://evil.files.example.org/x")


@pytest.mark.parametrize(
    ("one", "other_one", "same"),
    [
        ("https://crm.example.org", "HTTPS://CRM.example.org:443/x", True),
        ("http://[::1]:80/", "http://[::1]/x", True),
        ("https://crm.example.org", "https://crm.example.org.", False),
        ("https://crm.example.org", "http://crm.example.org:443", False),
        ("https://crm.example.org", "crm.example.org", False),
    ],
)
def test_origins_are_compared_as_the_client_reads_them(one: str, other_one: str, same: bool) -> None:
    assert is_same_origin(one, other_one) is same


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "http:",
                "https:",
                "//",
                "/",
                "\\",
                "@",
                ":",
                ":80",
                "#",
                "?",
                "%40",
                "%2f",
                ".",
                "..",
                "[",
                "]",
                "::1",
                " ",
                "\t",
                "\u3002",
                "crm.example.org",
                "CRM.example.org",
                "evil.test",
                "127.0.0.1",
                "a",
                "1",
            ]
        ),
        max_size=9,
    ).map("".join)
)
def test_what_is_allowed_is_where_the_client_really_goes(rest: str) -> None:
    base = Base.parse("http://crm.example.org/api")
    for url in (rest, f"http://{rest}", f"http://crm.example.org{rest}"):
        if base.allows(url):
            sent = requests.Request("GET", url).prepare().url or ""
            read = parse_url(sent)
            assert ((read.host or "").lower(), read.port or 80, read.scheme) == ("crm.example.org", 80, "http")
            assert (urlsplit(sent).hostname, urlsplit(sent).port or 80) == ("crm.example.org", 80)


def test_urllib3_still_reads_addresses_as_the_checks_expect() -> None:
    assert origin_of("http://127.0.0.1:80\\@example.test/") is None
    assert [origin_of(f"http://crm.example.org/{char}") for char in " \t\r\n\0\\\x85"] == [None] * 7
    assert origin_of("HTTP://Crm.Example.ORG/x") == ("http", "crm.example.org", 80)
    assert origin_of("https://[2001:DB8::1]:8443") == ("https", "2001:db8::1", 8443)


# ---- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("auth", AUTH, ids=["bearer", "header", "query"])
def test_a_declared_redirect_on_the_same_origin_takes_the_credentials_along(
    vendor: Vendor, connect: Connect, status: int, auth: Any
) -> None:
    vendor.on("/contacts", Answer(b"", status, {"Location": "/v2/contacts?page=1#top"}))
    vendor.on("/v2/contacts", {"data": [1]})
    body = connect(auth, redirects=1).request("GET", "/contacts", params={"q": "x"})
    assert (body.content, body.url) == (b'{"data": [1]}', f"{vendor.url}/v2/contacts?page=1")
    assert "tok-example" in repr((vendor.asked[1].headers, vendor.asked[1].query))
    assert vendor.asked[1].query.keys() - {"api_token"} == {"page"}


@pytest.mark.parametrize("auth", AUTH, ids=["bearer", "header", "query"])
def test_a_declared_redirect_to_an_allowed_host_drops_them_for_good(
    vendor: Vendor, elsewhere: Vendor, connect: Connect, auth: Any
) -> None:
    vendor.on("/contacts", Answer(b"", 302, {"Location": f"{elsewhere.url}/file", "Set-Cookie": "sid=hush"}))
    elsewhere.on("/file", Answer(b"", 302, {"Location": f"{vendor.url}/back"}))
    vendor.on("/back", {})
    session = connect(auth, redirects=3, allow_hosts=(elsewhere.url,))
    session.request("GET", "/contacts", headers={"X-Tenant": "hush"})
    assert "tok-example" not in repr(elsewhere.asked)
    assert "hush" not in repr(elsewhere.asked)
    assert "tok-example" not in repr(vendor.asked[1])


@pytest.mark.parametrize("status", [307, 308])
def test_no_body_is_sent_again_to_another_host(
    vendor: Vendor, elsewhere: Vendor, connect: Connect, status: int
) -> None:
    vendor.on("/contacts", Answer(b"", status, {"Location": f"{elsewhere.url}/file"}))
    session = connect(redirects=3, allow_hosts=(elsewhere.url,))
    with pytest.raises(SourceChangedError, match="was not followed"):
        session.request("POST", "/contacts", json={"client_secret": "hush"})
    assert elsewhere.asked == []


def test_a_request_with_a_body_keeps_it_or_becomes_a_get_only_where_that_is_meant(
    vendor: Vendor, connect: Connect
) -> None:
    vendor.on("/new", {})
    for status, method in ((303, "GET"), (307, "POST"), (308, "POST")):
        vendor.on("/contacts", Answer(b"", status, {"Location": "/new"}))
        connect(redirects=1).request("POST", "/contacts", json={"q": 1})
        assert (vendor.asked[-1].method, vendor.asked[-1].body) == (method, b"" if method == "GET" else b'{"q": 1}')
    for status in (301, 302):
        vendor.on("/contacts", Answer(b"", status, {"Location": "/new"}))
        with pytest.raises(SourceChangedError, match="was not followed"):
            connect(redirects=1).request("POST", "/contacts", json={"q": 1})


def test_redirects_end(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer(b"", 302, {"Location": "/contacts"}))
    with pytest.raises(SourceChangedError, match="status 302"):
        connect(redirects=3).request("GET", "/contacts")
    assert len(vendor.asked) == 4


# ---- addresses behind names -----------------------------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Host names and their addresses; each look-up is kept under ``asked``."""
    known: dict[str, list[str]] = {"asked": []}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **kwargs)
        known["asked"].append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port) if ":" not in one else (one, port, 0, 0))
            for one in known[host]
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
    "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_public_name_that_leads_inwards_is_not_dialled(
    vendor: Vendor, connect: Connect, names: dict[str, list[str]], address: str
) -> None:
    port = vendor.url.rpartition(":")[2]
    for also in ([], ["93.184.216.34"]):
        names["crm.example.org"] = [*also, address]
        with pytest.raises(ConfigError, match="leads to an address that is not public") as caught:
            connect(base_url=f"http://crm.example.org:{port}").request("GET", "/contacts")
        assert not caught.value.retryable
        assert "private = true" in str(caught.value)
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("host", "settings"),
    [
        ("crm.example.org", {"private": True}),
        ("tickets.intra.example", {}),
        ("crm.corp.example.org", {}),
        ("nas.local", {}),
        ("crm", {}),
        ("localhost", {}),
    ],
)
def test_a_name_that_is_configured_as_internal_may_lead_inwards(
    vendor: Vendor, connect: Connect, names: dict[str, list[str]], host: str, settings: dict[str, Any]
) -> None:
    names[host] = ["127.0.0.1"]
    vendor.on("/contacts", {})
    port = vendor.url.rpartition(":")[2]
    connect(base_url=f"http://{host}:{port}", **settings).request("GET", "/contacts")
    assert vendor.asked[0].headers["host"] == f"{host}:{port}"


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0"])
def test_not_even_an_internal_name_leads_to_where_clouds_keep_credentials(
    connect: Connect, names: dict[str, list[str]], address: str
) -> None:
    names["metadata.internal"] = [address]
    with pytest.raises(ConfigError, match="not public"):
        connect(base_url="http://metadata.internal").request("GET", "/contacts")


def test_a_name_is_looked_up_once_and_the_checked_address_is_dialled(
    vendor: Vendor, other: Raw, connect: Connect, names: dict[str, list[str]]
) -> None:
    names["crm"] = ["127.0.0.1"]
    vendor.on("/contacts", {})
    session = connect(base_url=f"http://crm:{vendor.url.rpartition(':')[2]}")
    for _ in range(3):
        session.request("GET", "/contacts")
    assert names["asked"] == ["crm"]


def test_a_second_address_is_tried_where_the_first_does_not_answer(
    vendor: Vendor, connect: Connect, names: dict[str, list[str]]
) -> None:
    names["crm"] = ["::1", "127.0.0.1"]
    vendor.on("/contacts", {})
    connect(base_url=f"http://crm:{vendor.url.rpartition(':')[2]}").request("GET", "/contacts")
    assert len(vendor.asked) == 1


# ---- proxies --------------------------------------------------------------------------------------------------------


def test_a_proxy_gets_its_password_and_the_source_does_not(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", {})
    proxy = Secret(f"http://zoe:hush-example@{vendor.url.removeprefix('http://')}")
    connect(Bearer("token"), base_url="http://crm.example.org", proxy=proxy).request("GET", "/contacts")
    assert vendor.asked[0].headers["proxy-authorization"].startswith("Basic ")
    assert vendor.asked[0].headers["host"] == "crm.example.org"


def test_a_proxy_that_wants_a_password_is_a_matter_of_access(connect: Connect) -> None:
    def refuses(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        held.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with raw_server(refuses) as raw, pytest.raises(BartackError, match="wants a user and password") as caught:
        connect(base_url="https://crm.example.org", proxy=raw.url).request("GET", "/contacts")
    assert not caught.value.retryable


def test_the_environment_counts_where_it_is_asked_for_and_netrc_never_does(
    vendor: Vendor, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine crm.example.org login zoe password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", vendor.url)
    monkeypatch.delenv("no_proxy", raising=False)
    vendor.on("/contacts", {})
    connect(Bearer("token"), base_url="http://crm.example.org", trust_env=True).request("GET", "/contacts")
    assert vendor.asked[0].headers["host"] == "crm.example.org"
    assert vendor.asked[0].headers["authorization"] == "Bearer tok-example-0123456789"


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "ftp"])
def test_a_proxy_that_speaks_no_http_is_refused(vendor: Vendor, connect: Connect, scheme: str) -> None:
    proxy = vendor.url.replace("http", scheme)
    with pytest.raises(ConfigError, match="neither http nor https"):
        connect(base_url="http://crm.example.org", proxy=proxy).request("GET", "/contacts")
    assert vendor.asked == []
