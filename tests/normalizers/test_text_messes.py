"""Text, names and markup as systems really send them."""

from __future__ import annotations

import time
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.normalizers.base import Noted, NotReadableError
from bartack.normalizers.markup import html, rich_text
from bartack.normalizers.names import packed_name, person_name
from bartack.normalizers.text import (
    ascii_digits,
    collapse,
    lines,
    lower,
    multiline,
    string,
    strip_prefix,
    text,
    trim,
    upper,
)


def value_of(result: Any) -> Any:
    return result.value if isinstance(result, Noted) else result


def codes_of(result: Any) -> list[str]:
    return [note.code for note in result.notes] if isinstance(result, Noted) else []


@pytest.mark.parametrize(
    ("raw", "value", "codes"),
    [
        ("   Müller   ", "Müller", []),  # SOAP keeps the padding
        ("MUELLER             ", "MUELLER", []),  # CHAR(20)
        ("Zoe\u0308", "Zoë", []),  # macOS writes decomposed letters
        ("a\r\nb\tc", "a b c", []),
        ("a  b", "a  b", []),
        ("10\u202f000\xa0€", "10 000 €", []),
        ("株式会社テスト", "株式会社テスト", []),
        ("Ивáн", "Ивáн", []),
        ("MÃ¼ller", "MÃ¼ller", ["text.mojibake"]),
        ("MÃƒÂ¼ller", "MÃƒÂ¼ller", ["text.mojibake"]),  # twice
        ("5 \x80", "5", ["text.cleaned", "text.mojibake"]),  # latin-1 that was cp1252
        ("M\ufffdller", "M\ufffdller", ["text.mojibake"]),  # lost before it came here
        ("a\x1ab", "ab", ["text.cleaned"]),  # Ctrl-Z of a DOS file
        ("a\x00", "a", ["text.cleaned"]),
        ("\ufeffZoë", "Zoë", ["text.cleaned"]),  # byte order mark
        ("soft\xadhyphen", "softhyphen", ["text.cleaned"]),
        ("exe\u202etxt.doc", "exetxt.doc", ["text.cleaned"]),
        ("\u2066hidden\u2069", "hidden", ["text.cleaned"]),
        ("zero\u200bwidth\u2060", "zerowidth", ["text.cleaned"]),
        ("a\u200db", "ab", ["text.cleaned"]),
        ("Hi\U000e0041\U000e0042", "Hi", ["text.cleaned"]),  # tag characters: text only machines read
        ("x" + "\ufe01" * 5, "x", ["text.cleaned"]),  # bytes smuggled in variation selectors
        ("\u3164", None, ["text.cleaned"]),  # a Hangul filler is a blank name
        ("lone \ud800", "lone", ["text.cleaned"]),
    ],
)
def test_text(raw: Any, value: Any, codes: Any) -> None:
    result = text(raw)
    assert value_of(result) == value
    assert codes_of(result) == codes


@pytest.mark.parametrize("spelling", ["👨‍👩‍👧", "🏳️‍🌈", "👩🏽‍🚀", "علی‌رضا", "क्‍ष", "葛󠄀", "©️"])
def test_joiners_and_selectors_that_are_spelling_stay(spelling: Any) -> None:
    assert text(spelling) == spelling


def test_what_was_removed_is_named() -> None:
    message = text("a\u202eb\x07").notes[0].message
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in message
    assert "U+0007" in message


def test_mojibake_tells_what_it_may_have_been() -> None:
    assert "'Müller'" in text("MÃ¼ller").notes[0].message


@pytest.mark.parametrize("raw", [None, 5, True, Decimal(1), ["a"], {"a": 1}, b"a"])
def test_text_is_not_made_of_other_things(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        text(raw)
    assert error.value.code == "value.unreadable"


@pytest.mark.parametrize(
    ("function", "raw", "value"),
    [
        (multiline, "a \r\n\r\n b\x0b c\u2028d", "a\n\nb\nc\nd"),
        (multiline, "\n \n", None),
        (lines, "c/o A\nHauptstr. 5\r\n\r\n", ("c/o A", "Hauptstr. 5")),
        (lines, ["Hauptstr. 5", None, "2. OG\nlinks"], ("Hauptstr. 5", "2. OG", "links")),
        (lines, " \n", ()),
        (trim, "\ta  b\n", "a  b"),
        (collapse, "a\n\xa0 b", "a b"),
        (upper, " straße", "STRASSE"),
        (lower, "İ", "i̇"),
        (strip_prefix, "C-100", "100"),
        (ascii_digits, "٢٠٢٦-०१-３１", "2026-01-31"),
        (ascii_digits, "½ ②", "½ ②"),  # not digits of a number
        (string, 42, "42"),
        (string, "007", "007"),
        (string, Decimal("1E+3"), "1000"),
        (string, UUID("4F1C0000-0000-0000-0000-00000000ABCD"), "4f1c0000-0000-0000-0000-00000000abcd"),
    ],
)
def test_small_things_done_to_text(function: Any, raw: Any, value: Any) -> None:
    parameters = {"prefix": "C-"} if function is strip_prefix else {}
    assert value_of(function(raw, **parameters)) == value


@pytest.mark.parametrize("raw", [True, None, 1.5, Decimal("NaN"), 10**200, Decimal("1E+999999"), [1], b"x"])
def test_an_id_is_not_made_of_anything(raw: Any) -> None:
    with pytest.raises(NotReadableError):
        string(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Zoë  Müller", "Zoë Müller"),
        ("MUELLER, HANS DR.", "MUELLER, HANS DR."),  # order and case are not guessed
        ("1337", "1337"),
        ("-", None),
        ("???", None),
    ],
)
def test_person_name(raw: Any, value: Any) -> None:
    assert value_of(person_name(raw)) == value


