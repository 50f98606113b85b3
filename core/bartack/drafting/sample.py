"""A saved answer as a description: what one page of JSON tells, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from bartack.drafting.described import UNDOCUMENTED, Described, Found, Setting
from bartack.drafting.envelope import GENERIC, Envelope, list_paths, signs
from bartack.drafting.names import Names, free_name, singular
from bartack.drafting.rows import columns, fields_of, json_text, key_of, path_of
from bartack.errors import ConfigError
from bartack.transports.http import HttpStream
from bartack.transports.http.paths import look
from bartack.transports.sql.drafts.columns import bare
from bartack.transports.sql.drafts.contracts import fits

__all__ = ["described"]

_NEXT_STEP = "save an answer as the source sends it: a JSON list of objects, or an object with such a list in it"


def described(document: Any, origin: str, names: Names) -> Described:
    """Describe a system by one of its answers; ``origin`` is the file's name.

    Raises
    ------
    ConfigError
        there are no rows in it, or rows that nothing identifies.
    """
    stem = PurePath(origin).stem
    remarks: dict[str, str] = {}
    path, rows = _rows(document, stem)
    if path is None:
        path, rows, document = "", [document], [document]
        remarks["rows"] = "TODO: rows: the sample is a single record; where is the list in an answer with several?"
    named = path.rpartition(".")[2]
    noun = stem if bare(named) in GENERIC or not named else named
    fields = fields_of(rows)
    key = key_of(singular(noun), fields, len(rows))
    if key is None:
        raise ConfigError("nothing in the rows of the sample could identify them", where=origin, next_step=_NEXT_STEP)
    name = free_name(noun, (), "rows")
    remarks |= {
        "path": f"TODO: path: where {name} are asked for, below base_url; the sample does not say it",
        "key": f"confidence: {'high' if key.confidence > 0.75 else 'low'}: {key.reason}",
    }
    envelope = signs(_around(document, path))
    counted = envelope.total is not None and look(document, envelope.total) == len(rows)
    stream = HttpStream(
        name,
        path=f"/{name}",
        rows=path,
        key=key.spec,
        mapping=f"{name}.yaml",
        total=envelope.total if counted else None,
    )
    if counted:
        remarks["total"] = "confidence: medium: it is the number of rows in the sample"
    remarks["paging"] = _paging(envelope)
    found = Found(
        noun, stream, columns(noun, fields, {}), (json_text(document).encode(),), remarks=remarks, scenario="sample"
    )
    return _around_it(found, origin, names)


def _around_it(found: Found, origin: str, names: Names) -> Described:
    """Return what is known of the system beside the list: nothing, so that all of it is left to do."""
    home = f"https://{names.connector}.example"
    return Described(
        "http",
        origin,
        f"{names.connector}, as {origin} shows it",
        (found,),
        documentation=home,
        settings=(Setting("base_url", "address of the API", default=home),),
        remarks={
            "documentation": UNDOCUMENTED,
            "base_url": "TODO: base_url: the address of the API; the sample does not say it",
            "quota": "TODO: quota: how much does the source allow? Quota(100, per=10) are 100 requests in 10 seconds",
            "auth": 'TODO: auth: who asks? Bearer("token"), Basic("user", "password"), HeaderKey("X-Api-Key", "token"), nobody',
        },
    )


def _rows(document: Any, stem: str) -> tuple[str | None, list[Any]]:
    """Return the path of the list that looks most like a contract's, and its objects; no path for a single record."""
    lists = list_paths(document)
    if isinstance(document, Mapping) and lists and _is_record(document):
        return None, []
    if lists:
        path, rows = lists[0]
        return path, [row for row in rows if isinstance(row, Mapping)]
    if isinstance(document, Mapping) and document:
        return None, []
    what = "an empty list" if document == [] else "an empty object" if document == {} else "no object"
    raise ConfigError(f"the sample holds {what}", where=stem, next_step=_NEXT_STEP)


def _is_record(document: Mapping[str, Any]) -> bool:
    """Tell a record that has lists in it from an envelope: it is identified, and looks like a contract by itself."""
    fields = fields_of([document])
    found = columns("", fields, {})
    return any(bare(name) in ("id", "uuid", "guid") for name in document) and bool(fits("", found))


def _paging(envelope: Envelope) -> str:
    if envelope.next is not None:
        return f"TODO: paging: CursorPaging or NextUrlPaging by {envelope.next!r}? then record a whole list"
    if envelope.more is not None:
        return f"TODO: paging: has_more={envelope.more!r} and what else? then record a whole list"
    return "TODO: paging: how does a long list go on? PagePaging, OffsetPaging, LinkHeaderPaging, or not at all"


def _around(node: Any, rows: str, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the leaves around the rows."""
    if isinstance(node, Mapping) and len(steps) < 3:
        for name, value in node.items():
            if path_of((*steps, name)) != rows:
                yield from _around(value, rows, (*steps, name))
    elif not isinstance(node, Mapping | list):
        yield steps
