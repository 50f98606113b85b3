"""Rows that somebody saved are read offline, and what is no rows is never zero rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bartack.errors import BartackError, SourceChangedError, WireError
from bartack.transports.base import Body
from bartack.transports.sql import SqlStream

STREAM = SqlStream("people", table="people", key="id", mapping=())


def _rows(text: str | bytes, content_type: str | None = None) -> Any:
    return STREAM.decode(Body(text if isinstance(text, bytes) else text.encode(), content_type)).rows


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1, "v": 1.10}, {"id": 2, "v": null}]',
        '{"id": 1, "v": 1.10}\n{"id": 2, "v": null}\n',
        '\ufeff{"id": 1, "v": 1.10}\r\n\r\n{"id": 2, "v": null}',
    ],
)
def test_json_lists_and_json_lines_are_rows(text: str) -> None:
    assert _rows(text) == [{"id": 1, "v": Decimal("1.10")}, {"id": 2, "v": None}]


def test_a_single_object_is_one_row_however_it_is_spread() -> None:
    assert _rows('{\n  "id": 1\n}\n') == [{"id": 1}]


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ('id,name\r\n1,"Müller, Zoë"\r\n', None),
        ('\ufeff"id";"name"\n"1";"Müller, Zoë"', "text/csv"),
        ("id\tname\n1\tMüller, Zoë\n\n", None),
        ("id|name\n1|Müller, Zoë".encode("cp1252"), "text/csv; charset=windows-1252"),
    ],
)
def test_csv_is_rows_of_text(text: str | bytes, content_type: str | None) -> None:
    assert _rows(text, content_type) == [{"id": "1", "name": "Müller, Zoë"}]


def test_blank_cells_stay_blank_and_ragged_lines_are_counted_but_no_rows() -> None:
    assert _rows("id,name\n1,\n2\n3,a,b\n") == [{"id": "1", "name": ""}, ["2"], ["3", "a", "b"]]


def test_a_csv_of_a_header_alone_is_zero_rows() -> None:
    assert _rows("id,name\n") == []


def test_an_empty_json_list_is_zero_rows() -> None:
    assert _rows("[]") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", WireError),
        (" \n", WireError),
        ("\ufeff", WireError),
        ('[{"id": 1}, {"id"', WireError),
        ('{"id": 1}\n{"id": 2', WireError),
        ('{"id": 1}\nsome text\n', WireError),
        ('id,name\n1,"unclosed', WireError),
        (b"id,name\n1,M\xfcller", WireError),
        ("<html><title>Log in</title></html>", SourceChangedError),
        ("name,city\nZoë,Köln\n", SourceChangedError),
        ("id,name,name\n1,a,b\n", SourceChangedError),
        ('{"error": "denied"}', SourceChangedError),
        ('[{"error": "denied"}]', SourceChangedError),
        ("permission denied", SourceChangedError),
    ],
)
def test_what_is_no_rows_of_this_stream_is_an_error(text: str | bytes, kind: type[BartackError]) -> None:
    with pytest.raises(kind) as caught:
        _rows(text)
    assert type(caught.value) is kind


def test_one_row_without_a_key_is_left_to_the_mapping() -> None:
    assert len(_rows('[{"id": 1}, {"name": "x"}, 7]')) == 3
