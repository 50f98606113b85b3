"""Whatever comes: documents stay documents, nothing but values changes, and a second time changes nothing."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.recording import Personal, Scrubber, ScrubKey, Tokens
from bartack.recording.personal import Place
from support.scrub_positions import NAMED, SHAPED

PERSONAL = Personal(
    Tokens(ScrubKey("a key for tests, 16+"), region="DE"),
    {
        ("row", "mapped"): Place("text", sure=True),
        ("tel",): Place("phone", sure=True),
        ("born",): Place("date", sure=True),
    },
)
SCRUB = Scrubber(["a known secret"], PERSONAL)
AGAIN = SCRUB.with_personal(PERSONAL.again())

KEYS = st.sampled_from(
    ["id", "row", "mapped", "tel", "born", "email", "lastName", "value", "name", "token", "note", "Straße"]
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([*SHAPED.values(), *NAMED.values(), "lastName", "0151 23456789", "31.1.70", "Tel. 030 901820 x12"]),
    st.from_regex(r"\+?[0-9 ()/.-]{4,18}", fullmatch=True),
    st.lists(
        st.sampled_from([SHAPED["e-mail"], *NAMED.values(), "a=b", "&", "<x>", "%20", '"', "\\", "scrubbed", " "])
    ).map("".join),
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DOCUMENTS = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5))


def same_form(before: object, after: object) -> bool:
    if isinstance(before, dict):
        return (
            isinstance(after, dict)
            and before.keys() == after.keys()
            and all(same_form(before[k], after[k]) for k in before)
        )
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(same_form, before, after))
    if isinstance(before, bool) or before is None:
        return after is before
    return isinstance(after, type(before)) or after == "scrubbed" or isinstance(after, int | float)


@settings(derandomize=True)
@given(DOCUMENTS, st.booleans())
def test_json_stays_json_of_the_same_form_and_a_second_time_changes_nothing(document: object, ascii: bool) -> None:
    once = SCRUB.text(json.dumps({"document": document}, ensure_ascii=ascii))
    assert same_form({"document": document}, json.loads(once))
    assert AGAIN.text(once) == once


def element(name: str, node: object) -> ET.Element:
    made = ET.Element(name)
    if isinstance(node, dict):
        made.extend(element(key, value) for key, value in node.items())
    elif isinstance(node, list):
        made.extend(element("item", value) for value in node)
    elif node is not None:
        text = "".join(one for one in str(node) if one.isprintable())
        made.text = text
        made.set("note", text)
    return made


@settings(derandomize=True)
@given(st.dictionaries(KEYS, DOCUMENTS, max_size=5))
def test_xml_stays_well_formed_with_the_same_elements_and_a_second_time_changes_nothing(
    node: dict[str, object],
) -> None:
    before = element("row", node)
    once = SCRUB.text(ET.tostring(before, encoding="unicode"))
    tags = [one.tag for one in ET.fromstring(once).iter()]
    assert set(tags) <= {one.tag for one in before.iter()}
    assert AGAIN.text(once) == once


@settings(derandomize=True)
@given(TEXTS)
def test_running_text_is_left_the_second_time(text: str) -> None:
    once = SCRUB.text(text)
    assert AGAIN.text(once) == once


@settings(derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_can_be_scrubbed_and_are_left_the_second_time(body: bytes) -> None:
    once = SCRUB.body(body)
    assert AGAIN.body(once) == once
