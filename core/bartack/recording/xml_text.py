"""Takes secrets out of XML and HTML without parsing it: also of what is cut off, and with no entity to expand."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from bartack.recording.names import PLACEHOLDER, is_secret_branch, is_secret_element, is_secret_field

__all__ = ["scrub_xml"]

_NAME = r"[\w.-]+(?::[\w.-]+)?"
_TAG = re.compile(rf"<({_NAME})((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(rf"({_NAME})(\s*=\s*)(\"[^\"]*\"|'[^']*')")
_CDATA = re.compile(r"(<!\[CDATA\[)(.*?)(\]\]>|\Z)", re.DOTALL)
_TEXT = re.compile(r"(?:[^<]++|<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z))+", re.DOTALL)
# XML-RPC members and property bags: a name in one element, its value in the next.
_PAIR = re.compile(r"<(?:\w+:)?(?:name|key)>\s*([^<>]*?)\s*</(?:\w+:)?(?:name|key)>\s*<((?:\w+:)?value)\b[^<>]*(?<!/)>")
_NAMING = frozenset(("name", "key", "property", "id"))
_VALUES = frozenset(("value", "content"))


def scrub_xml(text: str, nested: Callable[[str], str]) -> str:
    """Return XML or HTML without the text of secret elements and the values of secret attributes.

    Secret is also the value beside a secret name: in XML-RPC members, in ``<input name="csrf_token" value="…">``.
    The text of other elements is given to ``nested`` in clear, for it may be a document of its own.
    """
    text = _scrub_pairs(text)
    pieces: list[str] = []
    position = 0
    for tag in _TAG.finditer(text):
        if tag.start() < position:
            continue  # inside of what was scrubbed
        name, attributes = tag[1], tag[2]
        pieces += [text[position : tag.start()], "<", name, _scrub_attributes(attributes), ">"]
        position = tag.end()
        if not attributes.endswith("/"):
            content, position = _scrub_content(text, position, name, nested)
            pieces.append(content)
    return "".join((*pieces, text[position:]))


def _scrub_content(text: str, start: int, name: str, nested: Callable[[str], str]) -> tuple[str, int]:
    """Return what to write after an opening tag, and where in ``text`` to go on."""
    found = _TEXT.match(text, start)
    content, end = (found[0], found.end()) if found else ("", start)
    has_children = text.startswith("<", end) and not text.startswith("</", end)
    if has_children and is_secret_branch(name):
        closing = text.find(f"</{name}", end)
        return PLACEHOLDER, closing if closing >= 0 else len(text)
    if not content.strip():
        return content, end
    return (PLACEHOLDER if is_secret_element(name) else _scrub_text(content, nested)), end


def _scrub_text(raw: str, nested: Callable[[str], str]) -> str:
    if "<" in raw:
        return _CDATA.sub(lambda found: found[1] + nested(found[2]) + found[3], raw)
    clear = unescape(raw)
    if (cleaned := nested(clear)) == clear:
        return raw
    return cleaned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _scrub_attributes(attributes: str) -> str:
    pairs = _ATTRIBUTE.findall(attributes)
    names_secret = any(name.lower() in _NAMING and is_secret_field(value[1:-1]) for name, _, value in pairs)

    def scrub(found: re.Match[str]) -> str:
        name, equals, value = found.groups()
        if is_secret_field(name) or (names_secret and name.lower() in _VALUES):
            return f"{name}{equals}{value[0]}{PLACEHOLDER}{value[-1]}"
        return found[0]

    return _ATTRIBUTE.sub(scrub, attributes) if pairs else attributes


def _scrub_pairs(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for pair in _PAIR.finditer(text):
        if is_secret_field(pair[1]):
            closing = text.find(f"</{pair[2]}", pair.end())
            end = closing if closing >= 0 else len(text)
            pieces += [text[position : pair.end()], _scrub_leaves(text[pair.end() : end])]
            position = end
    return "".join((*pieces, text[position:]))


def _scrub_leaves(content: str) -> str:
    """Replace each text, and keep the elements around it: ``<string>scrubbed</string>``."""
    pieces = re.split(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^<>]*>?)", content, flags=re.DOTALL)
    kept = (piece if not piece.strip() or _is_tag(piece) else PLACEHOLDER for piece in pieces)
    return "".join(kept)


def _is_tag(piece: str) -> bool:
    return piece.startswith("<") and not piece.startswith("<![CDATA[")
