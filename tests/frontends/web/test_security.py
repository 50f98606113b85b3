"""Who comes in, under which name, from which page; and how little a stranger gets done."""

from __future__ import annotations

import socket

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.frontends.web.sessions import LIFE, Sessions
from bartack.testing.clock import FakeClock
from support.serving import Served, exchange

PAGE = {"Accept": "text/html"}

PIECES = [
    b"GET /api/v1/get?citation=bartack://legacy/customers/00000101 HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    b"Upgrade: h2c\r\n",
    b"Host: localhost\r\n",
    b"Authorization: Bearer\r\n",
    b"Authorization: Basic Og==\r\n",
    b"Cookie: bartack-1=a.b.c.d\r\n",
    b"Cookie: ;;=\r\n",
    b"\r\n",
    b"\n",
    b"5\r\nabcde\r\n",
    b"0\r\n\r\n",
    b"ffffffffffff\r\n",
    b"abcde",
    b"\x00",
    b"\xff" * 9,
    b" ",
]
"""What requests are made of."""


def logged_in(served: Served, token: str = "token-of-the-operator") -> requests.Session:
    client = served.client(None)
    answer = client.post(f"{served.url}/login", data={"token": token}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    return client


def form_token(client: requests.Session, served: Served) -> str:
    page = client.get(f"{served.url}/").text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_nobody_gets_an_answer_without_a_token(served: Served) -> None:
    for path in ("/", "/metrics", "/api/v1/sources", "/api/v1/openapi.json", "/nothing"):
        answer = served.get(path, None)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for token in ("token-of-the-operato", "token-of-the-operator2", "", "é"):
        assert (
            served.get("/api/v1/sources", None, headers={"Authorization": f"Bearer {token}".encode()}).status_code
            == 401
        )
    assert served.get("/healthz", None).status_code == 200
    assert served.get("/readyz", None).json() == {"ready": True}  # and of no source a word
    assert served.get("/readyz").json()["sources"]


def test_a_browser_is_led_to_its_log_in_and_back(served: Served) -> None:
    led = served.get("/sources?x=1", None, headers=PAGE)
    assert (led.status_code, led.headers["Location"]) == (303, "/login?next=%2Fsources%3Fx%3D1")
    asked = served.get(led.headers["Location"], None)
    assert 'name="next" value="/sources?x=1"' in asked.text
    answer = served.post("/login", None, data={"token": "token-of-the-operator", "next": "/sources?x=1"})
    assert answer.headers["Location"] == "/sources?x=1"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "", "/é"])
def test_a_log_in_leads_to_no_other_site(served: Served, elsewhere: str) -> None:
    answer = served.post("/login", None, data={"token": "token-of-the-operator", "next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_a_token_in_the_address_leaves_it_at_once(served: Served) -> None:
    client = served.client(None)
    answer = client.get(f"{served.url}/login?token=token-of-the-operator")
    assert answer.url == f"{served.url}/"
    cookie = answer.history[0].headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"))
    assert "token-of" not in cookie
    assert served.get("/login?token=wrong", None).status_code == 403


def test_a_form_that_is_none_logs_nobody_in(served: Served) -> None:
    for body in (b"&".join(b"token=token-of-the-operator" for _ in range(50)), b"\xff\xfe", b"token", b""):
        answer = served.post("/login", None, data=body)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


def test_files_of_our_own_are_asked_after_and_not_sent_again(served: Served) -> None:
    first = served.get("/static/icon.svg", None)
    again = served.get("/static/icon.svg", None, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    for outside in ("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"):
        assert served.get(outside).status_code == 404


def test_logging_out_ends_the_session_even_for_who_kept_the_cookie(served: Served) -> None:
    client = logged_in(served)
    kept = dict(client.cookies)
    assert client.get(f"{served.url}/").status_code == 200
    answer = client.post(f"{served.url}/logout", data={"csrf": form_token(client, served)}, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert served.get("/", None, cookies=kept).status_code == 401


def test_a_session_ends_and_no_other_server_makes_one() -> None:
    clock = FakeClock()
    sessions = Sessions(clock.now)
    session, cookie = sessions.begin("Zoë")
    assert sessions.read(cookie) == session
    assert Sessions(clock.now).read(cookie) is None
    for forged in ("", ".", "a.b.c", cookie + "A", "9" + cookie, cookie.replace(".", "", 1), "é"):
        assert sessions.read(forged) is None
    clock.go_on(LIFE.total_seconds())
    assert sessions.read(cookie) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({}, 303),
    ],
)
def test_a_form_of_another_site_does_nothing(served: Served, headers: dict[str, str], status: int) -> None:
    client = logged_in(served)
    data = {"csrf": form_token(client, served)}
    assert client.post(f"{served.url}/logout", data=data, headers=headers, allow_redirects=False).status_code == status


def test_a_form_without_the_token_of_its_session_does_nothing(served: Served) -> None:
    client, other = logged_in(served), logged_in(served)
    theirs = form_token(other, served)
    for data in ({}, {"csrf": ""}, {"csrf": theirs}, {"csrf": ["a", "b"]}):
        assert client.post(f"{served.url}/logout", data=data, allow_redirects=False).status_code == 403
    assert client.post(f"{served.url}/api/v1/query", json={"contract": "person"}).status_code == 403
    told = {"X-CSRF-Token": form_token(client, served)}
    assert client.post(f"{served.url}/api/v1/query", json={"contract": "person"}, headers=told).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "", "[::2]", "localhost."]
)
def test_no_other_name_is_served(served: Served, host: str) -> None:
    answer = served.get("/healthz", headers={"Host": host})
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]", "[::1]:8765"])
def test_this_machines_own_names_are_served(served: Served, host: str) -> None:
    assert served.get("/healthz", headers={"Host": host}).status_code == 200


def test_every_answer_closes_the_doors_of_browsers(served: Served) -> None:
    for path, headers in (("/", PAGE), ("/login", {}), ("/healthz", {"Host": "evil.example"}), ("/api/v1/sources", {})):
        answer = served.get(path, None, headers=headers)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\n Folded: yes\r\nContent-Length: 0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)  # fmt: skip
def test_a_request_that_two_could_read_differently_is_refused_and_ends_the_connection(
    served: Served, head: bytes
) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = exchange(served.port, head + hidden)
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 414, 421, 431, 501), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer


@settings(max_examples=60, derandomize=True, database=None)
@given(
    sent=st.one_of(
        st.binary(max_size=300),
        st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join),
        st.lists(st.sampled_from(PIECES), max_size=25).map(lambda parts: PIECES[0] + b"".join(parts)),
    )
)
def test_whatever_bytes_come_nobody_is_let_in_by_them_and_the_next_one_is_answered(served: Served, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := _received(sock):
            answer += part
    assert b"bartack://" not in answer
    assert b" 500 " not in answer
    assert served.get("/healthz").status_code == 200


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except ConnectionResetError:
        return b""
