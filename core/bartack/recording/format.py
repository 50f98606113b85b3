"""How interactions are laid down in a cassette file: the format of vcrpy, version 1, and a few keys more.

They stand beside ``request`` and ``response``, for vcrpy refuses a request with a key that it does not know:
``content_encoding`` (how a body was packed on the wire), ``seconds`` (how long the answer took), ``failure`` (there was no
whole answer: its true status stands here, and in ``response`` one that every client takes for an error), ``unframed`` (the
answer told neither its length nor its end), and ``base64`` (JSON only, which knows no bytes: which of the two bodies is
written so; vcrpy loads such a file and plays the base64).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.messages import NO_ANSWER, Failure, Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.trees import Body, Tree

__all__ = ["from_document", "to_document"]

_LONGEST_NUMBER = 12
"""Characters of a status or a time; a longer one is no number that anybody recorded."""


def to_document(item: Interaction, *, text_only: bool = False) -> dict[str, Any]:
    """Lay an interaction down, keys in a fixed order; ``text_only``: bodies that are no text become base64."""
    request, response = item.request, item.response
    sides = {"request": request.body, "response": response.body}
    bodies = {side: None if body is None else _text_or_bytes(body) for side, body in sides.items()}
    binary = [side for side, body in bodies.items() if isinstance(body, bytes)] if text_only else []
    for side in binary:
        bodies[side] = base64.b64encode(sides[side] or b"").decode("ascii")
    answered = response if item.failure is None else NO_ANSWER
    document: dict[str, Any] = {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "body": bodies["request"],
            "headers": _grouped(request.headers),
        },
        "response": {
            "status": _status_line(answered),
            "headers": _grouped(response.headers),
            "body": {"string": bodies["response"]},
        },
    }
    packed = {"request": item.request_encoding, "response": item.response_encoding}
    if any(packed.values()):
        document["content_encoding"] = {side: encoding for side, encoding in packed.items() if encoding}
    if item.seconds is not None:
        document["seconds"] = round(item.seconds, 3)
    if item.failure is not None:
        document["failure"] = _failed(item.failure)
        if response != NO_ANSWER:
            document["failure"]["status"] = _status_line(response)
    if item.unframed:
        document["unframed"] = True
    if binary:
        document["base64"] = binary
    return document


def _status_line(response: RecordedResponse) -> dict[str, Any]:
    return {"code": response.status, "message": response.message}


def _text_or_bytes(body: bytes) -> str | bytes:
    """Return what people can read as text, the rest as bytes."""
    try:
        return Body(body.decode("utf-8"))
    except UnicodeDecodeError:
        return body


def _grouped(headers: Headers) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in headers:
        groups.setdefault(name, []).append(value)
    return groups


def _failed(failure: Failure) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": failure.kind}
    for name in ("message", "next_step", "retryable"):
        if (value := getattr(failure, name)) not in ("", None):
            document[name] = value
    return document


def from_document(node: Tree, where: str) -> Interaction:
    """Read one interaction, with its bodies unpacked.

    Raises
    ------
    RecordingError
        something is missing or of another kind than the format says; ``where`` leads to it.
    """
    item = _mapping(node, where)
    request, response = (
        _mapping(item.get("request"), f"{where}: request"),
        _mapping(item.get("response"), f"{where}: response"),
    )
    status = _mapping(response.get("status"), f"{where}: response.status")
    body = response.get("body")
    interaction = Interaction(
        RecordedRequest(
            method=_text(request, "method", where).upper(),
            uri=_text(request, "uri", where),
            headers=_headers(request.get("headers"), where, "request"),
            body=_bytes(request.get("body"), where, "request"),
        ),
        RecordedResponse(
            status=_status(status.get("code"), where),
            message=_message(status, where),
            headers=_headers(response.get("headers"), where, "response"),
            body=_bytes(body.get("string") if isinstance(body, dict) else body, where, "response") or b"",
        ),
    )
    if len(item) > 2:
        interaction = _with_more(interaction, item, where)
    return interaction.unpacked()


def _with_more(interaction: Interaction, item: dict[str, Tree], where: str) -> Interaction:
    """Return the interaction with what stands beside its two messages."""
    packed = item.get("content_encoding")
    packed = packed if isinstance(packed, dict) else {}
    request, response = interaction.request, interaction.response
    coded = item.get("base64")
    for side in coded if isinstance(coded, list) else ():
        if side == "request":
            request = replace(request, body=_decoded(request.body, f"{where}: request.body"))
        elif side == "response":
            response = replace(response, body=_decoded(response.body, f"{where}: response.body"))
    failure = item.get("failure")
    status = failure.get("status") if isinstance(failure, dict) else None
    if status is not None:
        line = _mapping(status, f"{where}: failure.status")
        response = replace(response, status=_status(line.get("code"), where), message=_message(line, where))
    return Interaction(
        request,
        response,
        request_encoding=_optional(packed.get("request")),
        response_encoding=_optional(packed.get("response")),
        seconds=_seconds(item.get("seconds"), where),
        failure=_failure(failure, where),
        unframed=item.get("unframed") in (True, "true"),
    )


def _failure(node: Tree, where: str) -> Failure | None:
    if node is None:
        return None
    place = f"{where}: failure"
    failure = _mapping(node, place)
    kind, message, step = (_plain(failure.get(name), place) for name in ("kind", "message", "next_step"))
    if not kind:
        raise RecordingError(f"{place}.kind is missing")
    retryable = {"true": True, "false": False}.get(str(_plain(failure.get("retryable"), place)).lower())
    return Failure(str(kind), str(message or ""), None if step is None else str(step), retryable)


def _headers(node: Tree, where: str, side: str) -> Headers:
    if node is None:
        return ()
    if not isinstance(node, dict):
        raise RecordingError(f"{where}: {side}.headers is {_kind(node)}, not a mapping")
    pairs = []
    for name, values in node.items():
        for value in values if isinstance(values, list) else (values,):
            if not isinstance(value, str):
                raise RecordingError(f"{where}: {side}.headers: {name} is {_kind(value)}, not text")
            pairs.append((name, value))
    return tuple(pairs)


def _mapping(node: Tree, where: str) -> dict[str, Tree]:
    if not isinstance(node, dict):
        raise RecordingError(f"{where} is {_kind(node)}, not a mapping")
    return node


def _text(node: dict[str, Tree], key: str, where: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise RecordingError(f"{where}: request.{key} is {_kind(value)}, not text")
    return value


def _plain(node: Tree, where: str) -> str | int | float | None:
    if isinstance(node, list | dict | bytes):
        raise RecordingError(f"{where}: {_kind(node)} stands in the place of text")
    return node


def _optional(node: Tree) -> str | None:
    return node if isinstance(node, str) else None


def _bytes(node: Tree, where: str, side: str) -> bytes | None:
    if node is None or isinstance(node, bytes):
        return node
    if isinstance(node, str):
        return node.encode("utf-8")
    raise RecordingError(f"{where}: {side}.body is {_kind(node)}, not text")


def _decoded(body: bytes | None, where: str) -> bytes:
    try:
        return base64.b64decode(body or b"", validate=True)
    except binascii.Error:
        raise RecordingError(f"{where} is no base64") from None


def _status(node: Tree, where: str) -> int:
    text = str(node) if isinstance(node, str | int) else ""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    raise RecordingError(f"{where}: response.status.code is {_kind(node)}, not a whole number")


def _message(status: dict[str, Tree], where: str) -> str:
    return str(_plain(status.get("message"), where) or "")


def _seconds(node: Tree, where: str) -> float | None:
    if node is None:
        return None
    text = str(node) if isinstance(node, str | int | float) else ""
    try:
        seconds = float(text) if len(text) <= _LONGEST_NUMBER else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise RecordingError(f"{where}: seconds is {_kind(node)}, not a time in seconds")
    return seconds


def _kind(node: Tree) -> str:
    names = {
        type(None): "missing",
        str: "text",
        bytes: "binary",
        list: "a list",
        dict: "a mapping",
        bool: "true or false",
    }
    return names.get(type(node), "a number")
