"""Wherever a source says that one should go on: no packet reaches another server, and no credential."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bartack.errors import ConfigError, SourceChangedError
from bartack.testing import Answer, FaultServer, Nth, OnPage, Request, Scene
from bartack.testing.fault import STAY, Fault, Step
from bartack.testing.papers import paper
from support.fault_driving import CALM, promises_of, read_at
from support.fault_subjects import SUBJECTS, Subject
from support.soap_service import WSDL, WSDL_URL

LINKING = [subject for subject in SUBJECTS if subject.shape.next_is_url]
OVER_HTTP = [subject for subject in SUBJECTS if subject.only is None]


def thief() -> FaultServer:
    return FaultServer(lambda _: Answer.json({"access_token": "stolen"}))


@pytest.mark.parametrize("subject", OVER_HTTP, ids=lambda one: one.name)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("page", [0, 2], ids=["first request", "second page"])
def test_a_redirect_to_another_server_is_not_followed(subject: Subject, status: int, page: int) -> None:
    with thief() as other, FaultServer(subject.answer) as server:
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}/login?t=1\r\nContent-Length: 0\r\n\r\n".encode()
        fault = Fault("redirect", "T27", "a redirect to another server", lambda _: (head, STAY), SourceChangedError)
        server.plan = OnPage(fault, page, None) if page else Nth(fault, 1, None)
        ended = read_at(subject, server.url, **CALM)
    assert (other.connections, other.requests) == (0, [])
    assert promises_of(subject, ended) == []
    assert ended.completeness in {"partial", "failed"}
    assert all(other.url not in str(error) for error in ended.errors) or "login?t" not in str(ended.errors)


@pytest.mark.parametrize("subject", LINKING, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "form", ["{other}/steal", "//127.0.0.1:{port}/steal", "{other}\\@127.0.0.1/", "{own}@127.0.0.1:{port}/"]
)
def test_a_next_page_on_another_server_is_not_asked_for(subject: Subject, form: str) -> None:
    with thief() as other, FaultServer(subject.answer, shape=subject.shape) as server:
        address = form.format(other=other.url, own=server.url, port=other.url.rpartition(":")[2])

        def script(scene: Scene) -> tuple[Step, ...]:
            page = paper(scene.answer, subject.shape)
            page.write(subject.shape.next or "", address)
            return page.answer().wire(), STAY

        fault = Fault("elsewhere", "P8", "the next page lies on another server", script, SourceChangedError)
        server.plan = OnPage(fault, 1, None)
        ended = read_at(subject, server.url, **CALM)
    assert (other.connections, other.requests) == (0, [])
    assert promises_of(subject, ended) == []
    assert ended.completeness == "failed"  # the page that says so is no page


def test_calls_are_not_sent_where_only_the_wsdl_says() -> None:
    (soap,) = [one for one in SUBJECTS if one.name == "soap"]
    with thief() as other:

        def answer(request: Request) -> Answer:
            text = WSDL.replace(WSDL_URL.removesuffix("?wsdl"), f"{other.url}/service")
            return Answer.xml(text) if request.method == "GET" else soap.answer(request)

        with FaultServer(answer) as server:
            ended = read_at(replace(soap, answer=answer), server.url, **CALM, endpoint=None)
        assert (other.connections, other.requests) == (0, [])
    assert [type(error) for error in ended.errors] == [ConfigError]
    assert len(server.requests) == 1
