"""Workers of one source make one log-in; what ends is renewed once; what is revoked is not asked for again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bartack.errors import AccessError, SourceChangedError, SourceUnavailableError
from bartack.events import Event
from bartack.resilience.logins import Logins
from bartack.settings import HttpSettings, Secret
from bartack.transports.base import Query, Runtime
from bartack.transports.http import (
    Auth,
    Bearer,
    CursorPaging,
    HttpSession,
    HttpStream,
    OAuth2ClientCredentials,
    OAuth2JwtBearer,
    OAuth2Refresh,
)
from support.http_vendor import Answer, Asked, Vendor, running_vendor

CLIENT = OAuth2ClientCredentials("/oauth/token")
SIGNED = OAuth2JwtBearer("/oauth/token", audience="https://login.example")
STREAM = HttpStream(
    "contacts",
    path="/contacts",
    rows="data",
    key="id",
    mapping="contacts.yaml",
    paging=CursorPaging(next="next", param="cursor"),
)
LOGIN_PAGE = Answer(b"<!DOCTYPE html><title>Log in</title>", headers={"Content-Type": "text/html; charset=utf-8"})
TO_LOGIN_PAGE = Answer("", 302, headers={"Location": "/login"})


class Settings(HttpSettings):
    token: Secret = Secret("tok-example-0123456789")
    client_id: str = "client-example"
    client_secret: Secret = Secret("hush-example-0123456789")
    refresh_token: Secret = Secret("refresh-example-0123456789")
    user: str = "zoe@example.org"
    private_key: Secret | None = None


class Doorkeeper:
    """Grants tokens one after another, and knows which of them still count."""

    def __init__(self, vendor: Vendor, *, slow: float = 0.0) -> None:
        self.vendor = vendor
        self.granted = 0
        self.lasts = {"t1", "t2", "t3"}
        self.slow = slow
        vendor.on("/oauth/token", self.grant)

    def grant(self, asked: Asked) -> Answer:
        time.sleep(self.slow)
        self.granted += 1
        return Answer(
            {"access_token": f"t{self.granted}", "refresh_token": f"refresh-{self.granted}", "expires_in": 3600}
        )

    def guards(self, answer: Callable[[Asked], Answer], refusal: Answer) -> Callable[[Asked], Answer]:
        def reply(asked: Asked) -> Answer:
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            return answer(asked) if token in self.lasts else refusal

        return reply


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as running:
        yield running


def rows(session: HttpSession) -> list[Any]:
    return [row["id"] for page in STREAM.pages(session, Query()) for row in page.rows]


def page(asked: Asked) -> Answer:
    number = int(asked.query.get("cursor", "1"))
    return Answer({"data": [{"id": number}], "next": str(number + 1) if number < 6 else None})


def open_session(vendor: Vendor, auth: Auth, runtime: Runtime) -> HttpSession:
    return HttpSession(Settings(base_url=vendor.url), auth, runtime)


def log_ins(vendor: Vendor) -> list[Asked]:
    return [one for one in vendor.asked if one.path == "/oauth/token"]


def test_workers_who_need_a_token_at_the_same_time_make_one_log_in(vendor: Vendor) -> None:
    door = Doorkeeper(vendor, slow=0.1)
    vendor.on("/contacts", door.guards(page, Answer({"message": "expired"}, 401)))
    runtime, start = Runtime(), threading.Barrier(8)

    def work(_: int) -> list[Any]:
        with open_session(vendor, CLIENT, runtime) as session:
            start.wait(10)
            return rows(session)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [[1, 2, 3, 4, 5, 6]] * 8
    assert len(log_ins(vendor)) == 1


def test_a_token_that_ends_in_mid_sync_is_renewed_once_for_all_workers_and_no_page_is_lost(vendor: Vendor) -> None:
    door = Doorkeeper(vendor, slow=0.05)
    half_way = threading.Barrier(4, action=lambda: door.lasts.discard("t1"))

    def paged(asked: Asked) -> Answer:
        if asked.query.get("cursor") == "3":
            with suppress(threading.BrokenBarrierError):  # asked again, with the new token
                half_way.wait(0.5)
        return page(asked)

    vendor.on("/contacts", door.guards(paged, Answer({"message": "expired"}, 401)))
    runtime = Runtime()

    def work(_: int) -> list[Any]:
        with open_session(vendor, CLIENT, runtime) as session:
            return rows(session)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [[1, 2, 3, 4, 5, 6]] * 4
    assert len(log_ins(vendor)) == 2


@pytest.mark.parametrize(
    "shown", [LOGIN_PAGE, TO_LOGIN_PAGE, Answer({"message": "expired"}, 401)], ids=["200 HTML", "302", "401"]
)
def test_an_expiry_however_it_shows_is_one_new_log_in_and_the_same_page_again(vendor: Vendor, shown: Answer) -> None:
    door = Doorkeeper(vendor)

    def expiring(asked: Asked) -> Answer:
        if asked.query.get("cursor") == "4":
            door.lasts.discard("t1")
            if "t1" in asked.headers["authorization"]:
                return shown
        return page(asked)

    vendor.on("/contacts", door.guards(expiring, shown))
    with open_session(vendor, CLIENT, Runtime()) as session:
        assert rows(session) == [1, 2, 3, 4, 5, 6]
    assert len(log_ins(vendor)) == 2
    assert [one.query.get("cursor") for one in vendor.asked if one.path == "/contacts"].count("4") == 2


@pytest.mark.parametrize(
    "shown", [LOGIN_PAGE, TO_LOGIN_PAGE, Answer({"message": "no"}, 401)], ids=["200 HTML", "302", "401"]
)
def test_who_is_shown_the_door_again_after_a_new_log_in_has_no_access(vendor: Vendor, shown: Answer) -> None:
    Doorkeeper(vendor)
    vendor.on("/contacts", shown)
    with open_session(vendor, CLIENT, Runtime()) as session, pytest.raises(AccessError) as caught:
        rows(session)
    assert not caught.value.retryable
    assert len(log_ins(vendor)) == 2
    assert len([one for one in vendor.asked if one.path == "/contacts"]) == 2


def test_a_source_that_has_moved_for_good_is_no_log_in_page(vendor: Vendor) -> None:
    Doorkeeper(vendor)
    vendor.on("/contacts", Answer("", 308, headers={"Location": "https://new.example.org/contacts"}))
    with open_session(vendor, CLIENT, Runtime()) as session, pytest.raises(SourceChangedError, match="redirects"):
        rows(session)
    assert len(log_ins(vendor)) == 1


def test_a_token_from_the_configuration_cannot_be_renewed(vendor: Vendor) -> None:
    vendor.on("/contacts", Answer({"message": "expired"}, 401))
    with open_session(vendor, Bearer("token"), Runtime()) as session, pytest.raises(AccessError):
        rows(session)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("status", [400, 401])
def test_revoked_credentials_end_at_once_for_all_who_wait(vendor: Vendor, status: int) -> None:
    entered = threading.Event()

    def revoked(asked: Asked) -> Answer:
        entered.wait(2)
        time.sleep(0.2)  # until all have come
        return Answer({"error": "invalid_grant", "error_description": "token revoked"}, status)

    vendor.on("/oauth/token", revoked)
    runtime, start = Runtime(), threading.Barrier(6)

    def work(_: int) -> AccessError:
        with open_session(vendor, OAuth2Refresh("/oauth/token"), runtime) as session:
            start.wait(10)
            entered.set()
            with pytest.raises(AccessError) as caught:
                rows(session)
            return caught.value

    with ThreadPoolExecutor(6) as threads:
        errors = list(threads.map(work, range(6)))
    assert all(not error.retryable and "invalid_grant" in error.message for error in errors)
    assert len(log_ins(vendor)) == 1
    assert len(vendor.asked) == 1


def test_a_token_endpoint_that_is_down_is_worth_another_try(vendor: Vendor) -> None:
    vendor.on("/oauth/token", Answer({"message": "maintenance"}, 503))
    with open_session(vendor, CLIENT, Runtime()) as session, pytest.raises(SourceUnavailableError) as caught:
        rows(session)
    assert caught.value.retryable


def test_a_refresh_token_that_is_replaced_is_used_by_every_session_of_the_source(vendor: Vendor) -> None:
    door = Doorkeeper(vendor)
    vendor.on("/contacts", door.guards(page, Answer({"message": "expired"}, 401)))
    runtime = Runtime()
    with open_session(vendor, OAuth2Refresh("/oauth/token"), runtime) as session:
        rows(session)
    door.lasts.discard("t1")
    with open_session(vendor, OAuth2Refresh("/oauth/token"), runtime) as session:
        rows(session)
    assert [one.form["refresh_token"] for one in log_ins(vendor)] == ["refresh-example-0123456789", "refresh-1"]


def test_a_session_that_begins_after_the_token_has_ended_uses_the_refresh_token_that_came_with_it(
    vendor: Vendor,
) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    door = Doorkeeper(vendor)
    vendor.on("/contacts", door.guards(page, Answer({"message": "expired"}, 401)))
    runtime = Runtime(clock=lambda: now)
    for _ in range(2):
        with open_session(vendor, OAuth2Refresh("/oauth/token"), runtime) as session:
            rows(session)
        now += timedelta(hours=2)
    assert [one.form["refresh_token"] for one in log_ins(vendor)] == ["refresh-example-0123456789", "refresh-1"]


def test_a_token_is_renewed_before_it_ends(vendor: Vendor) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    door = Doorkeeper(vendor)
    vendor.on("/contacts", door.guards(page, Answer({"message": "expired"}, 401)))
    runtime = Runtime(clock=lambda: now)
    with open_session(vendor, CLIENT, runtime) as session:
        rows(session)
        now += timedelta(seconds=3571)
        rows(session)
    assert len(log_ins(vendor)) == 2
    assert not [one for one in vendor.asked if one.path == "/contacts" and "t1" in one.headers["authorization"]][6:]


@pytest.mark.parametrize(
    ("minutes", "words"), [(10, "clock is 10 min ahead of the"), (-10, "clock is 10 min behind the")]
)
def test_a_clock_that_is_wrong_is_named_when_a_signed_log_in_is_refused(
    vendor: Vendor, minutes: int, words: str
) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    refused = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    vendor.on("/oauth/token", Answer(refused, 400, headers={"Date": format_datetime(now, usegmt=True)}))
    runtime = Runtime(clock=lambda: now + timedelta(minutes=minutes))
    settings = Settings(base_url=vendor.url, private_key=Secret(a_key()))
    with HttpSession(settings, SIGNED, runtime) as session, pytest.raises(AccessError, match=words) as caught:
        rows(session)
    assert "set the clock" in str(caught.value)


def test_a_clock_that_is_right_is_not_blamed(vendor: Vendor) -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    vendor.on(
        "/oauth/token", Answer({"error": "invalid_grant"}, 400, headers={"Date": format_datetime(now, usegmt=True)})
    )
    settings = Settings(base_url=vendor.url, private_key=Secret(a_key()))
    runtime = Runtime(clock=lambda: now + timedelta(seconds=40))
    with HttpSession(settings, SIGNED, runtime) as session, pytest.raises(AccessError) as caught:
        rows(session)
    assert "clock" not in str(caught.value)


def test_log_ins_are_told_without_what_they_hold(vendor: Vendor) -> None:
    events: list[Event] = []
    Doorkeeper(vendor)
    vendor.on("/contacts", page)
    with open_session(vendor, CLIENT, Runtime(emit=events.append, source="crm")) as session:
        rows(session)
    vendor.on("/oauth/token", Answer({"error": "invalid_client"}, 401))
    with open_session(vendor, CLIENT, Runtime(emit=events.append, source="crm")) as session, pytest.raises(AccessError):
        rows(session)
    assert [(event.step, event.source, event.outcome) for event in events] == [
        ("login", "crm", "ok"),
        ("login", "crm", "AccessError"),
    ]
    assert "t1" not in repr(events)


def test_hosts_have_doors_of_their_own() -> None:
    logins = Logins()
    assert logins.token("a", lambda _: True, lambda _: "for a") == "for a"
    assert logins.token("b", lambda _: True, lambda _: "for b") == "for b"
    assert logins.token("a", lambda _: True, lambda _: "new") == "for a"


def a_key() -> str:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text.decode()