@pytest.mark.parametrize(
    ("raw", "order", "given", "family", "rest"),
    [
        ("MUELLER, HANS DR.", "family given", "HANS", "MUELLER", {"prefix": "DR."}),
        ("Dr. MUELLER, HANS", "family given", "HANS", "MUELLER", {"prefix": "Dr."}),
        ("King, Martin Luther Jr.", "family given", "Martin Luther", "King", {"suffix": "Jr."}),
        ("MUELLER, HANS, DR.", "family given", "HANS", "MUELLER", {"prefix": "DR."}),
        ("van der Berg, Jan", "family given", "Jan", "van der Berg", {}),
        ("毛 泽东", "family given", "泽东", "毛", {}),
        ("Frau Dr. Zoë Müller", "given family", "Zoë", "Müller", {"prefix": "Frau Dr."}),
        ("Frau, Zoë", "family given", "Zoë", "Frau", {}),
    ],
)
def test_packed_name(raw: Any, order: Any, given: Any, family: Any, rest: Any) -> None:
    parts = packed_name(raw, order=order)
    assert (parts["given"], parts["family"]) == (given, family)
    assert {name: words for name, words in parts.items() if name in ("prefix", "suffix")} == rest
    assert all(word in parts["full"] for word in (given, family, *rest.values()))


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ("Gabriel García Márquez", "given family"),
        ("García Márquez Gabriel", "family given"),
        ("Madonna", "given family"),
        ("A, B, C", "family given"),
    ],
)
def test_a_name_that_only_guessing_could_split_stays_whole(raw: Any, order: Any) -> None:
    result = packed_name(raw, order=order)
    assert result.value == {"full": raw}
    assert codes_of(result) == ["name.unsplit"]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Hello<br>World<br/>!", "Hello\nWorld\n!"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a <b>b</b> c<i>d</i>", "a b cd"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<style>p {}</style><SCRIPT>alert('<p>')</SCRIPT >x<title>t</title>", "x"),
        ("a<!-- <b>x</b> -->b<![if !supportLists]>c<![endif]><?xml x?>d", "abcd"),  # Outlook
        ("<o:p>&nbsp;</o:p>x", "x"),
        ("Zoë <zoe@example.org>", "Zoë <zoe@example.org>"),
        ("if a < b and b > c", "if a < b and b > c"),
        ("<a href='x>y'>z</a>", "z"),
        ("unclosed <b x='", "unclosed <b x='"),
        ("&lt;b&gt; &amp;amp; &eacute; &#8364;", "<b> &amp; é €"),
        ("no markup", "no markup"),
        ("<p></p>", None),
    ],
)
def test_html(raw: Any, value: Any) -> None:
    assert value_of(html(raw)) == value


def test_invisible_characters_behind_entities_are_removed_too() -> None:
    assert html("a&#8238;b&zwnj;").value == "ab"


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<a ",
        "<!--",
        "<!-->",
        "<!--a>",
        "<![x",
        '<a b="',
        "&",
        "<a href='",
        "</",
        "<!",
        "<script>",
        "<a ='",
        "<title",
    ],
)
def test_hostile_markup_takes_linear_time(part: Any) -> None:
    started = time.process_time()
    html(part * (200_000 // len(part)))
    html(part * (200_000 // len(part)) + ">")
    assert time.process_time() - started < 2  # the standard library's parser takes minutes for some of them


TAGS = ("p", "div", "b", "span", "td")


@st.composite
def fragments(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.text("ab &<>\"'é", max_size=8)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    tag = draw(st.sampled_from(TAGS))
    attribute = draw(st.sampled_from(["", ' class="x"', " title='a>b'", ' data-x="a\'b"', " hidden"]))
    return f"<{tag}{attribute}>{''.join(draw(st.lists(fragments(depth=depth - 1), max_size=3)))}</{tag}>"


@given(fragments())
def test_well_formed_markup_is_read_as_the_standard_library_reads_it(source: Any) -> None:
    class Collector(HTMLParser):
        found = ""

        def handle_data(self, data: str) -> None:
            self.found += data

    parser = Collector()
    parser.feed(source)
    parser.close()
    letters = "".join((value_of(html(source)) or "").split())
    assert letters == "".join((value_of(text(parser.found)) or "").split())


@pytest.mark.parametrize(
    ("raw", "form", "kept"),
    [
        ("\n  indented\r\nline  ", "plain", "  indented\nline"),
        ("<p>a &amp; b</p>", "html", "<p>a &amp; b</p>"),
        ("# T\n\n- a", "markdown", "# T\n\n- a"),
    ],
)
def test_rich_text_keeps_its_format(raw: Any, form: Any, kept: Any) -> None:
    assert rich_text(raw, format=form) == {"text": kept, "format": form}
