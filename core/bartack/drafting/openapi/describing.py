"""An OpenAPI document as the description of a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bartack.drafting.described import Described, Found, Setting
from bartack.drafting.guessing import nouns_of
from bartack.drafting.names import Names, free_name, singular
from bartack.drafting.openapi.answers import Pages, rows
from bartack.drafting.openapi.asking import asking
from bartack.drafting.openapi.examples import value
from bartack.drafting.openapi.fields import fields
from bartack.drafting.openapi.lists import Listing, listings
from bartack.drafting.openapi.references import Resolver
from bartack.drafting.openapi.security import access, server
from bartack.drafting.rows import Field, columns, fields_of, key_of, path_of
from bartack.errors import ConfigError
from bartack.transports.http import HttpStream
from bartack.transports.http.paths import look
from bartack.transports.sql.drafts.columns import Columns

__all__ = ["described", "is_description"]

_MOST = 60
"""Lists of one description that become streams; the others are named as left out."""


def is_description(document: Any) -> bool:
    """Tell whether a document calls itself an OpenAPI or Swagger description."""
    return isinstance(document, Mapping) and ("openapi" in document or "swagger" in document)


def described(document: Mapping[str, Any], origin: str, names: Names) -> Described:
    """Describe the API of an OpenAPI document; ``origin`` is the file's name.

    Raises
    ------
    ConfigError
        a version that is not known, references to other documents or in circles, or no list in it.
    """
    version = str(document.get("openapi", document.get("swagger")))
    if not version.startswith(("3.0", "3.1", "2.0")):
        raise ConfigError(f"version {version[:20]!r} of OpenAPI is not known (2.0, 3.0, 3.1)", where=origin)
    resolver = Resolver(document, origin)
    found = list(listings(resolver))
    lists = [one for one in found if isinstance(one, Listing)]
    left_out = [one for one in found if isinstance(one, str)]
    if not lists:
        why = left_out[0] if left_out else "no GET operation answers with an array of objects"
        raise ConfigError(f"there is no list in the description: {why}", where=origin)
    left_out += [f"{one.path}: more than {_MOST} lists" for one in lists[_MOST:]]
    base_url, where = server(resolver, f"https://{names.connector}.example")
    granted = access(resolver, lists[0].security)
    info = resolver.at(document.get("info"))
    return Described(
        "http",
        origin,
        _line(info.get("title")) or names.connector,
        _found(resolver, lists[:_MOST], base_url, left_out),
        documentation=_address(resolver.at(document.get("externalDocs")).get("url")) or base_url,
        settings=(Setting("base_url", "address of the API", default=base_url), *granted.settings),
        auth=granted.auth,
        remarks={
            "base_url": where,
            "auth": granted.remark,
            "quota": "TODO: quota: how much does the source allow? Quota(100, per=10) are 100 requests in 10 seconds",
        },
        left_out=tuple(left_out),
    )


def _found(resolver: Resolver, lists: Sequence[Listing], base_url: str, left_out: list[str]) -> tuple[Found, ...]:
    taken: dict[str, str] = {}
    known: list[tuple[str, Listing]] = []
    for listing in lists:
        name = free_name(listing.noun, taken, "rows")
        taken[name] = listing.noun
        known.append((name, listing))
    targets = nouns_of(taken)
    made = []
    for name, listing in known:
        one = _one(resolver, name, listing, targets, base_url)
        if isinstance(one, str):
            left_out.append(one)
        else:
            made.append(one)
    return tuple(made)


def _one(resolver: Resolver, name: str, listing: Listing, targets: Mapping[str, str], base_url: str) -> Found | str:
    path = path_of(listing.rows)
    shown = listing.example if not path else look(listing.example, path) if isinstance(listing.example, dict) else None
    seen = fields(resolver, listing.item)
    if not seen and isinstance(shown, list):
        seen = fields_of([row for row in shown if isinstance(row, dict)])
    key = key_of(singular(listing.noun), [_unseen(one) for one in seen], 0)
    if key is None:
        return f"{listing.path}: nothing in its rows could identify them"
    cells = columns(listing.noun, seen, targets)
    asked = asking(resolver, listing)
    changed = _changed(cells)
    stream = HttpStream(
        name,
        path=listing.path,
        rows=path,
        key=key.spec,
        mapping=f"{name}.yaml",
        params=asked.params,
        paging=asked.paging,
        page_size=asked.page_size,
        total=listing.envelope.total,
        has_more=listing.envelope.more,
        changed=changed,
        since=asked.since,
        one=listing.one,
        title=_line(listing.title)[:80] or None,
    )
    level = "high" if key.confidence > 0.75 else "medium" if key.confidence > 0.45 else "low"
    remarks = {"key": f"confidence: {level}: {key.reason}", **asked.remarks}
    if changed is not None:
        remarks["changed"] = f"confidence: medium: called {changed}"
    template = value(resolver, listing.answer, (), 1) if path else None
    some = rows(resolver, listing.item, shown, str(key.paths[0]))
    pages = Pages(stream, template, listing.envelope, some, base_url)
    return Found(listing.noun, stream, cells, pages.bodies(), pages.headers(), remarks)


def _unseen(field: Field) -> Field:
    """Return a field without values: of a schema they say nothing about what tells rows apart."""
    return replace(field, values=())


def _changed(cells: Columns) -> str | None:
    found = cells.find("updated")
    return found.path if found is not None else None


def _line(text: Any) -> str:
    return " ".join(text.split())[:200] if isinstance(text, str) else ""


def _address(text: Any) -> str:
    plain = text if isinstance(text, str) and text.startswith(("https://", "http://")) else ""
    return plain if plain.isprintable() and not set(plain) & set(' <>"`\\') and len(plain) < 200 else ""
