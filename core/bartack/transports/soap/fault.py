"""A SOAP fault, 1.1 or 1.2, to one of Bartack's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bartack.errors import AccessError, BartackError, SourceRefusedError, SourceUnavailableError
from bartack.transports.http.texts import said
from bartack.transports.soap.document import local_name

__all__ = ["fault_error"]

_ACCESS = re.compile(
    r"authenti|authori[sz]|unauth|security|credential|log_?in|password|session|access_?denied|permission|forbidden"
    r"|privilege|not_?found|no_?such",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"concur|throttl|rate_?limit|request_?limit|too_?many|server_?busy|unavailable|(?<!session)(?<!session_)time_?out",
    re.IGNORECASE,
)
_NOISE = frozenset({"stacktrace", "hostname"})
_LEAF, _TEXT, _LEAVES = 120, 300, 6
"""Characters of one detail leaf, characters of the fault's text, and leaves that are quoted."""


def fault_error(fault: etree._Element, status: int = 500) -> BartackError:
    """Return the error that a Fault element stands for; the caller raises it.

    Codes that speak of credentials, sessions, permission or a missing thing are an ``AccessError``, those that speak
    of load a ``SourceUnavailableError``, all others a ``SourceRefusedError``. Only codes (and the names of the detail's
    elements) and an HTTP status of refusal decide, never the free text.
    """
    codes = [said(code, _LEAF) for code in _codes(fault) if code]
    text = said(_text(fault), _TEXT)
    detail = _child(fault, "detail", "Detail")
    found = [] if detail is None else _leaves(detail)
    leaves = [(name, value) for name, value in found if value not in text and name.lower() not in _NOISE]
    message = f"fault {' / '.join(codes) or 'without a code'}: {text or 'without a text'}"
    if leaves:
        quoted = "; ".join(f"{said(name, 40)}={said(value, _LEAF)}" for name, value in leaves[:_LEAVES])
        message += f" (detail: {quoted}{'; …' if len(leaves) > _LEAVES else ''})"
    speaking = " ".join([*codes, *(_codes_of_detail(detail) if detail is not None else ())])
    if _LATER.search(speaking):
        return SourceUnavailableError(message, next_step="ask less at the same time, or later")
    if status in {401, 403} or _ACCESS.search(speaking):
        return AccessError(message, next_step="check credentials, permission, and whether the thing asked for exists")
    return SourceRefusedError(message, next_step="show the fault to the people who run the source")


def _child(element: etree._Element, *names: str) -> etree._Element | None:
    for child in element:
        if local_name(str(child.tag)) in names:
            return child
    return None


def _codes(fault: etree._Element) -> Iterator[str]:
    code = _child(fault, "faultcode")
    if code is not None:
        yield (code.text or "").strip()
        return
    code = _child(fault, "Code")
    while code is not None:  # SOAP 1.2: a Value, then ever closer Subcodes
        value = _child(code, "Value")
        if value is not None:
            yield (value.text or "").strip()
        code = _child(code, "Subcode")


def _text(fault: etree._Element) -> str:
    text = _child(fault, "faultstring")
    if text is not None:
        return _all_text(text)
    reason = _child(fault, "Reason")
    texts = [] if reason is None else [child for child in reason if local_name(str(child.tag)) == "Text"]
    english = [text for text in texts if text.get("{http://www.w3.org/XML/1998/namespace}lang", "").startswith("en")]
    return _all_text((english or texts)[0]) if texts else ""


def _leaves(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield name and text of what says something; PHP's ``item/key/value`` as key and value."""
    children = list(element)
    if [local_name(str(child.tag)) for child in children] == ["key", "value"] and not len(children[1]):
        yield (children[0].text or "").strip(), (children[1].text or "").strip()
        return
    for child in children:
        yield from _leaves(child)
    text = (element.text or "").strip()
    if not children and text:
        yield local_name(str(element.tag)), text


def _codes_of_detail(detail: etree._Element) -> Iterator[str]:
    """Names of the typed fault elements, and values of leaves that are called a code."""
    for child in detail:
        yield local_name(str(child.tag))
    for name, value in _leaves(detail):
        if name.lower().endswith("code"):
            yield value


def _all_text(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())
