"""Bodies in several parts: forms with files (RFC 7578), MTOM (RFC 2387, XOP), batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import pairwise

__all__ = ["Part", "parts_of"]

_BOUNDARY = re.compile(rb"--([^\r\n]{1,200}?)[ \t]*\r?\n")
_BLANK = re.compile(rb"(?:\A|\r?\n)\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One part, with its headers."""

    headers: Message
    content: bytes

    @property
    def name(self) -> str:
        """The field of a form that it is; blank where it is none."""
        return str(self.headers.get_param("name", "", "content-disposition"))

    @property
    def file(self) -> str:
        """The name of the file that it is; blank where it is none."""
        return self.headers.get_filename("")

    @property
    def media_type(self) -> str:
        """Its content type without parameters; blank where it tells none."""
        return self.headers.get_content_type() if "content-type" in self.headers else ""

    @property
    def id(self) -> str:
        """Its Content-ID, without the brackets."""
        return str(self.headers.get("Content-ID", "")).strip("<> ")


def parts_of(body: bytes) -> list[Part]:
    """Return the parts of a body that begins with its boundary.

    Raises
    ------
    ValueError
        it does not, or it does not end with it.
    """
    begun = _BOUNDARY.match(body)
    if begun is None:
        raise ValueError("no multipart body")
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(begun[1]) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    found = list(delimiter.finditer(body))
    if not found[-1][1]:
        raise ValueError("the last boundary is missing")
    return list(_between(body, found))


def _between(body: bytes, delimiters: list[re.Match[bytes]]) -> Iterator[Part]:
    for one, other in pairwise(delimiters):
        piece = body[one.end() : other.start()] if one.end() <= other.start() else b""
        blank = _BLANK.search(piece)
        if blank is None:
            yield Part(Message(), piece)
        else:
            yield Part(BytesHeaderParser().parsebytes(piece[: blank.start()]), piece[blank.end() :])
