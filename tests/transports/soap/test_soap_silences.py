"""What other SOAP clients lose without a word: here each is an issue with path and raw text, a typed error, or the exact text.

The left column of each table is what zeep 4.3.3 was seen to turn into ``None``, ``False``, a shortened value or nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bartack import config
from bartack.errors import BartackError, SourceChangedError, WireError
from bartack.hub import Hub
from bartack_contracts import Record
from support.soap_service import NAMESPACE, envelope

MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
  active: {path: active, use: boolean}
  created_at: {path: created, use: datetime}
custom_fields:
  count: {path: count, type: integer}
  balance: {path: balance, type: decimal}
custom: true
"""


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A source whose rows have an int, a string, a decimal, a dateTime and a boolean."""
    (tmp_path / "people.yaml").write_text(MAPPING, encoding="utf-8")
    stream = {"operation": "ListCustomers", "rows": "customer", "key": "id", "mapping": "people.yaml"}
    source = {"connector": "soap", "wsdl": "x.wsdl", "default_zone": "UTC", "streams": {"customers": stream}}
    return Hub(config.parse({"sources": {"crm": source}}, tmp_path))


def answer(fields: str, name: str = "<name>Zoë Müller</name>") -> str:
    customer = f"<customer><id>1</id>{name}{fields}</customer>"
    return envelope(f'<ListCustomersResponse xmlns="{NAMESPACE}">{customer}</ListCustomersResponse>')


def read(hub: Hub, body: str | bytes) -> Record[Any]:
    outcome = hub.normalize("crm", "customers", body)
    if outcome.error is not None:
        raise outcome.error
    (record,) = outcome.records
    return record


def custom(record: Record[Any], key: str) -> Any:
    return next((one for one in record.value.custom if one.key == key), None)


LEXICAL = [
    ("count", "N/A"),  # None
    ("count", "abc"),  # None
    ("count", "12 Stück"),  # None
    ("active", "Y"),  # False
    ("active", "-1"),  # False
    ("active", "vielleicht"),  # False
    ("created", "0000-00-00"),  # None
    ("created", "0000-00-00T00:00:00"),  # None
    ("created", "10000-01-01T00:00:00"),  # None
    ("created", "2001-02-30T00:00:00"),  # None
    ("created", "gestern"),  # None
    ("balance", "1.234,50"),  # a foreign exception
    ("balance", "1,10"),  # a foreign exception
    ("balance", "NaN"),  # accepted as a number
    ("balance", "INF"),  # accepted as a number
]


@pytest.mark.parametrize(("field", "text"), LEXICAL)
def test_a_value_of_the_wrong_form_is_an_issue_with_its_path_and_its_raw_text(hub: Hub, field: str, text: str) -> None:
    record = read(hub, answer(f"<{field}>{text}</{field}>"))
    assert [(issue.path, issue.raw) for issue in record.issues] == [(field, text)]


def test_midnight_may_be_called_24_o_clock(hub: Hub) -> None:
    record = read(hub, answer("<created>2001-02-03T24:00:00</created>"))
    assert record.value.created_at == datetime(2001, 2, 4, tzinfo=UTC)
    assert record.issues == ()


@pytest.mark.parametrize("text", ["2001-02-03 04:05:06", "2001-02-03T04:05:06"])
def test_a_date_as_mysql_prints_it_is_read_like_one_of_xml(hub: Hub, text: str) -> None:
    assert read(hub, answer(f"<created>{text}</created>")).value.created_at == datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "value"), [("1.0", 1), ("007", 7), (" 7 ", 7), ("99999999999999999999", 99_999_999_999_999_999_999)]
)
def test_a_number_that_the_schema_forbids_is_still_that_number(hub: Hub, count: str, value: int) -> None:
    found = custom(read(hub, answer(f"<count>{count}</count>")), "count")
    assert (found.value, found.raw) == (value, count)


STATES = {
    "nil": ('<count xsi:nil="true"/><active xsi:nil="true"/>', None),
    "empty": ("<count/><active></active>", ""),
}


@pytest.mark.parametrize("state", STATES)
def test_nil_and_empty_are_two_things(hub: Hub, state: str) -> None:
    fields, raw = STATES[state]
    record = read(hub, answer(fields))
    assert custom(record, "count").raw == raw
    assert custom(record, "count").value is None
    assert "active" in record.value.model_fields_set
    assert record.value.active is None


def test_absent_is_a_third(hub: Hub) -> None:
    record = read(hub, answer(""))
    assert custom(record, "count") is None
    assert "active" not in record.value.model_fields_set


def test_a_required_element_that_is_missing_is_a_reject(hub: Hub) -> None:
    outcome = hub.normalize("crm", "customers", answer("<count>1</count>", name=""))
    (reject,) = outcome.rejects
    assert [issue.code for issue in reject.issues] == ["required.absent"]
    assert "<id>1</id>" in str(reject.raw)


def test_elements_in_another_order_and_unknown_ones_are_read_and_kept(hub: Hub) -> None:
    record = read(hub, answer("<active>true</active><nickname>Zo</nickname><count>3</count>", name="<name>Zoë</name>"))
    assert (record.value.active, custom(record, "count").value) == (True, 3)
    assert custom(record, "nickname").value == "Zo"


def test_elements_without_their_namespace_are_read(hub: Hub) -> None:
    assert read(hub, answer('<count xmlns="">3</count>')).value.custom[0].value == 3


EXACT = {
    "padding": ("  Müller   ", "  Müller   "),
    "a comment inside": ("Mül<!-- c -->ler", "Müller"),
    "several comments": ("<!-- a -->Mül<!-- b --><!-- c -->ler<!-- d -->", "Müller"),
    "CDATA": ("<![CDATA[Mül]]>l<![CDATA[er & <Sons>]]>", "Müller & <Sons>"),
    "a processing instruction inside": ("Mül<?x y?>ler", "Müller"),
    "entities of XML": ("A &amp;amp; B &#x2764;", "A &amp; B ❤"),
    "nine megabytes": ("x" * 9_000_000, "x" * 9_000_000),
}


@pytest.mark.parametrize("case", EXACT)
def test_a_text_is_read_to_the_letter(hub: Hub, decode: Any, case: str) -> None:
    sent, expected = EXACT[case]
    (row,) = decode(answer("", name=f"<name>{sent}</name>")).rows
    assert row["name"] == expected


def test_a_line_before_the_declaration_changes_nothing(hub: Hub) -> None:
    body = '\n<?xml version="1.0" encoding="utf-8"?>' + answer("<count>3</count>")
    assert custom(read(hub, body), "count").value == 3


WHOLE: dict[str, tuple[str | bytes, type[BartackError], str]] = {
    "a control character": (answer("<nickname>\x1a</nickname>"), WireError, "not well-formed"),
    "a reference to one": (answer("<nickname>&#x1A;</nickname>"), WireError, "not well-formed"),
    "latin-1 labelled utf-8": (
        ('<?xml version="1.0" encoding="utf-8"?>' + answer("")).encode("latin-1"),
        WireError,
        "not well-formed",
    ),
    "a text of eleven megabytes": (answer(f"<nickname>{'x' * 11_000_000}</nickname>"), WireError, "not well-formed"),
    "three hundred levels": (answer("<a>" * 300 + "</a>" * 300), WireError, "not well-formed|nested"),
    "a cut document": (answer("")[:-30], WireError, "not well-formed"),
    "an external document type": (
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + answer("<nickname>&ext;</nickname>"),
        WireError,
        "DOCTYPE|entity|Entity",
    ),
    "an empty Body": (envelope(""), SourceChangedError, "Body of the envelope is empty"),
    "two response elements": (
        answer("").replace("</e:Body>", "<ListCustomersResponse/></e:Body>"),
        SourceChangedError,
        "beside it",
    ),
    "an envelope of another namespace": (
        answer("").replace("http://schemas.xmlsoap.org/soap/envelope/", "urn:other"),
        SourceChangedError,
        "neither SOAP 1.1 nor SOAP 1.2",
    ),
    "a page to log in": (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Log in</title></head><body/></html>',
        SourceChangedError,
        "instead of XML",
    ),
    "renamed rows": (answer("").replace("customer>", "client>"), SourceChangedError, "client"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_an_answer_that_cannot_be_read_whole_is_a_typed_error(hub: Hub, case: str) -> None:
    body, kind, says = WHOLE[case]
    with pytest.raises(kind, match=says):
        read(hub, body)
