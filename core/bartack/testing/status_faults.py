"""T26 to T34, T37, T38: what an answer says about itself. Redirects, limits, pages, other protocols, broken headers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bartack.errors import (
    AccessError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.testing.fault import STAY, Fault, Scene, Script, Step, fixed, instead
from bartack.testing.messages import Answer

__all__ = ["STATUS_FAULTS"]

_LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form method=post></form></body></html>"
_SORRY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def _status(status: str, *fields: str, body: bytes = b"") -> Script:
    """Return a script with another status, without the rows."""
    given = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    return fixed("\r\n".join(given).encode() + body, STAY)


def _with_status(status: int) -> Script:
    """Return a script with the good body under another status."""
    return instead(lambda scene: replace(scene.answer, status=status))


def _json(document: object, status: int = 200) -> Script:
    return instead(lambda _: Answer.json(document, status=status))


def _html(page: bytes, content_type: str = "text/html; charset=utf-8", status: int = 200) -> Script:
    return instead(lambda _: Answer(page, content_type, status))


def _headed(change: Callable[[bytes], bytes]) -> Script:
    """Return a script with the good answer and headers that are changed."""

    def script(scene: Scene) -> tuple[Step, ...]:
        return change(scene.head(f"Content-Length: {len(scene.body)}")), scene.body, STAY

    return script


def _field(*lines: bytes) -> Script:
    """Return a script with the good answer and further header lines before the blank line."""
    return _headed(lambda head: head[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n")


def _first_field(line: bytes) -> Script:
    """Return a script with the good answer and a line before all other headers."""
    return _headed(lambda head: head.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1))


_MOVED = SourceChangedError
_BUSY = SourceUnavailableError
_DATE = "Date: Mon, 23 Nov 2026 10:00:00 GMT"
_LIMIT = _json({"message": "slow down"}, 429)
_REDIRECTS: Final = (
    *(
        Fault(f"redir_{status}", "T26", f"status {status} to another path of the same host",
            _status(f"{status} Moved", "Location: /new"), _MOVED)
        for status in (301, 302, 303, 307, 308)
    ),
    Fault("redir_login", "T26", "a redirect to a login page", _status("302 Found", "Location: /login?next=%2F"), _MOVED),
    Fault("redir_no_location", "T26", "a redirect to nowhere", _status("302 Found"), _MOVED),
    Fault("redir_bad_url", "T26", "a redirect to an address that no parser reads",
        _status("302 Found", "Location: http://[::1/bad"), _MOVED),
    Fault("redir_file", "T26", "a redirect to a local file", _status("302 Found", "Location: file:///etc/passwd"), _MOVED),
    Fault("redir_elsewhere", "T27", "a redirect to another host",
        _status("307 Moved", "Location: http://127.0.0.2:9/steal"), _MOVED),
    Fault("redir_userinfo", "T27", "a redirect to an address that only looks like this host",
        _status("302 Found", "Location: http://127.0.0.1:80\\@evil.test/"), _MOVED),
)  # fmt: skip
_LIMITS: Final = (
    Fault("s429_seconds", "T28", "429, come back in 2 seconds", _status("429 Too Many Requests", "Retry-After: 2"), _BUSY),
    Fault("s429_date", "T28", "429, come back at a time",
          _status("429 Too Many Requests", _DATE, "Retry-After: Mon, 23 Nov 2026 10:00:03 GMT"), _BUSY),
    Fault("s429_past", "T28", "429, come back at a time that has passed",
          _status("429 Too Many Requests", _DATE, "Retry-After: Mon, 23 Nov 2020 10:00:03 GMT"), _BUSY),
    Fault("s429_bare", "T29", "429 without a word", _status("429 Too Many Requests"), _BUSY),
    Fault("s429_garbage", "T29", "429, come back soon", _status("429 Too Many Requests", "Retry-After: soon"), _BUSY),
    Fault("s429_fraction", "T29", "429, come back in 1.5 seconds",
        _status("429 Too Many Requests", "Retry-After: 1.5"), _BUSY),
    Fault("s429_negative", "T29", "429, come back five seconds ago",
        _status("429 Too Many Requests", "Retry-After: -5"), _BUSY),
    Fault("s429_json", "T29", "429 with words in JSON", _LIMIT, _BUSY),
    Fault("s429_day", "T30", "429, come back tomorrow",
        _status("429 Too Many Requests", "Retry-After: 86400"), _BUSY, lasting=True),
    Fault("s429_absurd", "T30", "429, come back in thirty years",
        _status("429 Too Many Requests", "Retry-After: 999999999"), _BUSY, lasting=True),
    Fault("s408", "T31", "408 Request Timeout", _status("408 Request Timeout"), _BUSY),
    Fault("s500", "T31", "500 without a word", _status("500 Internal Server Error"), _BUSY, form="json"),
    Fault("s502_html", "T31", "502 with a proxy's page", _html(_SORRY, status=502), _BUSY),
    Fault("s503", "T31", "503 without a word", _status("503 Service Unavailable"), _BUSY),
    Fault("s503_retry_after", "T31", "503, come back in 3 seconds",
        _status("503 Service Unavailable", "Retry-After: 3"), _BUSY),
    Fault("s504", "T31", "504 Gateway Timeout", _status("504 Gateway Timeout"), _BUSY),
    Fault("s520", "T31", "a status that only one proxy knows", _status("520 Web Server Returned an Unknown Error"), _BUSY),
)  # fmt: skip
_INSTEAD: Final = (
    Fault("error_in_200", "T32", "an error in the place of the rows, with status 200",
          _json({"error": {"code": "E_INTERNAL", "message": "something broke"}}), SourceRefusedError, form="json"),
    Fault("status_error_in_200", "T32", "status: error, with status 200",
          _json({"status": "error", "code": "BROKEN", "message": "something broke"}), SourceRefusedError, form="json"),
    Fault("html_login", "T33", "a login page with status 200", _html(_LOGIN), _MOVED),
    Fault("html_as_json", "T33", "a login page that calls itself JSON",
        _html(_LOGIN, "application/json"), _MOVED, form="json"),
    Fault("html_as_xml", "T33", "a login page that calls itself XML", _html(_LOGIN, "text/xml"), _MOVED, form="xml"),
    Fault("captive_203", "T33", "a captive portal's page with status 203", _html(_LOGIN, status=203), _MOVED),
    Fault("maintenance_200", "T33", "a page about maintenance with status 200",
        _html(b"<html><title>Maintenance</title></html>"), _MOVED),
    Fault("plain_text_200", "T33", "a sentence with status 200",
        _html(b"Service temporarily unavailable", "text/plain"), _MOVED),
    Fault("empty_200", "T34", "status 200 and no body", _status("200 OK", "Content-Type: application/json"), WireError),
    Fault("blank_200", "T34", "status 200 and white space",
        _status("200 OK", "Content-Type: application/json", body=b" \n "), WireError),
    Fault("s201", "T34", "the good body with status 201, which nobody declared", _with_status(201), _MOVED),
    Fault("s202_not_ready", "T34", "202: not ready yet", _with_status(202), _MOVED),
    Fault("s203", "T34", "203: the good body, changed by a proxy", _with_status(203), _MOVED),
    Fault("s204", "T34", "204 No Content", fixed(b"HTTP/1.1 204 No Content\r\n\r\n", STAY), _MOVED),
    Fault("s205", "T34", "205 Reset Content", _status("205 Reset Content"), _MOVED),
    Fault("s206", "T34", "206: part of the good body",
        instead(lambda s: replace(s.answer, content=s.half, status=206)), _MOVED),
    Fault("s304", "T34", "304: as it was, to somebody who has nothing",
        fixed(b"HTTP/1.1 304 Not Modified\r\n\r\n", STAY), _MOVED),
    Fault("s101", "T34", "101: another protocol from here on",
        fixed(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), SourceChangedError),
    Fault("s999", "T34", "status 999", _status("999 Denied"), _MOVED),
    Fault("s600", "T34", "status 600", _status("600 Beyond"), _MOVED),
    Fault("s400", "T34", "400 with words", _json({"message": "bad filter"}, 400), SourceRefusedError, form="json"),
    Fault("s404", "T34", "404", _json({"message": "no such path"}, 404), AccessError),
    Fault("s410", "P9", "410: the cursor has expired", _json({"message": "cursor expired"}, 410), AccessError),
)  # fmt: skip
_JUNK: Final = (
    Fault("junk_smtp", "T37", "a mail server answers", fixed(b"220 mail.example.org ESMTP\r\n"), WireError, lasting=True),
    Fault("junk_ssh", "T37", "an SSH server answers", fixed(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), WireError, lasting=True),
    Fault("junk_http2", "T37", "HTTP/2 frames",
        fixed(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04"), WireError, lasting=True),
    Fault("junk_http09", "T37", "a body without status and headers, as in 1991", lambda s: (s.body,), WireError, lasting=True),
    Fault("junk_tls", "T37", "a TLS alert on a plain port", fixed(b"\x15\x03\x01\x00\x02\x02\x46"), WireError, lasting=True),
    Fault("junk_icy", "T37", "a radio station answers", lambda s: (b"ICY 200 OK\r\n\r\n" + s.body,), WireError, lasting=True),
    Fault("junk_binary", "T37", "random bytes", fixed(bytes(range(256)) * 4), WireError, lasting=True),
    Fault("junk_version", "T37", "a version of HTTP that does not exist",
        lambda s: (s.head(version="HTTP/9.9"), s.body), WireError, lasting=True),
    Fault("junk_status_word", "T37", "a status that is a word", fixed(b"HTTP/1.1 OK 200\r\n\r\n"), WireError, lasting=True),
    Fault("junk_status_digits", "T37", "a status of five digits",
        fixed(b"HTTP/1.1 20000 OK\r\nContent-Length: 0\r\n\r\n"), WireError, lasting=True),
    Fault("junk_blank_lines", "T37", "blank lines before the status",
        lambda s: (b"\r\n\r\n\r\n" + s.answer.wire(),), WireError, lasting=True),
)  # fmt: skip
_HEADERS: Final = (
    Fault("many_headers", "T38", "300 headers", _field(*(b"X-%d: y" % n for n in range(300))), WireError, lasting=True),
    Fault("huge_header", "T38", "a header of 70 kB", _field(b"X-Huge: " + b"x" * 70_000), WireError, lasting=True),
    Fault("endless_headers", "T38", "headers that never end",
          lambda s: itertools.chain((s.head()[:-2],), itertools.repeat(b"X: y\r\n")), WireError, lasting=True),
    Fault("header_no_colon", "T38", "a header without a colon", _first_field(b"Garbage here"), WireError, lasting=True),
    Fault("header_no_colon_last", "T38", "a last header without a colon", _field(b"Garbage here"), WireError, lasting=True),
    Fault("header_empty_name", "T38", "a header without a name", _first_field(b": value"), WireError, lasting=True),
    Fault("header_space_colon", "T38", "a blank before a header's colon",
          _first_field(b"X-Odd : value"), WireError, lasting=True),
    Fault("header_folded", "T38", "a header over two lines, as of old", _field(b"X-Folded: a", b" b"), WireError, lasting=True),
    Fault("header_folded_first", "T38", "a first header that goes on from nothing", _first_field(b" b"), WireError, lasting=True),
    Fault("header_nul", "T38", "a NUL in a header", _field(b"X-Nul: a\x00b"), WireError, lasting=True),
    Fault("header_bare_cr", "T38", "a carriage return alone in a header",
          _field(b"X-Cr: a\rContent-Length: 3"), WireError, lasting=True),
    Fault("header_lf_only", "T38", "lines that end without a carriage return",
        _headed(lambda head: head.replace(b"\r\n", b"\n")), "rows"),
    Fault("header_latin1", "T38", "a header in Latin-1", _field("X-Name: Zoë".encode("latin-1")), "rows"),
    Fault("no_content_type", "T38", "the good answer without a Content-Type",
        instead(lambda s: replace(s.answer, content_type="")), "rows", form="json"),
    Fault(
        "early_hints_103",
        "T34",
        "103 Early Hints before the good answer",
        lambda s: (b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" + s.answer.wire(),),
        SourceChangedError,
    ),
)  # fmt: skip

STATUS_FAULTS: Final = (*_REDIRECTS, *_LIMITS, *_INSTEAD, *_JUNK, *_HEADERS)
