"""A WSDL as the description of a system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bartack.drafting.described import UNDOCUMENTED, Described, Found, Setting
from bartack.drafting.envelope import GENERIC, signs
from bartack.drafting.guessing import nouns_of
from bartack.drafting.names import Names, free_name, singular
from bartack.drafting.rows import Field, columns, key_of
from bartack.drafting.wsdl.answers import answers
from bartack.drafting.wsdl.calling import calling
from bartack.drafting.wsdl.elements import Repeated, children, fields, leaves, repeated
from bartack.errors import BartackError, ConfigError
from bartack.transports.base import Body
from bartack.transports.http.addresses import is_same_origin
from bartack.transports.soap import OneCall, SoapStream
from bartack.transports.soap.loader import Catalog, Loader
from bartack.transports.soap.wsdl import Description, Operation
from bartack.transports.sql.drafts.columns import bare, words

__all__ = ["described", "is_description"]

_WSDL = b"http://schemas.xmlsoap.org/wsdl/"
_READING = frozenset("list get find search query read fetch retrieve select all show lookup load export view".split())
_WRITING = frozenset(
    "add create delete remove update upsert set save insert cancel submit send merge sync import convert change close approve"
    " assign attach detach post put process start stop register revoke undelete login logout replace write empty execute".split()
)
_SAYS_NOTHING = _READING | frozenset("return returns by request response result array of type dto data".split())
_MOST = 60


@dataclass(frozen=True, slots=True)
class _Listing:
    operation: Operation
    noun: str
    rows: Repeated


def is_description(content: bytes) -> bool:
    """Tell whether a document says in its beginning that it is a WSDL."""
    return _WSDL in content[:4096] and b"definitions" in content[:4096]


def described(path: Path, names: Names) -> Described:
    """Describe the service of a WSDL file; documents that it imports lie below its folder.

    Raises
    ------
    ConfigError
        it cannot be loaded, or none of its operations returns a list.
    """
    root = path.resolve()
    beside = Catalog(".", str(root.parent))
    loader = _Keeping(str(root), _nothing_fetched, lambda _: False, beside, str(root.parent))
    description = Description(str(root), loader)
    found, left_out = _found(description)
    if not found:
        why = left_out[0] if left_out else "no operation that gets or lists something returns an element that repeats"
        raise ConfigError(f"there is no list in the WSDL: {why}", where=path.name)
    files = {f"wsdl/{name}": content for name, content in loader.kept(root.parent).items()}
    settings = [Setting("wsdl", "where the service describes itself", packaged=f"wsdl/{root.name}")]
    remarks = {
        "documentation": UNDOCUMENTED,
        "quota": "TODO: quota: how much does the service allow? Quota(100, per=10) are 100 requests in 10 seconds",
    }
    given = {"wsdl": str(root)}
    if loader.by_catalog:
        settings.append(Setting("catalog", "folder of what the WSDL imports from elsewhere", packaged="wsdl"))
        given["catalog"] = str(root.parent)
    address = next((one.address for one in map(description.operation, description.operations) if one.address), "")
    if not is_same_origin(address, address):
        settings.append(Setting("endpoint", "address to call", default=f"https://{names.connector}.example/soap"))
        remarks["endpoint"] = "TODO: endpoint: the WSDL names no address to call"
    title = f"{names.connector}, a SOAP service"
    return Described(
        "soap",
        path.name,
        title,
        tuple(found),
        f"https://{names.connector}.example",
        settings=tuple(settings),
        remarks=remarks,
        files=files,
        given=given,
        left_out=tuple(left_out),
    )


class _Keeping(Loader):
    """Remembers which files it has read."""

    def load(self, location: str) -> bytes:
        """Return a document's text."""
        content = super().load(location)
        found = None if urlsplit(location).scheme == "" else self._catalog.find(location)
        self._files = (*getattr(self, "_files", ()), found or Path(location))
        self.by_catalog = getattr(self, "by_catalog", False) or found is not None
        return content

    def kept(self, folder: Path) -> dict[str, bytes]:
        """Return the documents as they lie below ``folder``, by their paths there."""
        paths = {path.resolve() for path in self._files}
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths) if path.is_relative_to(folder)
        }

    def _provide(self, location: str) -> str:
        return f"save that document as {self._catalog.name_for(location)} beside the WSDL"


