"""How an object of Salesforce is read: the fields it has, by SOQL, page after page."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bartack.sdk import (
    Body,
    ConfigError,
    HttpSession,
    HttpStream,
    Page,
    Query,
    Since,
    SourceChangedError,
)

__all__ = ["SalesforceStream"]

_ORDER = "ORDER BY SystemModstamp, Id"
_EVERYWHERE = ("Id", "OwnerId", "CreatedDate", "SystemModstamp", "IsDeleted")
_LEAST, _MOST = 200, 2000
"""Rows of a batch that the option ``batchSize`` takes; Salesforce may send fewer all the same."""


@dataclass(frozen=True, slots=True)
class SalesforceStream(HttpStream):
    """An object, read by SOQL.

    SOQL has no ``*``, and a field that the org does not have, or the user may not see, is an error of the whole query. So
    the object is described first, and of ``columns`` and ``nested`` lists those are selected that are there: the others
    are not fetched, which is what their records say. ``further`` are fields that the configuration names; those must exist.
    """

    service: str = field(kw_only=True)
    columns: tuple[str, ...] = field(kw_only=True)
    further: tuple[str, ...] = field(default=(), kw_only=True)
    nested: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    @property
    def incremental(self) -> bool:
        """A query's ``since`` is heeded: every object has the moment of its last change."""
        return True

    def pages(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Yield pages of the object; see :meth:`HttpStream.pages`.

        Raises
        ------
        ConfigError
            the object has no such field as the configuration names.
        """
        stream = self if query.id is not None or query.cursor is not None else self._selecting(session)
        if query.page_size is not None:
            size = min(max(query.page_size, _LEAST), _MOST)
            stream = replace(stream, headers={"Sforce-Query-Options": f"batchSize={size}"})
        for page in HttpStream.pages(stream, session, query):
            yield self._checked(page)

    def decode(self, body: Body) -> Page:
        """Read one answer: of a query, of one record, or a saved list of records."""
        return self._checked(HttpStream.decode(self, body))

    def _selecting(self, session: HttpSession) -> SalesforceStream:
        """Return this stream with the query that selects what the object has."""
        described = self._described(session)
        fields = _names(described.get("fields"), "name")
        children = _names(described.get("childRelationships"), "relationshipName")
        if "Id" not in fields:
            raise SourceChangedError(f"the description of {self.name} names no field Id")
        for name in self.further:
            if "." not in name and name not in fields:
                near = difflib.get_close_matches(name, fields, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ConfigError(
                    f"{self.name} has no field {name!r} that this user may see{hint}",
                    next_step=f"correct fields.{self.name} of the source, or ask for the permission",
                )
        chosen = [name for name in (*_EVERYWHERE, *self.columns) if name in fields]
        lists = [
            f"(SELECT {inner} FROM {name})"  # noqa: S608 - SOQL, of names that are declared and described
            for name, inner in self.nested
            if name in children
        ]
        select = f"SELECT {', '.join(dict.fromkeys([*chosen, *self.further]))}{''.join(f', {one}' for one in lists)}"
        return replace(
            self,
            params={"q": f"{select} FROM {self.name} {_ORDER}"},
            since=Since("q", template=f"{select} FROM {self.name} WHERE SystemModstamp >= {{since}} {_ORDER}"),
        )

    def _described(self, session: HttpSession) -> Mapping[str, Any]:
        description = HttpStream(
            "describe", path="", rows="", key="name", mapping=(), one=f"{self.service}/sobjects/{{id}}/describe"
        )
        (page,) = description.pages(session, Query(id=self.name))
        found = page.rows[0] if len(page.rows) == 1 else None
        if not isinstance(found, dict):
            raise SourceChangedError(f"the description of {self.name} is no object", next_step="check base_url")
        return found

    def _checked(self, page: Page) -> Page:
        """Refuse rows of another object; doubt a page whose nested lists are cut short.

        Raises
        ------
        SourceChangedError
            the answer holds rows, and they say that they are of another object.
        """
        rows = [row for row in page.rows if isinstance(row, dict)]
        others = sorted({kind for row in rows if (kind := _kind(row))} - {self.name, "AggregateResult"})
        if others:
            raise SourceChangedError(
                f"the answer holds rows of {', '.join(others)[:200]}, and this stream is {self.name}",
                next_step="choose the stream that the answer belongs to",
            )
        if page.partial is None and any(_cut_short(value) for row in rows for value in row.values()):
            return replace(page, partial="nested_list_cut: a subquery has more rows than this answer holds")
        return page


def _names(listed: Any, key: str) -> set[str]:
    items = listed if isinstance(listed, list) else ()
    return {one[key] for one in items if isinstance(one, dict) and isinstance(one.get(key), str)}


def _kind(row: Mapping[str, Any]) -> str | None:
    attributes = row.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else None
    return kind if isinstance(kind, str) else None


def _cut_short(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list) and value.get("done") is False
