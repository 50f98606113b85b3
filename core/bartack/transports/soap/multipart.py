"""Answers in several parts: MTOM, where large values travel beside the envelope (XOP), unpacked into it.

Sources: RFC 2387 (multipart/related), RFC 2392 (cid URLs), https://www.w3.org/TR/xop10/.
"""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from urllib.parse import unquote

from lxml import etree

from bartack.errors import WireError
from bartack.transports.base import Body
from bartack.transports.soap.document import media_type

__all__ = ["Parts", "unpack"]

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


@dataclass(frozen=True, slots=True)
class Parts:
    """The attachments of an answer by Content-ID (without the angle brackets)."""

    by_id: Mapping[str, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def put_into(self, root: etree._Element) -> None:
        """Replace every ``xop:Include`` and every empty ``href="cid:…"`` element's content by base64 text.

        That is the value which the sender took out, so rows and raw texts read as if it had never travelled apart.

        Raises
        ------
        WireError
            a part that the envelope refers to is missing.
        """
        for include in list(root.iter(_INCLUDE)):
            parent = include.getparent()
            if parent is not None:
                text = self._text(include.get("href", ""))
                parent.remove(include)
                parent.text = text
        if self.by_id:
            for element in root.iter():
                if not len(element) and element.get("href", "").startswith("cid:"):
                    element.text = self._text(str(element.attrib.pop("href")))

    def _text(self, href: str) -> str:
        content = self.by_id.get(unquote(href.removeprefix("cid:")))
        if content is None:
            raise WireError(f"the attachment {href!r} is missing in the answer", next_step="ask again")
        return base64.b64encode(content).decode("ascii")


def unpack(body: Body) -> tuple[bytes, Parts]:
    """Return the envelope's bytes and the parts that came with it.

    Raises
    ------
    WireError
        a multipart answer without a boundary, without its end, or without a root part.
    """
    kind, params = media_type(body.content_type)
    if kind != "multipart/related":
        return body.content, Parts()
    boundary = params.get("boundary")
    if not boundary:
        raise WireError("a multipart answer without a boundary", next_step="ask again")
    pieces = (b"\r\n" + body.content).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise WireError("the multipart answer is cut off: its last boundary is missing", next_step="ask again")
    parts = [_part(piece) for piece in pieces[1:-1]]
    start = params.get("start", "").strip("<>")
    root = next((content for name, content in parts if start and name == start), parts[0][1])
    return root, Parts({name: content for name, content in parts if name})


def _part(piece: bytes) -> tuple[str, bytes]:
    head, gap, content = piece.partition(b"\r\n\r\n")
    if not gap:
        raise WireError("a part of the multipart answer has no end of its headers", next_step="ask again")
    headers = BytesHeaderParser().parsebytes(head.lstrip(b"\r\n \t"))
    encoding = headers.get("Content-Transfer-Encoding", "binary").strip().lower()
    if encoding == "base64":
        try:
            content = base64.b64decode(content, validate=False)
        except binascii.Error:
            raise WireError("a part of the multipart answer is broken base64", next_step="ask again") from None
    elif encoding == "quoted-printable":
        content = quopri.decodestring(content)
    return headers.get("Content-ID", "").strip().strip("<>"), content
