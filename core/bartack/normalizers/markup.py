r"""HTML to text, and rich text that keeps its format.

The scanner is written here: it must read hostile text in linear time (the standard library's parser of Python 3.11
needs seven seconds for 90 kB of ``<a href='``), never raise (``<![x`` makes that one), and never lose what only looks
like a tag (``Zoë <zoe@example.org>``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from bartack.errors import ConfigError
from bartack.normalizers.base import expect_text, with_notes
from bartack.normalizers.cleaning import clean

__all__ = ["html", "rich_text"]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*+(?::[a-z0-9]++)?+)(?=[\s/>])(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+>",
    re.IGNORECASE,
)
_TAG_BEGIN = re.compile(r"</?[a-z][a-z0-9]*+(?::[a-z0-9]++)?+[\s/>]", re.IGNORECASE)
_HIDDEN = frozenset(("script", "style", "template", "title"))
_PARAGRAPHS = frozenset(("p", "ul", "ol", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = frozenset(
    "address article aside body center dd div dl dt fieldset figcaption figure footer form head header hr html li main nav"
    " option section tr".split()
)
_CELLS = frozenset(("td", "th"))
_FORMATS = ("plain", "html", "markdown")
_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")
_MANY_BREAKS = re.compile(r"\n{3,}")


def html(raw: object) -> Any:
    r"""Return the text of an HTML fragment: a paragraph is followed by a blank line, a block or ``<br>`` by a line break.

    Scripts, styles, comments and attributes are left out; use ``rich_text`` to keep links.

    >>> html("<p>Dear Zo&euml;,<br>please <b>call</b>&nbsp;back.</p><ul><li>soon</li></ul><script>x()</script>")
    'Dear Zoë,\nplease call back.\n\n- soon'
    >>> html("Zoë <zoe@example.org> said 1 < 2 &amp; <!-- no -->yes")
    'Zoë <zoe@example.org> said 1 < 2 & yes'
    >>> html("<br>") is None
    True
    """
    cleaned, notes = clean(_rendered(expect_text(raw)))
    trimmed = "\n".join([line.strip() for line in cleaned.split("\n")])
    return with_notes(_MANY_BREAKS.sub("\n\n", trimmed).strip("\n") or None, notes)


def rich_text(raw: object, *, format: str = "plain") -> Any:  # noqa: A002 - the word of the mapping
    r"""Return ``{"text", "format"}`` in the declared format; indentation and markup stay as they are.

    >>> rich_text("<p>Hi</p>\r\n", format="html")
    {'text': '<p>Hi</p>', 'format': 'html'}
    >>> rich_text("Steps:\r\n  1. start\x00  ", format="markdown").value
    {'text': 'Steps:\n  1. start', 'format': 'markdown'}
    """
    if format not in _FORMATS:
        raise ConfigError(f"rich_text knows no format {format!r}", next_step=f"use one of: {', '.join(_FORMATS)}")
    cleaned, notes = clean(expect_text(raw))
    kept = cleaned.strip("\n").rstrip()
    return with_notes({"text": kept, "format": format} if kept.strip() else None, notes)


def _rendered(source: str) -> str:
    """Return the visible text with line breaks for blocks; white space is that of a browser, except in ``<pre>``."""
    page = _Page()
    preformatted = 0
    for name, is_end, words in _tokens(source):
        if name is None:
            page.add(unescape(words), as_it_is=preformatted > 0)
        elif name == "br":
            page.end_line()
        elif name in _CELLS:
            page.add(" ")
        elif name in _PARAGRAPHS or name in _BLOCKS:
            page.wanted = max(page.wanted, 2 if name in _PARAGRAPHS else 1)
            page.bullet = name == "li" and not is_end
            preformatted = max(0, preformatted + (-1 if is_end else 1)) if name == "pre" else preformatted
    return "".join(page.parts)


class _Page:
    """Text as it is laid out: line breaks are written when the next text comes, and no more than are wanted."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.wanted = 0  # line breaks that must stand before the next text
        self.standing = 2  # line breaks that stand there already
        self.spaced = True
        self.bullet = False

    def add(self, words: str, *, as_it_is: bool = False) -> None:
        """Write words; white space counts once, and not at the beginning of a line."""
        if not as_it_is:
            words = _WHITE_SPACE.sub(" ", words)
            if self.spaced or self.wanted:
                words = words.removeprefix(" ")
        if words:
            self.parts += "\n" * (self.wanted - self.standing), "- " if self.bullet else "", words
            self.wanted, self.standing, self.spaced, self.bullet = 0, 0, words[-1] == " ", False

    def end_line(self) -> None:
        """Write a line break, wanted or not."""
        self.parts.append("\n" * (max(0, self.wanted - self.standing) + 1))
        self.wanted, self.standing, self.spaced = 0, max(self.wanted, self.standing) + 1, True


def _tokens(source: str) -> Iterator[tuple[str | None, bool, str]]:
    """Yield ``(None, False, text)`` and ``(tag, is an end tag, "")``, in one pass over ``source``."""
    at = 0
    plain_from = 0
    unclosed: set[str] = set()
    while (at := source.find("<", at)) >= 0:
        end, name, is_end = _markup(source, at, unclosed)
        if end < 0:  # no markup, or never closed: it is text
            at += 1
            continue
        yield None, False, source[plain_from:at]
        if name:
            yield name, is_end, ""
        at = plain_from = end
        if name in _HIDDEN and not is_end and (close := _find(source, f"</{name}", at, unclosed)) >= 0:
            at = plain_from = close
    yield None, False, source[plain_from:]


def _markup(source: str, at: int, unclosed: set[str]) -> tuple[int, str | None, bool]:
    """Return where the markup at ``at`` ends (-1: there is none), its tag name, and whether it is an end tag."""
    if source.startswith("<!--", at):
        end = _find(source, "-->", at + 2, unclosed)
        return (end + 3 if end >= 0 else -1), None, False
    if source.startswith(("<!", "<?"), at):
        return _find(source, ">", at, unclosed) + 1 or -1, None, False
    if "tag" in unclosed:
        return -1, None, False
    if (found := _TAG.match(source, at)) is not None:
        return found.end(), found["name"].lower(), bool(found["end"])
    if _TAG_BEGIN.match(source, at):
        unclosed.add("tag")  # the match ran to the end of the text in vain; once is enough
    return -1, None, False


def _find(source: str, closing: str, at: int, unclosed: set[str]) -> int:
    """Find ``closing`` from ``at`` on, and remember when there is none, so that no text is searched to its end twice."""
    if closing in unclosed:
        return -1
    if closing.startswith("</"):
        found = re.compile(re.escape(closing) + r"(?=[\s/>])", re.IGNORECASE).search(source, at)
        position = found.start() if found else -1
    else:
        position = source.find(closing, at)
    if position < 0:
        unclosed.add(closing)
    return position
