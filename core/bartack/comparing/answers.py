"""The answers themselves: status, form, announcements, and what is around the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bartack.comparing.documents import Answer, Endpoint
from bartack.comparing.findings import Finding, Kind, Severity
from bartack.comparing.selftest import SelfTest
from bartack.drift.odds import Share
from bartack.recording.messages import RecordedResponse, header

__all__ = ["answered", "tried_answers"]

_ANNOUNCEMENTS = {
    "Deprecation": "it is announced as deprecated (RFC 9745)",
    "Sunset": "its end is announced (RFC 8594)",
    "Warning": "it warns",
}


def answered(before: Mapping[str, Endpoint], after: Mapping[str, Endpoint], *, well: bool) -> Iterator[Finding]:
    """Yield what is different about the answers of both sides. ``well``: a mapping reads their rows all the same."""
    for name in sorted(before.keys() & after.keys()):
        was, now = before[name], after[name]
        yield from _status(was, now)
        yield from _errors(was, now)
        yield from _announced(was, now)
        if was.good and now.good:
            yield from _form(was, now, well=well)
            yield from _envelope(was, now, well=well)


def tried_answers(before: Mapping[str, Endpoint], after: Mapping[str, Endpoint]) -> SelfTest | None:
    """Let the answers of one endpoint fail in another form, and compare anew; None where no endpoint is on both sides."""
    for name in sorted(before.keys() & after.keys()):
        failing = Endpoint(name, tuple(_failed(one) for one in after[name].answers))
        found = any(
            one.kind in ("status", "error") for one in answered({name: before[name]}, {name: failing}, well=True)
        )
        return SelfTest(name, "every answer fails with 599", found)
    return None


def _failed(answer: Answer) -> Answer:
    response = RecordedResponse(599, "on trial", (("Content-Type", "text/x-trial"),))
    return Answer(replace(answer.interaction, response=response, failure=None), answer.single)


def _status(was: Endpoint, now: Endpoint) -> Iterator[Finding]:
    if was.good and not now.good:
        first = now.answers[0]
        denied = first.status in (401, 403)
        asked = header(first.interaction.response.headers, "WWW-Authenticate") or ""
        scheme = f"; it asks for {asked.partition(' ')[0]}" if denied and asked else ""
        told = f"{first.status} {first.interaction.response.message}".strip() if first.status else "no answer"
        yield _finding(
            "auth" if denied else "status",
            "BREAKING",
            now,
            str(was.good[0].status),
            told,
            f"{now.name} does not succeed any more: {told}{scheme}",
            "every call fails",
            (Share(len(was.good), len(was.answers)), Share(0, len(now.answers))),
        )
    elif now.good and was.good and not _statuses(was.good) & _statuses(now.good):
        told_was, told_now = (str(side.good[0].status) for side in (was, now))
        yield _finding(
            "status",
            "COMPATIBLE",
            now,
            told_was,
            told_now,
            f"{now.name} succeeds with {told_now}, not {told_was}",
            "both mean success",
            _all(was.good, now.good, lambda one: str(one.status) == told_now),
        )


def _statuses(answers: Sequence[Answer]) -> set[int]:
    return {one.status for one in answers}


def _errors(was: Endpoint, now: Endpoint) -> Iterator[Finding]:
    """Yield errors that tell what is wrong in another form."""
    one, other = (next((answer for answer in side.answers if answer.status >= 400), None) for side in (was, now))
    if one is None or other is None:
        return
    told_was, told_now = _keys(one.document), _keys(other.document)
    if told_was != told_now or one.media_type[0] != other.media_type[0]:
        yield _finding(
            "error",
            "RISK",
            now,
            f"{one.media_type[0]} with {told_was}",
            f"{other.media_type[0]} with {told_now}",
            f"errors of {now.name} have another form",
            "whoever reads the error's words finds them elsewhere",
            (Share(1, 1), Share(1, 1)),
        )


def _keys(document: Any) -> str:
    return ", ".join(sorted(map(str, document))[:8]) if isinstance(document, dict) else "no object"


def _announced(was: Endpoint, now: Endpoint) -> Iterator[Finding]:
    for name, meaning in _ANNOUNCEMENTS.items():
        told = [header(one.interaction.response.headers, name) for one in now.answers]
        if any(told) and not any(header(one.interaction.response.headers, name) for one in was.answers):
            value = next(one for one in told if one)
            yield _finding(
                "header",
                "RISK",
                now,
                f"no {name}",
                f"{name}: {value}",
                f"{now.name}: {meaning}",
                "it may be gone soon",
                (Share(0, len(was.answers)), Share(sum(map(bool, told)), len(told))),
            )


def _form(was: Endpoint, now: Endpoint, *, well: bool) -> Iterator[Finding]:
    """Yield another media type, character set or namespace."""
    yield from _media(was, now, "header", "media type", lambda one: one.media_type[0], well=well)
    yield from _media(was, now, "encoding", "character set", lambda one: one.media_type[1], well=well)
    spaces = [set().union(*(answer.namespaces for answer in side.good)) for side in (was, now)]
    if spaces[0] - spaces[1] and spaces[1] - spaces[0]:
        one, other = (", ".join(sorted(found)) for found in (spaces[0] - spaces[1], spaces[1] - spaces[0]))
        yield _finding(
            "namespace",
            "COMPATIBLE" if well else "BREAKING",
            now,
            one,
            other,
            f"{now.name} answers in other namespaces",
            "its rows are read all the same" if well else "whoever looks for the old names finds nothing",
            _all(was.good, now.good, lambda answer: bool(answer.namespaces & (spaces[1] - spaces[0]))),
        )


def _media(
    was: Endpoint, now: Endpoint, kind: Kind, what: str, told: Callable[[Answer], str], *, well: bool
) -> Iterator[Finding]:
    one, other = (Counter(map(told, side.good)).most_common(1)[0][0] for side in (was, now))
    if one != other and one and other:
        yield _finding(
            kind,
            "COMPATIBLE" if well else "BREAKING",
            now,
            one,
            other,
            f"{now.name} answers in another {what}",
            "its rows are read all the same" if well else "no reader expects it",
            _all(was.good, now.good, lambda answer: told(answer) == other),
        )


def _envelope(was: Endpoint, now: Endpoint, *, well: bool) -> Iterator[Finding]:
    """Yield rows that are in another place of the document."""
    one, other = (
        Counter(answer.rows[0] for answer in side.good if answer.rows[0]).most_common(1) for side in (was, now)
    )
    if one and other and one[0][0] != other[0][0]:
        place, moved = one[0][0], other[0][0]
        yield _finding(
            "envelope",
            "COMPATIBLE" if well else "BREAKING",
            now,
            place,
            moved,
            f"the rows of {now.name} are at {moved}, not at {place}",
            "its rows are read all the same" if well else "whoever looks for them finds none",
            _all(was.good, now.good, lambda answer: answer.rows[0] == moved),
        )


def _all(was: Sequence[Answer], now: Sequence[Answer], holds: Callable[[Answer], bool]) -> tuple[Share, Share]:
    return Share(sum(map(holds, was)), len(was)), Share(sum(map(holds, now)), len(now))


def _finding(
    kind: Kind,
    severity: Severity,
    endpoint: Endpoint,
    was: str,
    now: str,
    message: str,
    why: str,
    evidence: tuple[Share, Share],
) -> Finding:
    step = "nothing" if severity == "COMPATIBLE" else "ask whoever runs the source; correct the connector or the stream"
    return Finding(kind, severity, endpoint.name, None, (), was, now, message, why, step, *evidence)
