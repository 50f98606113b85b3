"""The wire as a stage: recorded answers, except where a plan says otherwise. Nothing is opened, and time is not real."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter

from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, Scrubber
from bartack.recording.adapters import ReplayAdapter

__all__ = [
    "CUT_OFF",
    "RESET",
    "EndlessError",
    "Plan",
    "Stage",
    "Turn",
    "always",
    "answering",
    "as_recorded",
    "at",
    "json_answer",
    "recorded",
    "stuck",
    "with_body",
]


RESET: Final = requests.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))
"""What ``requests`` raises when the other side breaks a connection off."""
CUT_OFF: Final = requests.exceptions.ChunkedEncodingError(http.client.IncompleteRead(b""))
"""What ``requests`` raises when an answer ends before it should."""


class EndlessError(BaseException):
    """Far more was asked than any good read of the recording asks. No ``Exception``, so that nobody takes it for a failure."""


@dataclass(frozen=True)
class Turn:
    """One request: its ``number``, from 1, and what was recorded for it."""

    number: int
    request: requests.PreparedRequest
    look_up: Callable[[], RecordedResponse] = field(repr=False)

    @cached_property
    def answer(self) -> RecordedResponse:
        """The recorded answer.

        Raises
        ------
        RecordingError
            there is none.
        """
        return self.look_up()


Plan = Callable[[Turn], RecordedResponse | Exception | None]
"""What happens instead of the recorded answer: another one, or the error of a library; ``None`` for the recorded one."""


class Stage(BaseAdapter):
    """An adapter for ``requests``. ``asked``: what was asked, in order, ``answers`` what was answered. Safe in threads.

    ``more``: what was recorded besides, for ways that a good read does not take. ``most``: after so many requests the play is
    over (:class:`EndlessError`).
    """

    def __init__(self, cassette: Cassette, scrub: Scrubber, plan: Plan, more: Sequence[Interaction] = ()) -> None:
        super().__init__()
        recorded = (*cassette.interactions, *more)
        self._own = {id(item) for item in cassette.interactions}
        self._good = ReplayAdapter(
            Cassette(cassette.path, recorded, about=cassette.about, allow_playback_repeats=True), scrub
        )
        self._plan = plan
        self._lock = threading.Lock()
        self.most = 100 + 10 * len(recorded)
        self.asked: list[requests.PreparedRequest] = []
        self.answers: list[RecordedResponse] = []

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """What nobody has asked for of the recording itself."""
        return tuple(item for item in self._good.unplayed if id(item) in self._own)

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        """Answer as recorded, or as planned."""
        with self._lock:
            self.asked.append(request)
            number = len(self.asked)
        if number > self.most:
            raise EndlessError
        turn = Turn(number, request, lambda: _recorded(self._good.send(request, **how)))
        act = self._plan(turn)
        if isinstance(act, Exception):
            raise act
        answer = turn.answer if act is None else act
        with self._lock:
            self.answers.append(answer)
        return answering(request, answer)

    def close(self) -> None:
        """Do nothing: there is no connection to close."""


def _recorded(response: requests.Response) -> RecordedResponse:
    headers = tuple(response.headers.items())
    return RecordedResponse(response.status_code, response.reason or "", headers, response.content)


def recorded(request: requests.PreparedRequest) -> RecordedRequest:
    """Return a request as a recording holds it, without its headers."""
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return RecordedRequest(request.method or "GET", request.url or "", (), body if isinstance(body, bytes) else None)


def answering(request: requests.PreparedRequest, answer: RecordedResponse) -> requests.Response:
    """Return an answer as an adapter of ``requests`` gives it."""
    sent = {name: one if isinstance(one, str) else one.decode("latin-1") for name, one in request.headers.items()}
    asked = replace(recorded(request), headers=tuple(sent.items()))  # SOAPAction and its like say what is asked
    return ReplayAdapter(Cassette(Path("stage"), [Interaction(asked, answer)])).send(request)


def as_recorded(_: Turn) -> None:
    """Let everything happen as it was recorded."""


def at(number: int, act: RecordedResponse | Exception, times: int = 1) -> Plan:
    """Return a plan in which ``act`` happens at the ``number``-th request, and at ``times`` requests in all."""
    return lambda turn: act if number <= turn.number < number + times else None


def always(change: Callable[[RecordedResponse], RecordedResponse | Exception]) -> Plan:
    """Return a plan in which each answer is changed."""
    return lambda turn: change(turn.answer)


def stuck(number: int) -> Plan:
    """Return a plan in which all that is asked after the ``number``-th request is answered as that one was."""
    kept: list[RecordedResponse] = []

    def plan(turn: Turn) -> RecordedResponse | None:
        if turn.number < number:
            return None
        kept.append(kept[0] if kept else turn.answer)
        return kept[0]

    return plan


def json_answer(text: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> RecordedResponse:
    """Return an answer with a JSON body (or what is sent as one)."""
    more = {"Content-Type": "application/json", "Content-Length": str(len(text)), **(headers or {})}
    return RecordedResponse(status, "", tuple(more.items()), text)


def with_body(answer: RecordedResponse, body: bytes, content_type: str | None = None) -> RecordedResponse:
    """Return an answer with another body, its length told rightly."""
    kept = [(name, value) for name, value in answer.headers if name.lower() not in ("content-length", "content-type")]
    told = content_type or next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    headers = (*kept, ("Content-Type", told), ("Content-Length", str(len(body))))
    return replace(answer, headers=headers, body=body)
