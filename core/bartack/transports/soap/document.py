"""Bytes to an XML tree, or a typed error: no entities, no DTD, no network, nothing repaired by guessing."""

from __future__ import annotations

import re
from email.message import Message
from typing import Any

from lxml import etree

from bartack.errors import WireError
from bartack.transports.http.texts import said

__all__ = ["local_name", "media_type", "parse"]

_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}\bencoding\s*=")
_UTF_16_OR_BOM = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_BLANK = b" \t\r\n"
_ROOT = re.compile(rb"<[^\s/>?!]+")
_XSI = b"http://www.w3.org/2001/XMLSchema-instance"


def local_name(tag: str) -> str:
    """Return the name without its namespace: ``{urn:x}customer`` is ``customer``."""
    return tag.rpartition("}")[2]


def media_type(content_type: str | None) -> tuple[str, dict[str, str]]:
    """Split a Content-Type header into the lower-case media type and its parameters.

    >>> media_type('Text/XML; charset="utf-8"')
    ('text/xml', {'charset': 'utf-8'})
    """
    if not content_type:
        return "", {}
    message = Message()
    message["Content-Type"] = content_type
    params = message.get_params() or []
    return message.get_content_type(), {name.lower(): value for name, value in params[1:]}


def parse(content: bytes, *, charset: str | None = None) -> etree._Element:
    """Parse a whole document and return its root.

    Two slips of well-known servers are passed over, because they leave no doubt: white space before the XML
    declaration (PHP), and the prefix ``xsi`` without its declaration (node-soap, when it writes ``xsi:nil``).
    ``charset`` is what HTTP said; it counts only where the document itself says nothing.

    Raises
    ------
    WireError
        not well-formed, cut off, in another encoding than declared, too deep, or with a DOCTYPE.
    """
    content = content.lstrip(_BLANK)
    says_itself = content.startswith(_UTF_16_OR_BOM) or _DECLARED_ENCODING.match(content) is not None
    encoding = None if says_itself else charset
    try:
        root = _parsed(content, encoding)
    except LookupError:
        raise WireError(
            f"the XML is said to be in an unknown character set, {said(str(charset), 30)!r}",
            next_step="have the Content-Type corrected at the source",
        ) from None
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(error).partition(" (<string>")[0]
        raise WireError(
            f"the XML is not well-formed: {said(reason)}",
            next_step="ask again; when it stays so, show the raw text to the people who run the source",
        ) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise WireError(
            "the XML has a DOCTYPE, which SOAP forbids and which can hide or fetch content",
            next_step="find out who puts it there: a proxy, an error page, or an attacker",
        )
    return root


def _parsed(content: bytes, encoding: str | None) -> etree._Element:
    try:
        return etree.fromstring(content, _parser(encoding))
    except etree.XMLSyntaxError as error:
        if "Namespace prefix xsi for" not in str(error):
            raise
    return etree.fromstring(_ROOT.sub(rb'\g<0> xmlns:xsi="%s"' % _XSI, content, count=1), _parser(encoding))


def _parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
