"""Takes secrets and personal data out of XML and HTML without parsing it: also if it is cut off; no entity is expanded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from bartack.recording.json_text import is_document
from bartack.recording.names import PLACEHOLDER, is_secret_branch, is_secret_element, is_secret_field
from bartack.recording.personal import Personal, Place

__all__ = ["scrub_xml"]

_NAME = r"[\w.-]+(?::[\w.-]+)?"
_TAG = re.compile(rf"<(/?)({_NAME})((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(rf"({_NAME})(\s*=\s*)(\"[^\"]*\"|'[^']*')")
_CDATA = re.compile(r"(<!\[CDATA\[)(.*?)(\]\]>|\Z)", re.DOTALL)
_TEXT = re.compile(r"(?:[^<]++|<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))+", re.DOTALL)
# XML-RPC members and property bags: a name in one element, its value in the next.
_PAIR = re.compile(
    r"<(?:\w+:)?(?:name|key)>\s*([^<>]*?)\s*</(?:\w+:)?(?:name|key)>\s*<((?:\w+:)?value)\b[^<>]*(?<!/)>", re.IGNORECASE
)
_NAMING = frozenset(("name", "key", "property", "id"))
_VALUES = frozenset(("value", "content"))
_LOCAL_ABOUT = re.compile(r".*(?:type|id|at|date|code)|source.*|label|primary|country.*|is.*|has.*", re.IGNORECASE)


def scrub_xml(text: str, nested: Callable[[str], str], personal: Personal | None = None) -> str:
    """Return XML or HTML without the text of secret and personal elements and the values of such attributes.

    Secret or personal is also the value beside such a name: in XML-RPC members, in ``<input name="csrf_token" value="…">``.
    The text of an element that is a document of its own, or escaped, is given to ``nested`` in clear.
    """
    return "".join(_Reader(nested, personal).pieces(_scrub_pairs(text, personal)))


class _Reader:
    def __init__(self, nested: Callable[[str], str], personal: Personal | None) -> None:
        self._nested = nested
        self._personal = personal
        self._open: list[tuple[str, Place | None]] = []

    def pieces(self, text: str) -> Iterator[str]:
        position = 0
        for tag in _TAG.finditer(text):
            if tag.start() < position:
                continue  # inside of what was scrubbed
            yield text[position : tag.start()]
            position = tag.end()
            closing, name, attributes = tag.groups()
            if closing:
                yield tag[0]
                self._close(name.rpartition(":")[2])
                continue
            yield f"<{name}{self._attributes(name, attributes)}>"
            if not attributes.endswith("/"):
                self._enter(name.rpartition(":")[2], is_name=_PAIR.match(text, tag.start()) is not None)
                content, position = self._content(text, position, name)
                yield content
        yield text[position:]

    def _enter(self, local: str, *, is_name: bool) -> None:
        """Go into an element, and find out what stands in it."""
        place = None
        if self._personal is not None and not is_name:
            if self._personal.candidates(local) is not None:
                place = self._personal.place([*(name for name, _ in self._open), local])
            if place is None and self._open and (around := self._open[-1][1]) is not None and around.sure:
                place = None if _LOCAL_ABOUT.fullmatch(local) else around
        self._open.append((local, place))

    def _close(self, local: str) -> None:
        """Leave an element, and those in it that HTML does not close."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == local:
                del self._open[at:]
                return

    def _content(self, text: str, start: int, name: str) -> tuple[str, int]:
        """Return what to write after an opening tag, and where in ``text`` to go on."""
        found = _TEXT.match(text, start)
        content, end = (found[0], found.end()) if found else ("", start)
        has_children = text.startswith("<", end) and not text.startswith("</", end)
        if has_children and is_secret_branch(name):
            return PLACEHOLDER, _closing(text, end, name)
        if not content.strip():
            return content, end
        return (PLACEHOLDER if is_secret_element(name) else self._written(content, self._open[-1][1])), end

    def _written(self, raw: str, place: Place | None) -> str:
        if "<" in raw:
            return _CDATA.sub(lambda found: found[1] + self._cleaned(found[2], place) + found[3], raw)
        if place is None and "&" not in raw and not is_document(raw):
            return raw
        clear = unescape(raw)
        return raw if (cleaned := self._cleaned(clear, place)) == clear else _escaped(cleaned)

    def _cleaned(self, clear: str, place: Place | None) -> str:
        if place is not None and self._personal is not None:
            edge = len(clear) - len(clear.lstrip())
            if (new := self._personal.value(place, clear.strip())) != clear.strip():
                return clear[:edge] + new + clear[len(clear.rstrip()) :]
        return self._nested(clear)

    def _attributes(self, element: str, attributes: str) -> str:
        if "=" not in attributes:
            return attributes
        pairs = _ATTRIBUTE.findall(attributes)
        naming = [value[1:-1] for name, _, value in pairs if name.lower() in _NAMING]
        names_secret = any(map(is_secret_field, naming))
        personal = self._personal
        names = next((one for text in naming if personal and (one := personal.place([text])) is not None), None)

        def scrub(found: re.Match[str]) -> str:
            name, equals, value = found.groups()
            quote, raw = value[0], value[1:-1]
            is_value = name.lower() in _VALUES
            if is_secret_field(name) or (names_secret and is_value):
                return f"{name}{equals}{quote}{PLACEHOLDER}{quote}"
            place = names if is_value else None
            if personal is not None and personal.candidates(name) is not None:
                place = personal.place([*(one for one, _ in self._open), element.rpartition(":")[2], name])
            if place is None or personal is None:
                return found[0]
            clear = unescape(raw)
            new = personal.value(place, clear)
            return found[0] if new == clear else f"{name}{equals}{quote}{_escaped(new).replace(quote, '&quot;')}{quote}"

        return _ATTRIBUTE.sub(scrub, attributes) if pairs else attributes


def _closing(text: str, start: int, name: str) -> int:
    """Return where an element ends that began before ``start``; others of its name may be inside."""
    depth = 1
    for tag in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^<>]*>").finditer(text, start):
        depth += -1 if tag[1] else 0 if tag[0].endswith("/>") else 1
        if depth == 0:
            return tag.start()
    return len(text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _scrub_pairs(text: str, personal: Personal | None) -> str:
    pieces: list[str] = []
    position = 0
    for pair in _PAIR.finditer(text):
        place = None if personal is None else personal.place(pair[1].split("."))
        if pair.end() < position or not (is_secret_field(pair[1]) or place is not None):
            continue
        end = _closing(text, pair.end(), pair[2])
        pieces += [text[position : pair.end()], _scrub_leaves(text[pair.end() : end], place, personal)]
        position = end
    return "".join((*pieces, text[position:]))


def _scrub_leaves(content: str, place: Place | None, personal: Personal | None) -> str:
    """Replace each text, and keep the elements around it: ``<string>scrubbed</string>``."""
    pieces = re.split(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^<>]*>?)", content, flags=re.DOTALL)
    return "".join(piece if not piece.strip() or _is_tag(piece) else _leaf(piece, place, personal) for piece in pieces)


def _leaf(piece: str, place: Place | None, personal: Personal | None) -> str:
    if place is None or personal is None:
        return PLACEHOLDER
    if found := _CDATA.fullmatch(piece):
        return found[1] + personal.value(place, found[2]) + found[3]
    clear = unescape(piece)
    return piece if (new := personal.value(place, clear)) == clear else _escaped(new)


def _is_tag(piece: str) -> bool:
    return piece.startswith("<") and not piece.startswith("<![CDATA[")
