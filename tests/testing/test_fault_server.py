"""The fault server itself: it serves well, misbehaves as planned, keeps books, and leaves nothing behind."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bartack.errors import BartackError
from bartack.testing import (
    FAULTS,
    HANG,
    Answer,
    Fault,
    FaultServer,
    Nth,
    OnPage,
    Plan,
    Request,
    Scene,
    Shape,
    Share,
    Turn,
    fault,
    faults,
)
from bartack.testing.mutations import Mutating, mutated
from bartack.testing.places import PLACE_FAULTS

SHAPE = Shape("items", "id", "name", next="next", total="total")


DESCRIPTORS = Path("/proc/self/fd")
"""What this process holds open, where the system tells."""


def people(request: Request) -> Answer:
    page = int(request.query.get("page", "1"))
    rows = [{"id": 2 * page + n, "name": "Zoë"} for n in (0, 1)]
    return Answer.json({"items": rows, "next": str(page + 1), "total": 9}, page=page)


def asked(server: FaultServer, *pages: int) -> list[int | None]:
    """Ask for pages over one connection after the other; return the statuses, ``None`` where none came."""
    return [status for page in pages for status in [answer(server, page)[0]]]


def answer(server: FaultServer, page: int = 1) -> tuple[int | None, bytes]:
    parts = urlsplit(server.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=3)
    try:
        connection.request("GET", f"/people?page={page}")
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, ValueError):
        return None, b""
    finally:
        connection.close()


def test_without_a_plan_the_good_service_answers_over_one_connection() -> None:
    with FaultServer(people) as server:
        parts = urlsplit(server.url)
        connection = HTTPConnection(str(parts.hostname), parts.port)
        for page in (1, 2):
            connection.request("POST", f"/people?page={page}", body=json.dumps({"page": page}), headers={"X-Who": "me"})
            rows = json.loads(connection.getresponse().read())
            assert [row["id"] for row in rows["items"]] == [2 * page, 2 * page + 1]
        connection.close()
    first, second = server.requests
    assert (first.method, first.path, first.document, first.headers["x-who"]) == ("POST", "/people", {"page": 1}, "me")
    assert (first.connection, second.connection, server.connections, server.played) == (1, 1, 1, [])
    assert server.sent > len(people(first).content) * 2
    assert server.received > 100


@pytest.mark.parametrize(
    ("plan", "statuses"),
    [
        (Nth(fault("s503"), 2), [200, 503, 200, 200]),
        (Nth(fault("s503"), 2, times=2), [200, 503, 503, 200]),
        (Nth(fault("s503"), 3, times=None), [200, 200, 503, 503]),
        (OnPage(fault("s503"), 1), [503, 200, 200, 200]),
        (OnPage(fault("s503"), 1, times=None), [503, 200, 503, 200]),
        (Share((fault("s503"),), 0.0, seed=1), [200, 200, 200, 200]),
        (Share((fault("s503"),), 1.0, seed=1), [503, 503, 503, 503]),
        (Share((fault("fin_before_response"),), 1.0, seed=1), [None, None, None, None]),
    ],
)
def test_a_fault_happens_when_the_plan_says_so(plan: Plan, statuses: list[int | None]) -> None:
    with FaultServer(people, plan) as server:
        assert asked(server, 1, 2, 1, 3) == statuses
        assert len(server.played) == sum(status != 200 for status in statuses)


def test_a_share_draws_the_same_faults_again_and_about_as_many_as_it_says() -> None:
    plan = Share((fault("s503"), fault("s429_bare")), 0.25, seed=7)
    request = Request("GET", "/people")
    turns = [Turn(request, people(request), number, 1) for number in range(2_000)]
    drawn = [plan.fault(turn) for turn in turns]
    assert drawn == [plan.fault(turn) for turn in turns]
    assert 400 < sum(one is not None for one in drawn) < 600
    assert plan.fault(Turn(request, Answer(b"{}"), 1, 0)) is None


def test_a_new_plan_counts_anew() -> None:
    with FaultServer(people, Nth(fault("s503"))) as server:
        assert asked(server, 1, 1) == [503, 200]
        server.plan = Nth(fault("s503"))
        assert asked(server, 1, 1) == [503, 200]
        server.plan = None
        assert asked(server, 1) == [200]


def test_nothing_is_left_when_the_block_is_left_whatever_hangs() -> None:
    before = threading.active_count()
    descriptors = list(DESCRIPTORS.glob("*"))
    started = time.monotonic()
    with FaultServer(people, Nth(fault("never_respond"), times=None)) as server:
        held = [socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) for _ in range(5)]
        for one in held[:3]:
            one.sendall(b"GET /people HTTP/1.1\r\n\r\n")
        while len(server.requests) < 3:
            time.sleep(0.005)
    for one in held:
        one.close()
    assert time.monotonic() - started < 2
    assert threading.active_count() == before
    assert len(list(DESCRIPTORS.glob("*"))) == len(descriptors)


def test_an_exception_of_the_good_service_is_raised_at_the_end() -> None:
    def broken(_: Request) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(RuntimeError, match="raised an exception") as caught, FaultServer(broken) as server:
        assert answer(server)[0] is None
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_exception_of_the_good_service_is_noted_at_one_of_the_block() -> None:
    def broken(request: Request) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(LookupError) as caught, FaultServer(broken) as server:
        answer(server)
        raise LookupError
    assert "ZeroDivisionError" in caught.value.__notes__[0]


def test_an_author_writes_a_fault_of_their_own() -> None:
    def script(scene: Scene) -> list[bytes]:
        return [scene.head("Content-Length: 3"), b"{}" + scene.body[:1]]

    own = Fault("own", "T16", "three bytes", script, BartackError)
    with FaultServer(people, Nth(own)) as server:
        assert answer(server) == (200, b"{}{")


def test_every_fault_has_a_name_of_its_own_a_code_and_a_sentence() -> None:
    assert [name for name, count in Counter(one.name for one in FAULTS).items() if count > 1] == []
    assert {one.family for one in FAULTS} == {"T", "A", "P", "J", "X"}
    assert [one.name for one in FAULTS if not one.code[1:].isdecimal() or not one.says] == []
    assert sum(one.family == "T" for one in FAULTS) >= 120
    with pytest.raises(LookupError, match="did you mean 'cl_too_short'"):
        fault("cl_to_short")


GOOD_JSON = Answer.json({"items": [{"id": 1, "name": "Zoë"}, {"id": 2, "name": "Al"}], "next": "2", "total": 9}, page=1)
GOOD_XML = Answer.xml(
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><r xmlns="urn:x"><total>9</total><next>2</next>'
    "<items><id>1</id><name>Zoë</name></items><items><id>2</id><name>Al</name></items></r></e:Body></e:Envelope>",
    page=1,
)


ONLY_THE_CONNECTION = {"closed_after_answer", "stale_second", "byte_by_byte"}


@pytest.mark.parametrize("good", [GOOD_JSON, GOOD_XML], ids=["json", "xml"])
def test_every_fault_that_fits_changes_what_is_sent(good: Answer) -> None:
    scene = Scene(Request("GET", "/"), good, (GOOD_JSON.json({"items": []}, page=1),), SHAPE)
    for one in faults(good, SHAPE):
        steps = islice(one.script(scene), 2_000)
        sent = b"".join(step for step in steps if isinstance(step, bytes))
        assert (sent == good.wire()) == (one.name in ONLY_THE_CONNECTION), one.name


def test_only_faults_that_fit_are_offered() -> None:
    names = {one.name for one in faults(GOOD_XML)}
    assert {"x_laughs", "cl_too_short"} <= names
    assert not {"js_nan", "row_lost", "row_no_key"} & names
    assert {"row_lost", "row_no_key"} <= {one.name for one in faults(GOOD_XML, SHAPE)}


def test_damage_is_damage_and_the_same_each_time() -> None:
    from random import Random

    content = GOOD_JSON.wire()
    damaged = [mutated(content, Random(seed)) for seed in range(300)]
    assert damaged == [mutated(content, Random(seed)) for seed in range(300)]
    assert sum(one == content for one in damaged) < 10
    assert mutated(b"", Random(1)) is not None
    with FaultServer(people, Mutating(3, "payload")) as server:
        assert answer(server)[1] == answer(server, 1)[1] or len(server.played) == 2


def test_places_are_made_and_left(tmp_path: object) -> None:
    before = threading.active_count()
    for one in PLACE_FAULTS:
        with one.at(people) as place:
            assert place.url.startswith("http")
    assert threading.active_count() == before


def test_without_cryptography_certificates_say_what_to_install() -> None:
    code = """
import sys
sys.modules["cryptography"] = None
from bartack.testing.certificates import Authority
try:
    Authority()
except Exception as error:
    print(type(error).__name__, error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("ConfigError")
    assert "pip install 'bartack[testing]'" in told


def test_the_server_needs_no_http_library() -> None:
    code = "import sys, bartack.testing; print({'requests', 'urllib3', 'lxml', 'cryptography', 'pytest'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )


def test_hanging_ends_when_the_client_goes() -> None:
    own = Fault("hang", "T10", "silence", lambda _: [HANG], BartackError)
    with FaultServer(people, Nth(own)) as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as client:
            client.sendall(b"GET /people HTTP/1.1\r\n\r\n")
            while not server.requests:
                time.sleep(0.005)
        assert answer(server)[0] == 200
