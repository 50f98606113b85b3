"""Changes of whole answers: how they are encoded, what stands around the rows, and bodies that are damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from random import Random
from typing import Any, Final

from bartack.recording import Headers, Interaction, RecordedResponse
from bartack.twins.json_document import JsonDocument
from bartack.twins.mutant import Change, Edits, answered, on_pages
from bartack.twins.nodes import Edit, Raw, without
from bartack.twins.subject import PageOf, Subject

__all__ = ["bodies", "encodings", "envelope"]

Damage = Callable[[bytes, Random], bytes]

_DEEP = 100_000
_BOMB = 300_000_000
"""Bytes that a bomb becomes; a third of a megabyte on the wire."""


def instead(
    subject: Subject,
    number: int,
    name: str,
    what: str,
    make: Callable[[Interaction], Interaction],
    *,
    harmless: bool = False,
) -> Change:
    """Return the change of a whole answer into one that nobody can take for rows."""
    one = subject.given[number]
    said = f"{what} in the place of answer {number + 1} ({one.request.method})"
    is_page = any(page.number == number for page in subject.pages)
    return Change(name, said, lambda: {number: (make(one),)}, touched=None, doubtful=is_page and not harmless)


def _anyone(subject: Subject, dice: Random) -> int:
    """Return the number of an answer: mostly of a page, sometimes of what comes before pages."""
    pages = [page.number for page in subject.pages]
    return dice.choice(pages) if pages and dice.random() < 0.8 else dice.randrange(len(subject.given))


def typed(headers: Headers, content_type: str) -> Headers:
    """Return headers that say another content type."""
    return (
        *((name, value) for name, value in headers if name.lower() != "content-type"),
        ("Content-Type", content_type),
    )


def encodings(subject: Subject, dice: Random) -> Iterator[Change]:
    """Character sets: said wrongly, mixed, or decoded twice. Nothing of it may change a text without a word."""
    for page in subject.some_pages(dice):
        text, media = page.document.text, _media(page)
        for name, mark in (("byte order mark", "\ufeff"), ("white space around", " \r\n")):
            yield _recoded(page, name, (mark + text).encode(), None)
        for charset in ("iso-8859-1", "utf-16", "windows-1252", "x-unknown-9"):
            yield _recoded(page, f"says {charset}", text.encode(), f"{media}; charset={charset}")
        if not text.isascii():
            if any("\x80" <= letter <= "\xff" for letter in text):  # others have no byte in it, and would become others
                mixed = b"".join(one.encode("latin-1" if one <= "\xff" else "utf-8") for one in text)
                yield _recoded(page, "latin-1, says utf-8", mixed, f"{media}; charset=utf-8")
            yield _recoded(page, "one byte of latin-1", text.encode().replace(_first_wide(text), b"\xe4", 1), None)
            twice = text.encode().decode("latin-1").encode()
            yield Change(
                "mojibake", f"page {page.number + 1}: all of it encoded twice", _bytes(page, twice), touched=None
            )
        yield _recoded(page, "utf-16", text.encode("utf-16"), f"{media}; charset=utf-16")
        yield _recoded(page, "utf-32 without a mark", text.encode("utf-32-le"), f"{media}; charset=utf-32")
        for content_type in ("text/csv", "image/png", "application/x-ndjson"):
            yield _recoded(page, f"says {content_type}", text.encode(), content_type)


def _recoded(page: PageOf, name: str, body: bytes, content_type: str | None) -> Change:
    return Change(name, f"page {page.number + 1}: {name}", _bytes(page, body, content_type))


def _bytes(page: PageOf, body: bytes, content_type: str | None = None) -> Callable[[], Edits]:
    headers = page.interaction.response.headers
    headers = headers if content_type is None else typed(headers, content_type)
    return lambda: {page.number: (answered(page.interaction, body, headers=headers),)}


def _media(page: PageOf) -> str:
    return "application/json" if isinstance(page.document, JsonDocument) else "text/xml"


def _first_wide(text: str) -> bytes:
    return next(char for char in text if not char.isascii()).encode()


def envelope(subject: Subject, dice: Random) -> Iterator[Change]:
    """Yield what stands around the rows: renamed, missing, of another kind, an error, or another document altogether."""
    for page in subject.some_pages(dice):
        for name, edits in _around_rows(page):
            said = f"page {page.number + 1}: {name}"
            yield Change(name, said, on_pages([(page, edits)]), touched=frozenset(page.ids))
    for name, document in _DOCUMENTS.items():
        number = _anyone(subject, dice)
        body = json.dumps(document).encode()
        yield instead(
            subject,
            number,
            name,
            f"the JSON {body.decode()[:60]}",
            _as(body, "application/json"),
            harmless=document == [],
        )
    for name, (body, content_type) in _PAGES.items():
        yield instead(subject, _anyone(subject, dice), name, name, _as(body, content_type))


def _around_rows(page: PageOf) -> Iterator[tuple[str, list[Edit]]]:
    document = page.document
    if isinstance(document, JsonDocument):
        around, rows = page.holder, page.holder
        if around.names:
            yield "rows renamed", document.renamed(around, "bartack_renamed")
            yield "rows missing", [without(around)]
            yield "rows sent twice, the second empty", [document.again(around, f"{_name(page)}:[]")]
        yield "rows wrapped", [document.put(rows, {"items": Raw(document.text[slice(*rows.span)])})]
        for name, value in (
            ("rows null", None),
            ("rows a text", "none"),
            ("rows an object", {}),
            ("rows false", False),
        ):
            yield name, [document.put(rows, value)]
    else:
        yield "rows renamed", [edit for node in page.nodes for edit in document.renamed(node, "bartackRenamed")]
        yield "response renamed", document.renamed(page.holder, "BartackRenamed")
        yield "response missing", [without(page.holder)]
        yield "rows wrapped", [document.put(page.holder, {"Items": Raw(document.text[slice(*page.holder.span)])})]


def _name(page: PageOf) -> str:
    return page.document.text[slice(*page.holder.names[0])]


def _as(body: bytes, content_type: str) -> Callable[[Interaction], Interaction]:
    return lambda one: answered(one, body, status=200, headers=typed(one.response.headers, content_type))


_DOCUMENTS: dict[str, Any] = {
    "error object": {"error": {"code": "E_INTERNAL", "message": "something broke"}},
    "status error": {"status": "error", "message": "something broke"},
    "success false": {"success": False, "message": "no"},
    "errors list": {"errors": [{"message": "no such field"}], "data": None},
    "empty object": {},
    "empty list": [],
    "null": None,
    "number": 42,
    "text": "OK",
}
_FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
    "<faultstring>something broke</faultstring></s:Fault></s:Body></s:Envelope>"
)
_LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form method=post></form></body></html>"
_ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bartack"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    '<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&c;&x;</a>'
)
_PAGES = {
    "login page": (_LOGIN, "text/html; charset=utf-8"),
    "login page called JSON": (_LOGIN, "application/json"),
    "login page called XML": (_LOGIN, "text/xml"),
    "SOAP fault in a 200": (_FAULT.encode(), "text/xml"),
    "document type with entities": (_ENTITIES.encode(), "text/xml"),
    "a sentence": (b"Service temporarily unavailable", "text/plain"),
    "empty SOAP body": (_FAULT.replace("<s:Fault>", "<!--").replace("</s:Fault>", "-->").encode(), "text/xml"),
}


def bodies(subject: Subject, dice: Random) -> Iterator[Change]:
    """Bodies that are cut, bombed, nested without end, or damaged at random."""
    for number in subject.some_answers(dice):
        if not subject.given[number].response.body:
            continue
        for name, damage in _DAMAGES.items():
            yield instead(subject, number, name, name, partial(_damaged, damage, dice.random()))
        for name, pack in _PACKINGS.items():
            yield instead(subject, number, name, name, partial(_packed, pack, dice.random()))
        for _ in range(4):
            make = partial(_damaged, _flipped, dice.random())
            yield instead(subject, number, "random bytes", "bytes damaged", make, harmless=True)
    bomb = instead(subject, _anyone(subject, dice), "gzip bomb", "300 MB of gzip", partial(_packed, _bombed, 0.0))
    yield from (bomb, *_doubled(subject, dice))


def _damaged(damage: Damage, seed: float, one: Interaction) -> Interaction:
    return answered(one, damage(one.response.body, Random(seed)))  # noqa: S311 - no secret, and the same each time


def _packed(pack: Damage, seed: float, one: Interaction) -> Interaction:
    packed = pack(one.response.body, Random(seed))  # noqa: S311 - no secret, and the same each time
    kept = tuple((name, value) for name, value in one.response.headers if name.lower() != "content-length")
    headers = (*kept, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed))))
    response = RecordedResponse(one.response.status, one.response.message, headers, packed)
    return replace(one, response=response, response_encoding=None)


def _doubled(subject: Subject, dice: Random) -> Iterator[Change]:
    """Put a key twice into a row: readers take the first, the last, or both."""
    for page in subject.some_pages(dice):
        number = dice.randrange(len(page.nodes))
        row = page.nodes[number]
        if isinstance(row.value, dict) and row.value:
            name, node = dice.choice(sorted(row.value.items()))
            text = None
            if isinstance(page.document, JsonDocument):
                text = f'{json.dumps(name)}:"bartack"'
            said = f"page {page.number + 1}: {name} twice in row {page.ids[number]}"
            edit = on_pages([(page, [page.document.again(node, text)])])
            yield Change("key twice", said, edit, touched=frozenset({page.ids[number]}))


def _nested(body: bytes, _: Random) -> bytes:
    start = body.lstrip()[:1]
    if start == b"<":
        return b"<a>" * _DEEP + b"</a>" * _DEEP
    inner = b"[" * _DEEP + b"]" * _DEEP
    return body.replace(b"{", b'{"bartack":' + inner + b",", 1) if start == b"{" else inner


def _turned(body: bytes, dice: Random) -> bytes:
    packed = bytearray(gzip.compress(body, mtime=0))
    packed[dice.randrange(10, len(packed))] ^= 0x55
    return bytes(packed)


def _flipped(body: bytes, dice: Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(damaged) + 1)
        match dice.randrange(4):
            case 0 if at < len(damaged):
                damaged[at] ^= 1 << dice.randrange(8)
            case 1:
                del damaged[at : at + dice.randint(1, 24)]
            case 2:
                damaged[at:at] = damaged[at : at + dice.randint(1, 24)]
            case _:
                damaged[at : at + 1] = dice.randbytes(1)
    return bytes(damaged)


def _bombed(body: bytes, _: Random) -> bytes:
    return gzip.compress(body[: len(body) // 2], mtime=0) + _bomb()


@cache
def _bomb() -> bytes:
    """Return a third of a megabyte that becomes 300; made once, for it takes a second."""
    return gzip.compress(b" " * _BOMB, mtime=0)


_DAMAGES: Final[Mapping[str, Damage]] = {
    "empty": lambda _, __: b"",
    "blank": lambda _, __: b" \n ",
    "cut": lambda body, dice: body[: dice.randrange(1, max(2, len(body) - 1))],
    "last byte missing": lambda body, _: body.rstrip()[:-1],
    "garbage behind": lambda body, _: body + b" ok",
    "twice": lambda body, _: body + b"\n" + body,
    "deep nesting": _nested,
}
_PACKINGS: Final[Mapping[str, Damage]] = {
    "gzip cut": lambda body, _: gzip.compress(body, mtime=0)[:-9],
    "gzip damaged": _turned,
}
