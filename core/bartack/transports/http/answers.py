"""From one answer to one page: the order in which an answer is judged.

1. A status that the stream does not declare is the error that status stands for; one declared ``empty`` is no rows.
2. What is not JSON, or not well-formed, is an error.
3. The rows are looked for: in the declared place; for a single record also as one object there, or as the body itself;
   offline also as people save them, a bare list or a single object that has the stream's key.
4. A declared error body is refused, whatever stands beside it. So is a universal one, unless there are rows in the
   declared place: then the page is partial.
5. Where no rows were found, that is an error which says what is there instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bartack.errors import BartackError, SourceChangedError
from bartack.transports.base import Body, Page
from bartack.transports.http.documents import read_json
from bartack.transports.http.paging import Reply
from bartack.transports.http.paths import ABSENT, look
from bartack.transports.http.refusals import FLAGS, UNIVERSAL_ERRORS, refusal, status_error
from bartack.transports.http.rows import Rows, bare_rows, declared_rows, has_key, one_row

if TYPE_CHECKING:
    from bartack.transports.http.stream import HttpStream

__all__ = ["Asked", "to_page"]


@dataclass(frozen=True, slots=True)
class Asked:
    """How an answer came about: by asking for a page (``list``) or a record (``one``), or out of a file (``offline``).

    ``seen`` counts the rows of the pages before; ``None`` when the walk began in the middle. ``label`` is for people.
    ``allows`` tells whether a next page on another origin may be asked for.
    """

    form: Literal["list", "one", "offline"]
    label: str
    at: datetime
    cursor: str | None = None
    seen: int | None = 0
    size: int | None = None
    allows: Callable[[str], bool] | None = None


def to_page(stream: HttpStream, body: Body, asked: Asked) -> Page:
    """Return the rows of an answer with what it says about them.

    Raises
    ------
    BartackError
        by the order in this module's description.
    """
    meaning = stream.statuses.get(body.status, "rows" if body.status == 200 else None)
    if meaning is None:
        raise status_error(body, asked.at)
    if meaning == "empty":
        return Page(rows=(), fetched_at=asked.at, request=asked.label, has_more=False)
    document = read_json(body)
    found = _find(stream, document, asked.form)
    partial = _refuse(stream, document, found)
    if isinstance(found, BartackError):
        raise found
    if asked.form == "one" or not found.enveloped:
        return Page(rows=found.rows, fetched_at=asked.at, request=asked.label, partial=partial)
    reply = _reply(stream, document, found, body, asked)
    return Page(
        rows=found.rows,
        fetched_at=asked.at,
        request=asked.label,
        next=stream.paging.following(reply, asked.cursor),
        has_more=reply.has_more,
        total=reply.total,
        partial=partial,
    )


def _find(stream: HttpStream, document: Any, form: str) -> Rows | BartackError:
    paths = (stream.rows,) if isinstance(stream.rows, str) else stream.rows
    found = declared_rows(document, paths)
    if isinstance(found, Rows) or form == "list":
        return found
    single = one_row(document, paths, stream.key)
    if form == "one":
        return single or found
    if single is not None and stream.one is not None and has_key(single.rows[0], stream.key):
        return single
    return bare_rows(document, stream.key) or found


def _refuse(stream: HttpStream, document: Any, found: Rows | BartackError) -> str | None:
    """Raise the error that an answer carries; return its words where rows stand beside it."""
    error = refusal(document, stream.errors)
    if error is not None:
        raise error
    if not isinstance(found, Rows) or not any(has_key(row, stream.key) for row in found.rows):
        error = refusal(document, UNIVERSAL_ERRORS)
    elif not isinstance(document, dict):
        return None  # a list of rows: there is no place for an error beside them
    elif found.enveloped:
        beside = refusal(document, UNIVERSAL_ERRORS)
        return None if beside is None else beside.message
    else:  # the row itself: its status or success is a field like others, its error is not
        error = refusal(document, [one for one in UNIVERSAL_ERRORS if one not in FLAGS])
    if error is not None:
        raise error
    return None


def _reply(stream: HttpStream, document: Any, found: Rows, body: Body, asked: Asked) -> Reply:
    rows = len(found.rows)
    return Reply(
        document=document,
        rows=rows,
        total=_total(document, stream.total),
        has_more=_has_more(document, stream.has_more),
        seen=None if asked.seen is None else asked.seen + rows,
        size=asked.size,
        probing=asked.form == "list",
        url=body.url,
        headers=body.headers,
        allows=asked.allows,
    )


def _total(document: Any, path: str | None) -> int | None:
    found = ABSENT if path is None else look(document, path)
    if found is ABSENT or found is None:
        return None
    if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 16:
        return int(found)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 10**15:
        return found
    raise SourceChangedError(f"{path!r} should be the number of rows, and is {_short(found)}")


def _has_more(document: Any, path: str | None) -> bool | None:
    if path is None:
        return None
    found = look(document, path.removeprefix("!"))
    if found is ABSENT or found is None:
        return None
    said: bool | None = found if isinstance(found, bool) else _SPELLED.get(str(found).lower())
    if said is None:
        raise SourceChangedError(f"{path.removeprefix('!')!r} should be true or false, and is {_short(found)}")
    return said != path.startswith("!")


_SPELLED = {"true": True, "false": False, "1": True, "0": False}


def _short(value: Any) -> str:
    return repr(value)[:40] if isinstance(value, str | int) else f"of type {type(value).__name__}"
