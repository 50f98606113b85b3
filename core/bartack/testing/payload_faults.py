"""J1 to J30: what stands in a body. JSON that no two readers read alike, and rows that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from bartack.errors import SourceChangedError, WireError
from bartack.testing.fault import Expected, Fault, Scene, instead
from bartack.testing.messages import Answer
from bartack.testing.papers import Paper, on_paper

__all__ = ["PAYLOAD_FAULTS"]


def _text(name: str, code: str, says: str, change: Callable[[bytes], bytes], expected: Expected = WireError) -> Fault:
    """Return a fault of the JSON text as a whole."""
    return Fault(name, code, says, instead(lambda s: replace(s.answer, content=change(s.body))), expected, form="json")


def _member(name: str, code: str, says: str, member: bytes, *, lasting: bool = False) -> Fault:
    """Return a fault that puts one more member into the first object of the text."""
    fault = _text(name, code, says, lambda body: body.replace(b"{", b"{" + member + b", ", 1))
    return replace(fault, lasting=lasting)


def _first_key_twice(body: bytes) -> bytes:
    key = body.partition(b'"')[2].partition(b'"')[0]
    return body.replace(b"{", b'{"' + key + b'": null, ', 1)


def _document(name: str, says: str, *, document: Any) -> Fault:
    """Return a fault that sends another document than the envelope."""
    return Fault(name, "T32", says, instead(lambda _: Answer.json(document)), SourceChangedError, form="json")


def _charset(charset: str) -> Callable[[Scene], Answer]:
    return lambda s: replace(s.answer, content_type=f"application/json; charset={charset}")


def _utf16(scene: Scene) -> Answer:
    return replace(scene.answer, content=scene.body.decode().encode("utf-16"))


def _rows_renamed(paper: Paper, _: Scene) -> None:
    rows = paper.rows
    paper.drop(paper.shape.rows)
    paper.write("bartack_renamed", rows)


def _rows_are(value: Any) -> Callable[[Paper, Scene], None]:
    return lambda paper, _: paper.write(paper.shape.rows, value)


_DEEP = 100_000
_JSON: Final = (
    _text("js_cut", "J26", "JSON cut in the middle, with a length that fits", lambda body: body[: len(body) // 2]),
    _text("js_no_last_bracket", "J26", "JSON without its last bracket", lambda body: body.rstrip()[:-1]),
    _text("js_dupkeys", "J10", "a key that occurs twice", _first_key_twice),
    _member("js_dupkeys_within", "J10", "a key that occurs twice further down",
        b'"bartack": {"amount": 10, "amount": 9999}'),
    _member("js_nan", "J9", "a number that is NaN", b'"bartack": NaN'),
    _member("js_infinity", "J9", "a number that is Infinity", b'"bartack": -Infinity'),
    _member("js_1e400", "J9", "a number with the exponent 400000", b'"bartack": 1e400000', lasting=True),
    _member("js_bigint", "J11", "a number of 5,000 digits", b'"bartack": ' + b"7" * 5_000),
    _member("js_deep", "J7", "lists in lists, 100,000 deep", b'"bartack": ' + b"[" * _DEEP + b"]" * _DEEP),
    _member("js_invalid_utf8", "J13", "a byte that is no UTF-8", b'"bartack": "Zo\xff"'),
    _member("js_cp1252", "J13", "a name in Windows-1252", '"bartack": "Zoë"'.encode("cp1252")),
    _member("js_overlong", "J13", "an overlong form of UTF-8", b'"bartack": "\xc0\xaf"'),
    _member("js_lone_surrogate", "J16", "half a surrogate pair", b'"bartack": "\\ud83d"'),
    _member("js_control", "J16", "a line break within a text", b'"bartack": "a\nb"'),
    _member("js_leading_zero", "J27", "a number with leading zeros", b'"bartack": 007'),
    _member("js_hex", "J27", "a hexadecimal number", b'"bartack": 0x1F'),
    _member("js_single_quotes", "J27", "a text in single quotes", b"\"bartack\": 'x'"),
    _member("js_comment", "J27", "a comment", b'"bartack": 1 /* note */'),
    _member("js_undefined", "J27", "undefined, as JavaScript says it", b'"bartack": undefined'),
    _text("js_trailing_comma", "J27", "a comma before the last bracket",
        lambda body: body.rstrip()[:-1] + b"," + body.rstrip()[-1:]),
    _text("js_two_documents", "J27", "two documents in one body", lambda body: body + b"\n" + body),
    _text("js_garbage_behind", "J27", "a word behind the document", lambda body: body + b" ok"),
    _text("js_xssi", "J27", "a prefix against script inclusion", lambda body: b")]}',\n" + body),
    _text("js_jsonp", "J27", "a function call around the document",
        lambda body: b"callback(" + body + b");"),
    _text("js_python", "J27", "a Python dict instead of JSON", lambda body: str(json.loads(body)).encode()),
    _text("js_html_before", "J27", "a warning of PHP before the document",
          lambda body: b"<br />\n<b>Warning</b>: foo in bar.php\n" + body, SourceChangedError),
    _text("js_bom", "J14", "a byte order mark before the document", lambda body: b"\xef\xbb\xbf" + body, "rows"),
    _text("js_white_space", "J14", "white space around the document", lambda body: b"\n\t  " + body + b"\r\n\r\n", "rows"),
    _text("js_escaped", "J14", "every letter beyond ASCII as an escape",
        lambda body: json.dumps(json.loads(body)).encode(), "rows"),
    Fault("js_utf16", "J14", "UTF-16 with a byte order mark", instead(_utf16), "rows", form="json"),
    Fault("js_says_latin1", "J15", "UTF-8 that calls itself ISO-8859-1",
        instead(_charset("iso-8859-1")), "rows", form="json"),
    Fault("js_says_utf16", "J15", "UTF-8 that calls itself UTF-16", instead(_charset("utf-16")), WireError, form="json"),
    Fault("js_says_unknown", "J15", "a character set nobody knows",
          instead(_charset("x-own")), WireError, lasting=True, form="json"),
    Fault("js_says_base64", "J15", "a character set that is none",
          instead(_charset("base64")), WireError, lasting=True, form="json"),
)  # fmt: skip
_ENVELOPES: Final = (
    _document("env_null", "null instead of the envelope", document=None),
    _document("env_true", "true instead of the envelope", document=True),
    _document("env_text", "a text instead of the envelope", document="OK"),
    _document("env_number", "a number instead of the envelope", document=0),
    _document("env_empty_object", "an empty object instead of the envelope", document={}),
    _document("env_other", "an object of another kind instead of the envelope", document={"hello": "world"}),
    _document("env_list_of_numbers", "a list of numbers instead of the envelope", document=[1, 2, 3]),
    Fault("env_renamed", "J6", "the list of rows has another name",
        on_paper(_rows_renamed), SourceChangedError, form="json", needs=("rows",)),
    Fault("rows_null", "J2", "null in the place of the rows",
        on_paper(_rows_are(None)), SourceChangedError, form="json", needs=("rows",)),
    Fault("rows_text", "J3", "a text in the place of the rows",
        on_paper(_rows_are("none")), SourceChangedError, form="json", needs=("rows",)),
    Fault("rows_number", "J3", "a number in the place of the rows",
        on_paper(_rows_are(0)), SourceChangedError, form="json", needs=("rows",)),
    Fault("rows_object", "J3", "an object by id in the place of the rows",
        on_paper(_rows_are({"7": {"id": 7}})), SourceChangedError, form="json", needs=("rows",)),
)  # fmt: skip


def _row(name: str, code: str, says: str, row: Any, *, form: Any = "json") -> Fault:
    """Return a fault that puts something else in the place of a page's first row."""
    script = on_paper(lambda paper, _: setattr(paper, "rows", [row, *paper.rows[1:]]))
    return Fault(name, code, says, script, "rejects", form=form, needs=("rows",))


