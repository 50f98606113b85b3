"""What a source says of itself: storms of limits, outages, lost credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from bartack.recording import Failure, Headers, Interaction, RecordedResponse
from bartack.recording.messages import NO_ANSWER
from bartack.twins.mutant import Change
from bartack.twins.subject import Subject
from bartack.twins.watching import CANARY

__all__ = ["statuses"]

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_WORDS = json.dumps({"message": "no", "received": f"Bearer {CANARY}"}).encode()
_JSON: Headers = (("Content-Type", "application/json"),)
_PAGE: Headers = (("Content-Type", "text/html"),)

_ANSWERS: dict[str, tuple[int, Headers, bytes]] = {
    "429": (429, (), b""),
    "429 in a second": (429, (("Retry-After", "1"),), b""),
    "429 tomorrow": (429, (("Retry-After", "86400"),), b""),
    "429 soon": (429, (("Retry-After", "soon"),), b""),
    "503": (503, (("Retry-After", "3"),), b""),
    "502 page": (502, _PAGE, _HTML),
    "500": (500, _JSON, b'{"error": "boom"}'),
    "408": (408, (), b""),
    "401 that shows what it was sent": (401, _JSON, _WORDS),
    "403": (403, _JSON, _WORDS),
    "404": (404, _JSON, b'{"message": "no such path"}'),
    "410": (410, _JSON, b'{"message": "cursor expired"}'),
    "302 to a login": (302, (("Location", "/login?next=%2F"),), b""),
    "307 to another host": (307, (("Location", "https://evil.test/steal"),), b""),
    "204": (204, (), b""),
    "202": (202, _JSON, b'{"status": "processing"}'),
    "304": (304, (), b""),
    "999": (999, (), b""),
}


_FAILURES = (
    "timeout",
    "connect-timeout",
    "refused",
    "dns",
    "reset",
    "closed",
    "tls-closed",
    "cut",
    "certificate",
    "malformed",
)
_CERTIFICATE = "certificate has expired"


def statuses(subject: Subject, dice: Random) -> Iterator[Change]:
    """Each of them for good, and those that pass also three times before the good answer."""
    for name, (status, headers, body) in _ANSWERS.items():
        number = _late(subject, dice)
        response = RecordedResponse(status, "", (*headers, ("Content-Length", str(len(body)))), body)
        yield _change(number, f"{name} for good", [_with(subject, number, response)])
        if status in (408, 429, 500, 502, 503):
            storm = [_with(subject, number, response)] * 3
            yield _change(number, f"{name}, three times", [*storm, subject.given[number]])
        else:
            yield _change(number, f"{name} once", [_with(subject, number, response), subject.given[number]])
    for kind in _FAILURES:
        number = _late(subject, dice)
        one = subject.given[number]
        failure, half = Failure(kind, _CERTIFICATE if kind == "certificate" else ""), one.response
        came = replace(half, body=half.body[: len(half.body) // 2]) if kind in ("cut", "reset") else NO_ANSWER
        failed = replace(one, response=came, failure=failure)
        yield _change(number, f"{kind} for good", [failed])
        yield _change(number, f"{kind} once", [failed, one])
    for status in (201, 203, 206):
        number = _late(subject, dice)
        kept = replace(subject.given[number].response, status=status)
        yield _change(number, f"{status} with the good body", [_with(subject, number, kept)])


def _late(subject: Subject, dice: Random) -> int:
    """Return the number of an answer, later ones more often: trouble in mid-read is what loses rows."""
    return max(dice.randrange(len(subject.given)), dice.randrange(len(subject.given)))


def _with(subject: Subject, number: int, response: RecordedResponse) -> Interaction:
    return replace(subject.given[number], response=response, response_encoding=None)


def _change(number: int, name: str, answers: Sequence[Interaction]) -> Change:
    return Change(name, f"answer {number + 1}: {name}", lambda: {number: answers})
