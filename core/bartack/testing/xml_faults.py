"""X1 to X13: XML and SOAP. Entities, other envelopes, faults in good answers, parts that are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bartack.errors import SourceChangedError, SourceRefusedError, SourceUnavailableError, WireError
from bartack.testing.fault import Expected, Fault, Scene, Script, instead
from bartack.testing.messages import Answer
from bartack.testing.papers import Paper, on_paper

__all__ = ["XML_FAULTS", "envelope"]

_SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP12 = "http://www.w3.org/2003/05/soap-envelope"


def envelope(inside: str, namespace: str = _SOAP11) -> str:
    """Put ``inside`` into the Body of a SOAP envelope."""
    return f'<e:Envelope xmlns:e="{namespace}"><e:Body>{inside}</e:Body></e:Envelope>'


def _soap_fault(code: str, words: str) -> str:
    return envelope(f"<e:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring></e:Fault>")


def _xml(text: str, status: int = 200) -> Script:
    return instead(lambda _: Answer.xml(text, status=status))


def _doctype(subset: str, entity: str = "&e;") -> Script:
    """Return a script with a document type before the good answer, and an entity in the first row's first text."""

    def changed(scene: Scene) -> Answer:
        text = scene.body.decode()
        text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
        at = text.index(">", text.index("Body")) + 1
        return replace(scene.answer, content=f"<!DOCTYPE x {subset}>{text[:at]}{entity}{text[at:]}".encode())

    return instead(changed)


def _body(name: str, code: str, says: str, change: Callable[[bytes], bytes], expected: Expected) -> Fault:
    return Fault(name, code, says, instead(lambda s: replace(s.answer, content=change(s.body))), expected, form="xml")


def _laughs() -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'[<!ENTITY l0 "ha">{levels}]'


def _deep(body: bytes) -> bytes:
    at = body.index(b">", body.index(b"Body")) + 1
    return body[:at] + b"<d>" * 5_000 + b"</d>" * 5_000 + body[at:]


def _declared(encoding: str) -> Callable[[bytes], bytes]:
    def changed(body: bytes) -> bytes:
        rest = body[body.index(b"?>") + 2 :] if body.startswith(b"<?xml") else body
        return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + rest

    return changed


def _multipart(parts: Callable[[Scene], bytes]) -> Script:
    kind = 'multipart/related; type="application/xop+xml"; boundary="b"; start="<root>"; start-info="text/xml"'
    return instead(lambda scene: replace(scene.answer, content=parts(scene), content_type=kind))


def _part(scene: Scene) -> bytes:
    return b'--b\r\nContent-Type: application/xop+xml; type="text/xml"\r\nContent-ID: <root>\r\n\r\n' + scene.body


def _row_inside_out(paper: Paper, _: Scene) -> None:
    rows = paper.rows
    first = paper.copied(rows[0])
    for child in list(first):
        first.remove(child)
    paper.rows = [first, *rows[1:]]


_XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Log in</title></head><body/></html>'
_FORBIDDEN = WireError
_SAYS_NO = SourceRefusedError
XML_FAULTS: Final = (
    Fault("x_xxe_file", "X1", "an entity that reads a file",
        _doctype('[<!ENTITY e SYSTEM "file:///etc/passwd">]'), _FORBIDDEN, form="xml"),
    Fault("x_xxe_http", "X1", "an entity that asks another server",
        _doctype('[<!ENTITY e SYSTEM "http://127.0.0.2:9/x">]'), _FORBIDDEN, form="xml"),
    Fault("x_xxe_parameter", "X1", "a parameter entity that asks another server",
          _doctype('[<!ENTITY % p SYSTEM "http://127.0.0.2:9/x"> %p;]', ""), _FORBIDDEN, form="xml"),
    Fault("x_entity", "X1", "an entity that is only a text", _doctype('[<!ENTITY e "text">]'), _FORBIDDEN, form="xml"),
    Fault("x_laughs", "X2", "a billion laughs", _doctype(_laughs(), "&l9;"), _FORBIDDEN, form="xml"),
    Fault("x_quadratic", "X2", "one long entity, many times",
        _doctype(f'[<!ENTITY e "{"x" * 50_000}">]', "&e;" * 500), _FORBIDDEN, form="xml"),
    Fault("x_dtd_external", "X3", "a document type that lies on another server",
        _doctype('SYSTEM "http://127.0.0.2:9/x.dtd"'), _FORBIDDEN, form="xml"),
    Fault("x_dtd_empty", "X3", "a document type and no entity", _doctype("[]", ""), _FORBIDDEN, form="xml"),
    _body("x_other_namespace", "X4", "the rows in another namespace",
        lambda body: body.replace(b"urn:", b"urn:new:"), "accounted"),
    _body("x_other_soap", "X4", "an envelope of another version of SOAP",
          lambda body: body.replace(_SOAP11.encode(), _SOAP12.encode()), "accounted"),
    _body("x_other_envelope", "X4", "an envelope that is none",
          lambda body: body.replace(_SOAP11.encode(), b"urn:none"), SourceChangedError),
    Fault("x_fault_in_200", "X5", "a fault with status 200",
        _xml(_soap_fault("e:Client", "no such customer")), _SAYS_NO, form="xml"),
    Fault("x_fault_in_500", "X5", "a fault of the client with status 500",
        _xml(_soap_fault("e:Client", "no such customer"), 500), _SAYS_NO, form="xml"),
    Fault("x_fault_server", "X5", "a fault of the server with status 500",
        _xml(_soap_fault("e:Server", "out of memory"), 500), _SAYS_NO, form="xml"),
    Fault("x_fault_no_words", "X5", "a fault without a word", _xml(envelope("<e:Fault/>"), 500), _SAYS_NO, form="xml"),
    Fault("x_fault_no_body", "X5", "status 500 and no body", _xml("", 500), SourceUnavailableError, form="xml"),
    Fault("x_good_in_500", "X5", "the good answer with status 500",
        instead(lambda s: replace(s.answer, status=500)), SourceUnavailableError, form="xml"),
    Fault("x_empty_body", "X6", "an empty Body", _xml(envelope("")), SourceChangedError, form="xml"),
    Fault("x_other_response", "X6", "the response of another operation",
        _xml(envelope('<OtherResponse xmlns="urn:x"/>')), SourceChangedError, form="xml"),
    Fault("x_mtom_cut", "X7", "multipart without its end", _multipart(_part), WireError, form="xml"),
    Fault("x_mtom_no_root", "X7", "multipart without its first part",
        _multipart(lambda _: b"--b--\r\n"), WireError, form="xml"),
    _body("x_deep", "X10", "elements 5,000 deep", _deep, WireError),
    _body("x_cut", "X12", "XML cut in the middle, with a length that fits", lambda body: body[: len(body) // 2], WireError),
    _body("x_not_closed", "X12", "XML without its last tag", lambda body: body[: body.rindex(b"<")], WireError),
    _body("x_two_roots", "X12", "two documents in one body", lambda body: body + envelope("").encode(), WireError),
    _body("x_garbage_behind", "X12", "a word behind the document", lambda body: body + b"ok", WireError),
    _body("x_ampersand", "X12", "an ampersand that stands for itself",
        lambda body: body.replace(b"</", b" & </", 1), WireError),
    _body("x_nul", "X12", "a NUL in a text", lambda body: body.replace(b"</", b"\x00</", 1), WireError),
    _body("x_control", "X12", "a control character as a reference",
        lambda body: body.replace(b"</", b"&#2;</", 1), WireError),
    _body("x_invalid_utf8", "X12", "a byte that is no UTF-8", lambda body: body.replace(b"</", b"\xff</", 1), WireError),
    _body("x_says_utf16", "X12", "UTF-8 that calls itself UTF-16", _declared("utf-16"), WireError),
    _body("x_says_unknown", "X12", "a character set nobody knows", _declared("x-own"), WireError),
    _body("x_bom", "X12", "a byte order mark before the document", lambda body: b"\xef\xbb\xbf" + body, "rows"),
    _body("x_declared", "X12", "the good answer with an XML declaration", _declared("utf-8"), "rows"),
    _body("x_comment_before", "X12", "a comment before the document", lambda body: b"<!-- served by 7 -->" + body, "rows"),
    _body("x_xhtml", "X13", "a login page in well-formed XHTML",
          lambda _: _XHTML, SourceChangedError),
    Fault("x_row_empty", "J1", "an empty element in the place of a row",
        on_paper(_row_inside_out), "rejects", form="xml", needs=("rows",)),
)  # fmt: skip
