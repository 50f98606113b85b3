"""Answers that attack: nothing is expanded, nothing is fetched, nothing of this machine is read."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import BartackError, WireError
from support.soap_service import listed

LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("doctype", "text"),
    [
        pytest.param(LAUGHS, "&l11;", id="billion laughs"),
        pytest.param(f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 10_000, id="quadratic"),
        pytest.param('<!ENTITY a "b">', "&a;", id="any entity"),
        pytest.param('<!ENTITY a SYSTEM "{file}">', "&a;", id="a file"),
        pytest.param('<!ENTITY a SYSTEM "{url}">', "&a;", id="an address"),
        pytest.param('<!ENTITY % a SYSTEM "{url}"> %a;', "x", id="parameter entity"),
        pytest.param("", "x", id="a DOCTYPE alone"),
    ],
)
def test_entities_are_refused(decode: Any, tmp_path: Path, doctype: str, text: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        doctype = doctype.replace("{file}", secret.as_uri()).replace("{url}", url)
        started = time.monotonic()
        with pytest.raises(WireError) as caught:
            decode(f"<!DOCTYPE e [{doctype}]>" + listed(1).replace("Nr 1", text))
        assert time.monotonic() - started < 5
        assert "canary" not in str(caught.value)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_external_document_type_is_neither_fetched_nor_accepted(decode: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        with pytest.raises(WireError, match="DOCTYPE"):
            decode(f'<!DOCTYPE e SYSTEM "http://127.0.0.1:{listener.getsockname()[1]}/">' + listed(1))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_entities_in_attributes_do_not_grow_either(decode: Any) -> None:
    text = listed(1).replace("<customer>", '<customer note="&l11;">')
    with pytest.raises(WireError):
        decode(f"<!DOCTYPE e [{LAUGHS}]>" + text)


def test_xinclude_is_only_an_element(decode: Any) -> None:
    include = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/>'
    assert decode(listed(1).replace("Nr 1", include)).rows[0]["name"]["include"]["@href"] == "/etc/hostname"


def test_one_text_of_twelve_megabytes_is_refused_not_cut(decode: Any) -> None:
    with pytest.raises(WireError, match="not well-formed"):
        decode(listed(1).replace("Nr 1", "x" * 12_000_000))


def test_ten_thousand_attributes_are_read_or_refused(decode: Any) -> None:
    attributes = " ".join(f'a{n}="{n}"' for n in range(10_000))
    try:
        (row,) = decode(listed(1).replace("<customer>", f"<customer {attributes}>")).rows
    except BartackError:
        return
    assert len(row) == 10_002
