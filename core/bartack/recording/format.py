"""How interactions are laid down in a cassette file: the format of vcrpy, version 1, and one key more."""

from __future__ import annotations

from typing import Any

from bartack.errors import RecordingError
from bartack.recording.files import Tree, text_or_bytes
from bartack.recording.messages import Headers, Interaction, RecordedRequest, RecordedResponse

__all__ = ["from_document", "to_document"]


def to_document(item: Interaction) -> dict[str, Any]:
    """Lay an interaction down, keys in a fixed order."""
    request, response = item.request, item.response
    document: dict[str, Any] = {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "body": None if request.body is None else text_or_bytes(request.body),
            "headers": _grouped(request.headers),
        },
        "response": {
            "status": {"code": response.status, "message": response.message},
            "headers": _grouped(response.headers),
            "body": {"string": text_or_bytes(response.body)},
        },
    }
    packed = {"request": item.request_encoding, "response": item.response_encoding}
    if any(packed.values()):
        # Beside the two and not in them: vcrpy refuses a request with a key that it does not know.
        document["content_encoding"] = {side: encoding for side, encoding in packed.items() if encoding}
    return document


def _grouped(headers: Headers) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in headers:
        groups.setdefault(name, []).append(value)
    return groups


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
    packed = item.get("content_encoding")
    packed = packed if isinstance(packed, dict) else {}
    return Interaction(
        RecordedRequest(
            method=_text(request, "method", where).upper(),
            uri=_text(request, "uri", where),
            headers=_headers(request.get("headers"), f"{where}: request.headers"),
            body=_bytes(request.get("body"), f"{where}: request.body"),
        ),
        RecordedResponse(
            status=_number(status.get("code"), f"{where}: response.status.code"),
            message=str(status.get("message") or ""),
            headers=_headers(response.get("headers"), f"{where}: response.headers"),
            body=_bytes(body.get("string") if isinstance(body, dict) else body, f"{where}: response.body") or b"",
        ),
        request_encoding=_optional(packed.get("request")),
        response_encoding=_optional(packed.get("response")),
    ).unpacked()


def _headers(node: Tree, where: str) -> Headers:
    pairs = []
    for name, values in _mapping(node or {}, where).items():
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str):
                raise RecordingError(f"{where}: {name} is {_kind(value)}, not text")
            pairs.append((name, value))
    return tuple(pairs)


def _mapping(node: Tree, where: str) -> dict[str, Tree]:
    if not isinstance(node, dict):
        raise RecordingError(f"{where} is {_kind(node)}, not a mapping")
    return node


def _list(node: dict[str, Tree], key: str) -> list[Tree]:
    value = node.get(key)
    if not isinstance(value, list):
        raise RecordingError(f"{key} is {_kind(value)}, not a list")
    return value


def _text(node: dict[str, Tree], key: str, where: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise RecordingError(f"{where}: request.{key} is {_kind(value)}, not text")
    return value


def _optional(node: Tree) -> str | None:
    return node if isinstance(node, str) else None


def _bytes(node: Tree, where: str) -> bytes | None:
    if node is None or isinstance(node, bytes):
        return node
    if isinstance(node, str):
        return node.encode("utf-8")
    raise RecordingError(f"{where} is {_kind(node)}, not text")


def _number(node: Tree, where: str) -> int:
    if isinstance(node, str) and node.isascii() and node.isdigit():
        return int(node)
    raise RecordingError(f"{where} is {_kind(node)}, not a number")


def _kind(node: Tree) -> str:
    names = {type(None): "missing", str: "text", bytes: "binary", list: "a list", dict: "a mapping"}
    return names[type(node)]