def _nothing_fetched(url: str) -> Body:
    raise ConfigError(f"the WSDL imports {url}", next_step="save it below the WSDL's folder, and import it from there")


def _found(description: Description) -> tuple[list[Found], list[str]]:
    operations = [description.operation(name) for name in description.operations]
    listed = list(_listings(operations))
    taken: dict[str, str] = {}
    left_out = [f"{one.operation.name}: more than {_MOST} lists" for one in listed[_MOST:]]
    known = []
    for listing in listed[:_MOST]:
        name = free_name(listing.noun, taken, "rows")
        taken[name] = listing.noun
        known.append((name, listing))
    targets = nouns_of(taken)
    made = []
    for name, listing in known:
        try:
            one = _one(name, listing, operations, targets)
        except BartackError as error:
            one = f"{listing.operation.name}: {error.message}"
        if isinstance(one, str):
            left_out.append(one)
        else:
            made.append(one)
    return made, left_out


def _listings(operations: Sequence[Operation]) -> Iterator[_Listing]:
    for operation in operations:
        verbs = set(words(operation.name))
        if operation.answer is None or verbs & _WRITING or not verbs & _READING:
            continue  # what does not call itself a reading is not tried
        found = next(repeated(operation.answer), None)
        if found is not None:
            yield _Listing(operation, _noun(operation, found), found)


def _noun(operation: Operation, rows: Repeated) -> str:
    """Return what rows are called: by their element, their type, or the operation, whichever says something."""
    kind = getattr(rows.element.type, "name", None) or ""
    for text in (rows.path[-1], kind, operation.name):
        telling = [word for word in words(text) if word not in _SAYS_NOTHING and word not in GENERIC]
        if telling:
            return "_".join(telling)
    return operation.name


def _one(name: str, listing: _Listing, operations: Sequence[Operation], targets: Mapping[str, str]) -> Found | str:
    operation, rows = listing.operation, listing.rows
    seen = fields(rows.element)
    key = key_of(singular(listing.noun), [Field(one.steps, over=one.over) for one in seen], 0)
    if key is None:
        return f"{operation.name}: nothing in its rows could identify them"
    around = signs(path for path, _ in leaves(operation.answer))
    asked = calling(operation.question, around)
    cells = columns(listing.noun, seen, targets)
    changed = cells.find("updated")
    stream = SoapStream(
        name,
        operation=operation.name,
        rows=".".join(rows.path),
        key=key.spec,
        mapping=f"{name}.yaml",
        arguments=asked.arguments,
        paging=asked.paging,
        total=around.total,
        has_more=around.more,
        changed=changed.path if changed is not None else None,
        since=asked.since,
        one=_call_for_one(rows, operations),
    )
    operation.request({**stream.arguments, **_first(stream)})  # what zeep does not accept is no stream
    level = "high" if key.confidence > 0.75 else "medium" if key.confidence > 0.45 else "low"
    remarks = {"key": f"confidence: {level}: {key.reason}", **asked.remarks}
    return Found(listing.noun, stream, cells, answers(operation, stream, rows, around), remarks=remarks)


def _first(stream: SoapStream) -> Mapping[str, Any]:
    return {} if not hasattr(stream.paging, "arguments") else stream.paging.arguments(stream.arguments, None, None)


def _call_for_one(rows: Repeated, operations: Sequence[Operation]) -> OneCall | None:
    """Return the operation that returns one such row for an id."""
    for operation in operations:
        asked = list(leaves(operation.question)) if operation.question is not None else []
        if len(asked) != 1 or not bare(asked[0][0][-1]).endswith(("id", "key", "number", "no", "code")):
            continue
        for child in children(operation.answer):
            if child.type is rows.element.type and not child.accepts_multiple:
                return OneCall(operation.name, ".".join(asked[0][0]), rows=child.name)
    return None
