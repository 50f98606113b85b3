"""All the places where a recording could hold a secret or a personal value, in all the spellings it could have there."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote
from xml.sax.saxutils import escape

from bartack.recording import Failure, Headers, Interaction, RecordedRequest, RecordedResponse, Scrubber

__all__ = ["BY_LOOKS", "BY_NAME", "NAMED", "SECRETS", "SHAPED", "Position", "cells", "positions", "survives"]

URL = "https://crm.example/api"
SOAP = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{}</e:Body></e:Envelope>'

SHAPED = {
    "e-mail": "zoe.mueller@firma-gmbh.de",
    "phone": "+49 221 9876543",
    "IBAN": "DE89370400440532013000",
    "card": "4111 1111 1111 1111",
    "tax id": "RSSMRA85T10A562S",
}
"""Known by their looks."""
NAMED = {"name": "Grünwaldová", "birth date": "1970-01-31"}
"""Known by the name of their field."""
FIELDS = {"name": "lastName", "birth date": "birthDate", "secret": "client_secret"}
SECRETS = {"secret": "c4n4ryTokenOf24Letters00"}


class Position(NamedTuple):
    """What stands where, and an exchange that holds it."""

    protocol: str
    place: str
    what: str
    value: str
    item: Interaction


Exchange = Callable[[str], Interaction]


def exchange(
    url: str = URL, headers: Headers = (), body: str | bytes | None = None, answer: str | bytes = b"", **more: object
) -> Interaction:
    """Return an exchange that holds what a place says."""
    request, response = (one.encode() if isinstance(one, str) else one for one in (body, answer))
    reply = RecordedResponse(200, str(more.get("message", "OK")), more.get("reply", ()), response or b"")  # type: ignore[arg-type]
    return Interaction(RecordedRequest("POST", url, headers, request), reply, failure=more.get("failure"))  # type: ignore[arg-type]


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


BY_LOOKS: dict[str, Exchange] = {
    "HTTP: query": lambda one: exchange(f"{URL}?q={quote_plus(one)}&limit=5"),
    "HTTP: path": lambda one: exchange(f"{URL}/people/{quote(one, safe='')}/profile"),
    "HTTP: path, bare": lambda one: exchange(f"{URL}/{quote(one, safe='@+')}"),
    "HTTP: fragment": lambda one: exchange(f"{URL}#who={one}"),
    "HTTP: header": lambda one: exchange(headers=(("X-On-Behalf-Of", one),)),
    "HTTP: URL in a header": lambda one: exchange(headers=(("Referer", f"{URL}?who={quote(one)}"),)),
    "HTTP: header of the answer": lambda one: exchange(reply=(("X-User", one),)),
    "HTTP: cookie": lambda one: exchange(headers=(("Cookie", f"lang=de; who={one}"),)),
    "HTTP: status line": lambda one: exchange(message=f"No such user {one}"),
    "HTTP: failure": lambda one: exchange(failure=Failure("reset", f"while asking for {one}")),
    "JSON": lambda one: exchange(answer=json.dumps({"note": one})),
    "JSON: nested in lists": lambda one: exchange(answer=json.dumps([{"a": [{"b": [one, 7]}]}])),
    "JSON: of a vendor": lambda one: exchange(headers=(("Content-Type", "application/vnd.api+json"),), body=json.dumps({"x": one})),
    "JSON: all in escapes": lambda one: exchange(answer='{"x":"%s"}' % "".join(f"\\u{ord(char):04x}" for char in one)),
    "JSON: in a text": lambda one: exchange(answer=json.dumps({"body": json.dumps({"x": [one]})})),
    "JSON: in prose": lambda one: exchange(answer=json.dumps({"note": f"Please write to {one}, soon."})),
    "JSON: cut off": lambda one: exchange(answer='{"x": 1, "y": "%s' % one),
    "JSON: lines": lambda one: exchange(answer="\n".join(json.dumps({"x": value}) for value in ("a", one))),
    "JSON: base64 of JSON": lambda one: exchange(answer=json.dumps({"state": _packed(json.dumps({"who": one}))})),
    "JSON: base64": lambda one: exchange(answer=json.dumps({"raw": _packed(f"who: {one}")})),
    "JSON: web token": lambda one: exchange(answer=json.dumps({"x": f"eyJhbGciOiJub25lIn0.{_packed(json.dumps({'sub': one})).rstrip('=')}.x"})),
    "form": lambda one: exchange(body=f"a=1&q={quote_plus(one)}"),
    "form: JSON in it": lambda one: exchange(body="data=" + quote_plus(json.dumps({"x": one}))),
    "multipart": lambda one: exchange(body=f'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n{one}\r\n--b--\r\n'),
    "batch": lambda one: exchange(body=f"--b\n\nGET /people?q={quote(one)} HTTP/1.1\n\n--b--"),
    "CSV": lambda one: exchange(answer=f"id;who\n1;{one}\n"),
    "prose in Latin-1": lambda one: exchange(answer=f"Für {one}, é".encode("latin-1")),
    "UTF-16": lambda one: exchange(answer=f"<a>{one}</a>".encode("utf-16")),
    "gzip": lambda one: exchange(headers=(("Content-Encoding", "gzip"),), body=gzip.compress(json.dumps({"x": one}).encode())),
    "gzip, not said": lambda one: exchange(answer=gzip.compress(f"id,who\n1,{one}\n".encode())),
    "deflate": lambda one: exchange(reply=(("Content-Encoding", "deflate"),), answer=zlib.compress(json.dumps([one]).encode())),
    "HTML": lambda one: exchange(answer=f"<html><p>Hello {escape(one)}<br></html>"),
    "XML: attribute": lambda one: exchange(answer=f'<r><row who="{escape(one)}"/></r>'),
    "XML: comment": lambda one: exchange(answer=f"<r><!-- {one} --></r>"),
    "SOAP: element": lambda one: exchange(answer=SOAP.format(f"<Get><note>{escape(one)}</note></Get>")),
    "SOAP: request": lambda one: exchange(body=SOAP.format(f"<Find><q>{escape(one)}</q></Find>")),
    "SOAP: CDATA": lambda one: exchange(answer=SOAP.format(f"<x><![CDATA[{one}]]></x>")),
    "SOAP: XML in XML": lambda one: exchange(answer=SOAP.format("<x>" + escape(f"<row><q>{one}</q></row>") + "</x>")),
    "SOAP: all in entities": lambda one: exchange(answer=SOAP.format("<x>" + "".join(f"&#{ord(char)};" for char in one) + "</x>")),
    "SOAP: fault": lambda one: exchange(answer=SOAP.format(f"<e:Fault><faultstring>unknown: {one}</faultstring></e:Fault>")),
    "XML-RPC": lambda one: exchange(body=f"<params><param><value><string>{escape(one)}</string></value></param></params>"),
}  # fmt: skip
"""A value without a name that says what it is."""

BY_NAME: dict[str, Callable[[str, str], Interaction]] = {
    "HTTP: query by name": lambda key, one: exchange(f"{URL}?{key}={quote_plus(one)}"),
    "JSON by name": lambda key, one: exchange(answer=json.dumps({"a": [{key: one}]})),
    "JSON by name, not ASCII": lambda key, one: exchange(answer=json.dumps({key: one}, ensure_ascii=False)),
    "JSON: list by name": lambda key, one: exchange(answer=json.dumps({key: [one]})),
    "JSON: name and value": lambda key, one: exchange(body=json.dumps({"filters": [{"propertyName": key, "value": one}]})),
    "JSON: condition": lambda key, one: exchange(body=json.dumps({"domain": [[key, "ilike", one]]})),
    "JSON in JSON by name": lambda key, one: exchange(answer=json.dumps({"x": json.dumps({key: one})})),
    "JSON by name in base64": lambda key, one: exchange(answer=json.dumps({"x": _packed(json.dumps({key: one}))})),
    "form by name": lambda key, one: exchange(body=f"a=1&{key}={quote_plus(one)}"),
    "multipart by name": lambda key, one: exchange(body=f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{one}\r\n--b--\r\n'),
    "SOQL": lambda key, one: exchange(f"{URL}?q=" + quote_plus(f"SELECT Id FROM Contact WHERE {key} = '{one}'")),
    "OData": lambda key, one: exchange(f"{URL}?$filter=" + quote(f"{key} eq '{one}'")),
    "SQL in JSON": lambda key, one: exchange(body=json.dumps({"sql": f"select * from t where t.{key} like '{one}'"})),
    "SOAP by name": lambda key, one: exchange(answer=SOAP.format(f"<a:{key} xmlns:a='urn:a'>{one}</a:{key}>")),
    "SOAP: CDATA by name": lambda key, one: exchange(answer=SOAP.format(f"<{key}><![CDATA[{one}]]></{key}>")),
    "SOAP: attribute by name": lambda key, one: exchange(answer=SOAP.format(f'<row {key}="{one}"/>')),
    "XML-RPC by name": lambda key, one: exchange(
        body=f"<struct><member><name>{key}</name><value><string>{one}</string></value></member></struct>"
    ),
    "XML by name in cp1250": lambda key, one: exchange(
        answer=f'<?xml version="1.0" encoding="windows-1250"?><r><{key}>{one}</{key}></r>'.encode("cp1250")
    ),
}  # fmt: skip
"""A value in a field whose name says what it is."""

_OF_SECRETS = {place for place in BY_NAME if place not in ("JSON: condition", "SOQL", "OData", "SQL in JSON")}


def positions() -> Iterator[Position]:
    """Yield every value in every place."""
    for place, looks in BY_LOOKS.items():
        for what, value in SHAPED.items():
            yield Position(place.partition(":")[0], place, what, value, looks(value))
    for place, named in BY_NAME.items():
        for what, value in (NAMED | SECRETS if place in _OF_SECRETS else NAMED).items():
            yield Position(place.partition(":")[0], place, what, value, named(FIELDS[what], value))


def cells(scrubber: Scrubber) -> Iterator[tuple[str, str, object]]:
    """Yield what becomes of values in the rows and parameters of a database: place, value, what is left."""
    for what, value in (NAMED | SECRETS).items():
        yield f"SQL: row, {what}", value, scrubber.cell(FIELDS[what].upper(), value)
    for what, value in SHAPED.items():
        yield f"SQL: row, {what} in a note", value, scrubber.cell("note", f"call {value}")
        yield f"SQL: parameter, {what}", value, scrubber.cell(None, value)
        yield f"SQL: bytes, {what}", value, scrubber.cell("blob", value.encode())


def survives(value: str, item: Interaction) -> bool:
    """Tell whether a value can still be read out of an exchange, in whatever spelling it was put in."""
    request, response = item.request, item.response
    pieces = [request.uri, response.message, item.failure.message if item.failure else ""]
    pieces += [text for pair in (*request.headers, *response.headers) for text in pair]
    for body in (request.body or b"", response.body):
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        pieces += [body.decode(encoding, "replace") for encoding in ("utf-8", "latin-1", "cp1250", "utf-16")]
    return any(value in text for piece in pieces for text in _readings(piece))


def _readings(text: str) -> Iterator[str]:
    from html import unescape

    yield text
    yield unquote(text)
    yield unquote(text.replace("+", " "))
    yield unescape(unescape(text))
    yield re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    for word in re.findall(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        try:
            inner = base64.b64decode(
                word + "=" * (-len(word) % 4), altchars=b"-_" if "-" in word or "_" in word else None
            )
        except ValueError:
            continue
        clear = inner.decode("utf-8", "replace")
        yield clear
        yield re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), clear)
