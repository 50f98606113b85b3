"""Answers as trees of places: one value is changed, and nothing around it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.paths import parse
from bartack.twins.json_document import JsonDocument
from bartack.twins.nodes import Raw, at, plain, walk, without, written
from bartack.twins.xml_document import XmlDocument

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
NAMES = st.sampled_from(["a", "b", "ns:c"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=5)


def xml_of(tree: Any) -> str:
    name, inner = tree
    content = escape(inner) if isinstance(inner, str) else "".join(map(xml_of, inner))
    return f'<{name} k="a>b">{content}</{name}>' if content else f"<{name} k='x'/>"


TREES = st.recursive(
    st.tuples(NAMES, TEXTS), lambda inner: st.tuples(NAMES, st.lists(inner, min_size=1, max_size=4)), max_leaves=8
)


@settings(deadline=None)
@given(JSON, st.integers(0, 3))
def test_json_is_read_as_it_is_whatever_its_layout(value: Any, indent: int) -> None:
    text = json.dumps(value, indent=indent or None, ensure_ascii=bool(indent % 2))
    assert plain(JsonDocument.of(text).root) == value


@settings(deadline=None)
@given(JSON, st.data())
def test_one_value_of_json_becomes_another_and_nothing_else_does(value: Any, data: st.DataObject) -> None:
    document = JsonDocument.of(json.dumps(value, indent=1))
    places = list(walk(document.root))
    where, node = data.draw(st.sampled_from(places))
    again = JsonDocument.of(written(document.text, [document.put(node, {"new": [1.5]})]))
    changed = dict(walk(again.root))
    assert plain(changed[where]) == {"new": [Decimal("1.5")]}
    for path, other in places:
        if path[: len(where)] != where and where[: len(path)] != path:
            assert plain(changed[path]) == plain(other)


@settings(deadline=None)
@given(JSON, st.data())
def test_what_is_left_out_of_json_leaves_json_behind(value: Any, data: st.DataObject) -> None:
    document = JsonDocument.of(json.dumps(value))
    places = [(where, node) for where, node in walk(document.root) if where]
    if places:
        where, node = data.draw(st.sampled_from(places))
        left = json.loads(written(document.text, [without(node)]))
        twice = json.loads(written(document.text, [document.again(node)]))
        expected = json.loads(document.text)
        holder = expected
        for step in where[:-1]:
            holder = holder[step]
        del holder[where[-1]]
        assert left == expected
        assert isinstance(twice, type(value))


@settings(deadline=None)
@given(TREES, st.data())
def test_one_element_of_xml_becomes_another_and_nothing_else_does(tree: Any, data: st.DataObject) -> None:
    text = f'<?xml version="1.0"?><ns:root xmlns:ns="urn:x">ä{xml_of(tree)}<z>é &amp; &lt;</z></ns:root>'
    document = XmlDocument.of(text)
    inner = [(where, node) for where, node in walk(document.root) if len(where) > 1 and node.names]
    _, node = data.draw(st.sampled_from(inner))
    for edits in (
        [document.put(node, "x & y")],
        [document.put(node, None)],
        [without(node)],
        [document.again(node)],
        document.renamed(node, "other"),
    ):
        ET.fromstring(written(text, edits))
    changed = ET.fromstring(written(text, [document.put(node, "x & y")]))
    assert sum(one.text == "x & y" for one in changed.iter()) == 1


def test_a_native_path_leads_to_its_node() -> None:
    document = JsonDocument.of('{"a": [{"t": "x", "v": 1}, {"t": "y", "v": 2}], "b.c": null}')
    found = [at(document.root, parse(path)) for path in ("a[t=y].v", "a[0].t", "'b.c'", "a[7].t", "a.v")]
    assert [None if node is None else plain(node) for node in found] == [2, "x", None, None, None]


def test_a_value_can_be_put_in_as_it_is_spelled() -> None:
    document = JsonDocument.of('{"a": 1}')
    node = document.root.value["a"]
    assert written(document.text, [document.put(node, Raw("1e400"))]) == '{"a": 1e400}'


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a":}', "[1,", "[1 2]", "nul", "{} {}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no JSON|no value|behind|Unterminated"):
        JsonDocument.of(text)


@pytest.mark.parametrize("text", ["<a>", "<a></b>", "<!DOCTYPE a><a/>", "x"])
def test_what_is_no_xml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        XmlDocument.of(text)