def _first(change: Callable[[Paper, Any], None]) -> Callable[[Paper, Scene], None]:
    def changed(paper: Paper, _: Scene) -> None:
        rows = paper.rows
        change(paper, rows[0])
        paper.rows = rows

    return changed


def _in_row(name: str, code: str, says: str, path: str, value: Any, expected: Expected = "rejects") -> Fault:
    """Return a fault that writes ``value`` into a page's first row; ``path`` is a part of the shape."""
    script = on_paper(_first(lambda paper, row: paper.write_in(row, getattr(paper.shape, path), value)))
    form: Any = "any" if value is None or isinstance(value, str) else "json"
    return Fault(name, code, says, script, expected, form=form, needs=("rows", path))


_ROWS: Final = (
    _row("row_null", "J2", "null in the place of a row", None),
    _row("row_text", "J3", "a text in the place of a row", "oops"),
    _row("row_number", "J3", "a number in the place of a row", 17),
    _row("row_list", "J3", "a list in the place of a row", []),
    _row("row_empty", "J1", "an empty object in the place of a row", {}),
    Fault("row_no_key", "J1", "a row without its identity",
        on_paper(_first(lambda paper, row: paper.drop_in(row, paper.shape.key))),
          "rejects", needs=("rows", "key")),
    _in_row("row_key_null", "J2", "a row whose identity is null", "key", None),
    _in_row("row_key_blank", "J2", "a row whose identity is blank", "key", "  "),
    _in_row("row_key_object", "J3", "a row whose identity is an object", "key", {"id": 1}),
    Fault("row_no_required", "J1", "a row without what a record needs",
          on_paper(_first(lambda paper, row: paper.drop_in(row, paper.shape.required or ""))), "rejects",
          needs=("rows", "required")),
    _in_row("row_required_null", "J2", "null where a record needs a text", "required", None),
    _in_row("row_required_blank", "J2", "blanks where a record needs a text", "required", "  "),
    _in_row("row_required_object", "J3", "an object where a record needs a text", "required", {"text": "x"}),
    Fault("row_extra_field", "J5", "a field that was never there",
          on_paper(_first(lambda paper, row: paper.write_in(row, "bartack_extra", "new"))), "rows", form="json", needs=("rows",)),
    Fault("row_huge_text", "J8", "a text of 300 kB in a field that was never there",
          on_paper(_first(lambda paper, row: paper.write_in(row, "bartack_huge", "x" * 300_000))), "rows",
          form="json", needs=("rows",)),
)  # fmt: skip

PAYLOAD_FAULTS: Final = (*_JSON, *_ENVELOPES, *_ROWS)
