"""The matcher's score: each request of a recording is changed in each place once, and a replay must not know it any more.

A replay that answers a changed request lets a connector ask for something else than it did, and every test stays green.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from bartack.errors import RecordingError
from bartack.recording import Cassette, Headers, RecordedRequest, Scrubber
from bartack.recording.playback import Playback
from bartack.twins.json_document import JsonDocument
from bartack.twins.nodes import Edit, walk, written
from bartack.twins.subject import read_document

__all__ = ["Score", "Spot", "score_requests"]

_TWIN = "Twin"
_ATTRIBUTE = re.compile(r"(?<=\s)([\w.-]+:)?([\w.-]+)=(?:\"([^\"]*)\"|'([^']*)')")
_SELECTION = re.compile(r"\w+(?=\s*\})")
_FORM = re.compile(r"[^\s=&<>{}\"]+=[^\s&<>{}\"]*(?:&[^\s=&<>{}\"]+(?:=[^\s&<>{}\"]*)?)*")
_NOISE = frozenset({"Security", "Timestamp", "Signature", "MessageID", "ReplyTo", "To"})
"""Blocks of a SOAP header that clients make anew for every call."""

Seen = Literal["seen", "unseen", "noise"]


class Spot(NamedTuple):
    """A place in a request: which (from 1), where in it, and whether a change there is seen."""

    number: int
    request: str
    place: str
    state: Seen


@dataclass(frozen=True, slots=True)
class Score:
    """What was changed in the requests of one recording. ``noise``: secrets, and what clients make anew for every call."""

    spots: tuple[Spot, ...]

    def of(self, state: Seen) -> tuple[Spot, ...]:
        """Return the places of one kind."""
        return tuple(spot for spot in self.spots if spot.state == state)

    @property
    def share(self) -> float:
        """Share of the changes that a replay sees, from 0 to 1, of those that are no noise; 1 where there are none."""
        seen, unseen = len(self.of("seen")), len(self.of("unseen"))
        return seen / (seen + unseen) if seen + unseen else 1.0


def score_requests(cassette: Cassette) -> Score:
    """Change every request of a recording in every place, one at a time, and ask a replay for it."""
    scrubber = Scrubber()
    repeating = Cassette(cassette.path, cassette.interactions, about=cassette.about, allow_playback_repeats=True)
    playback = Playback(repeating, scrubber)
    spots = []
    for number, one in enumerate(cassette.interactions, 1):
        kept = scrubber.request(one.request)
        for place, changed in _changed(one.request):
            state: Seen = "unseen" if _is_answered(playback, changed) else "seen"
            if state == "unseen" and (_is_noise(place) or _vanishes(changed, scrubber.request(changed), kept)):
                state = "noise"
            spots.append(Spot(number, str(one.request), place, state))
    return Score(tuple(spots))


def _is_answered(playback: Playback, request: RecordedRequest) -> bool:
    try:
        playback.answer(request)
    except RecordingError:
        return False
    return True


def _vanishes(changed: RecordedRequest, scrubbed: RecordedRequest, kept: RecordedRequest) -> bool:
    """Say whether a change lies in a secret, which is taken out of both before they are compared."""
    return scrubbed == kept or (_TWIN in repr(changed) and _TWIN not in repr(scrubbed))


def _is_noise(place: str) -> bool:
    steps = re.split(r"[. @]", place)
    return "Header" in steps and not _NOISE.isdisjoint(steps)


def _changed(request: RecordedRequest) -> Iterator[tuple[str, RecordedRequest]]:
    """Yield where a request is changed, and the request so changed."""
    other = "PUT" if request.method == "POST" else "POST"
    yield "method", replace(request, method=other)
    for place, uri in _addresses(request.uri):
        yield place, replace(request, uri=uri)
    for number, (name, value) in enumerate(request.headers):
        if name.lower() == "soapaction":
            quoted = value.strip('"') + _TWIN
            headers: Headers = (*request.headers[:number], (name, f'"{quoted}"'), *request.headers[number + 1 :])
            yield f"header {name}", replace(request, headers=headers)
    for place, body in _bodies(request.body or b""):
        yield place, replace(request, body=body)


def _addresses(uri: str) -> Iterator[tuple[str, str]]:
    parts = urlsplit(uri)
    yield "host", urlunsplit(parts._replace(netloc=f"twin.{parts.netloc}"))
    steps = parts.path.split("/")
    for number, step in enumerate(steps):
        if step:
            path = "/".join([*steps[:number], step + _TWIN, *steps[number + 1 :]])
            yield f"path step {number}", urlunsplit(parts._replace(path=path))
    pairs = parts.query.split("&") if parts.query else []
    for number, pair in enumerate(pairs):
        for what, new in _other_pairs(pair):
            query = "&".join([*pairs[:number], *new, *pairs[number + 1 :]])
            yield f"query {pair.partition('=')[0]}{what}", urlunsplit(parts._replace(query=query))


def _other_pairs(pair: str) -> Iterator[tuple[str, list[str]]]:
    name, _, value = pair.partition("=")
    yield "", [f"{name}={value}{_TWIN}"]
    yield ", left out", []


def _bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    document = read_document(body)
    if document is not None:
        text = document.text
        for place, edit in _document_edits(document):
            yield place, written(text, [edit]).encode()
        return
    text = body.decode("utf-8", "surrogateescape")
    if _FORM.fullmatch(text):
        pairs = text.split("&")
        for number, pair in enumerate(pairs):
            for what, new in _other_pairs(pair):
                changed = "&".join([*pairs[:number], *new, *pairs[number + 1 :]])
                yield f"form {pair.partition('=')[0]}{what}", changed.encode("utf-8", "surrogateescape")
    elif text.startswith("--"):
        for found in re.finditer(r"(?<=\n)\r?\n(?!--)([^\r\n]+)", text):
            end = found.end(1)
            yield f"part at {found.start(1)}", f"{text[:end]}{_TWIN}{text[end:]}".encode("utf-8", "surrogateescape")
    elif body:
        yield "body", body + _TWIN.encode()


def _document_edits(document: Any) -> Iterator[tuple[str, Edit]]:
    is_json = isinstance(document, JsonDocument)
    for where, node in walk(document.root):
        told = ".".join(map(str, where)) or "body"
        if node.is_leaf:
            yield told, document.put(node, _other(node.value) if is_json else f"{node.value or ''}{_TWIN}")
            if is_json and isinstance(node.value, str) and "{" in node.value:
                yield from _selections(told, document, node)
        elif is_json and node.value and where:
            yield f"{told}, emptied", document.put(node, [] if isinstance(node.value, list) else {})
    if not is_json:
        yield from _attributes(document.text)


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str():
            return value + _TWIN
        case None:
            return _TWIN
    return value + 7_919


def _selections(told: str, document: Any, node: Any) -> Iterator[tuple[str, Edit]]:
    """Change the last field of each selection of a GraphQL query."""
    for one in _SELECTION.finditer(node.value):
        changed = f"{node.value[: one.end()]}{_TWIN}{node.value[one.end() :]}"
        yield f"{told}, {one[0]}", document.put(node, changed)


def _attributes(text: str) -> Iterator[tuple[str, Edit]]:
    """Change the attributes of elements; of the declaration and of namespaces nothing depends on the spelling."""
    start = text.find("?>") + 1
    for one in _ATTRIBUTE.finditer(text, start):
        prefix, name = one[1] or "", one[2]
        if prefix != "xmlns:" and name != "xmlns" and (prefix, name) != ("wsu:", "Id"):
            group = 3 if one[3] is not None else 4
            yield f"attribute @{prefix}{name} at {one.start()}", Edit(one.end(group), one.end(group), _TWIN)
