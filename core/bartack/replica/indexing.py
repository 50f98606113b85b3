"""Brings the index up to what the log of changes says: a batch a transaction, so that it can be killed anywhere.

The log is written in the transaction that changes the snapshot, the index is not: it follows at once, or before the next
question. So a sync does not wait for it, and an index can be thrown away and made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select, update

from bartack.replica import keys
from bartack.replica.fields import CUSTOM, Field, Kind, Node, tree_of
from bartack.replica.identities import identities_of
from bartack.replica.text import words
from bartack.store import changes, documents
from bartack.store.changes import Logged
from bartack.store.documents import Document
from bartack.store.records import find_all
from bartack.store.tables import replica
from bartack_contracts import Catalog, Contract, Ref

if TYPE_CHECKING:
    from bartack.store.state import StateStore

__all__ = ["bring_up_to_date", "document_of", "key_of", "rebuild"]

_MADE_BY: Final = "2"
"""Which form the index has; with another one it is made again."""

_BATCH = 200
"""So many changes in one transaction: others wait for it."""

_UNSOUGHT = frozenset({"contract", "stream", "format", "currency", "currency_raw"})
"""Texts that nobody seeks: they say what others mean."""

_CUSTOM_KINDS: Mapping[str, Kind] = {
    "text": "text", "integer": "number", "decimal": "number", "boolean": "boolean", "date": "date",
    "datetime": "datetime", "time": "text",
}  # fmt: skip


def bring_up_to_date(store: StateStore, contracts: Catalog) -> int:
    """Index what has changed since this was done last; return how many changes that were.

    Raises
    ------
    StoreError
        the store cannot be read or written.
    """
    done = 0
    while _is_behind(store):
        with store.write() as connection:
            done += _batch(connection, contracts)
    if done:
        with store.write() as connection:
            documents.measure(connection)
    return done


def rebuild(store: StateStore, contracts: Catalog) -> int:
    """Throw the index away and make it again; return how many records are in it."""
    with store.write() as connection:
        _begin_anew(connection)
    store.tally.forget()
    return bring_up_to_date(store, contracts)


def document_of(ref: Ref, model: type[Contract], value: Mapping[str, Any]) -> Document:
    """Return what is indexed of a record; ``value`` is its JSON."""
    facets = {one.facet for one in identities_of(model, value)}
    texts: tuple[dict[str, None], dict[str, None]] = ({ref.id: None}, {})
    for path, kind, personal, scalar in (*_leaves(tree_of(model), value), *_custom(value.get(CUSTOM))):
        key = key_of(kind, scalar)
        if key is not None:
            facets.add((path, key))
        if kind == "text" and path.rpartition(".")[2] not in _UNSOUGHT:
            texts[personal][scalar] = None
    open_, hidden = (tuple(word for text in some for word in words(text)) for some in texts)
    return Document(ref, model.contract, frozenset(facets), open_, hidden)


def key_of(kind: Kind, value: Any) -> str | None:
    """Return the key of a scalar as JSON has it; ``None`` where it is not of its kind."""
    try:
        if kind == "text":
            return keys.text(str(value))
        if kind == "number":
            return None if isinstance(value, bool) else keys.number(Decimal(str(value)))
        if kind == "boolean":
            return keys.boolean(value) if isinstance(value, bool) else None
        if kind == "date" or (kind == "moment" and len(value) == len("2026-01-31")):
            return keys.moment(date.fromisoformat(value))
        return keys.moment(datetime.fromisoformat(value))
    except (ValueError, ArithmeticError, TypeError):
        return None


def _is_behind(store: StateStore) -> bool:
    with store.read() as connection:
        stands = connection.execute(select(replica.c.indexed, replica.c.made_by)).one()
        return bool(stands.made_by != _MADE_BY or changes.last(connection) > stands.indexed)


def _batch(connection: Connection, contracts: Catalog) -> int:
    stands = connection.execute(select(replica).with_for_update()).mappings().one()  # another process does the same
    if stands["made_by"] != _MADE_BY:
        _begin_anew(connection)
    after = stands["indexed"] if stands["made_by"] == _MADE_BY else 0
    logged = changes.since(connection, after, limit=_BATCH)
    if logged:
        for one in logged:
            if one.gone:
                documents.remove(connection, one.ref, one.contract)
        documents.put(connection, list(_documents(connection, [one for one in logged if not one.gone], contracts)))
        connection.execute(update(replica).values(indexed=logged[-1].change))
    return len(logged)


def _begin_anew(connection: Connection) -> None:
    documents.clear(connection)
    connection.execute(update(replica).values(indexed=0, made_by=_MADE_BY))


def _documents(connection: Connection, logged: Sequence[Logged], contracts: Catalog) -> Iterator[Document]:
    for stored in find_all(connection, [one.row for one in logged]).values():
        row = stored.row
        try:
            model = contracts.get(row["contract"])
        except LookupError:  # of a plugin that is not there now
            continue
        yield document_of(Ref(row["source"], row["stream"], row["id"]), model, json.loads(row["value"]))


def _leaves(nodes: Mapping[str, Node], value: Mapping[str, Any]) -> Iterator[tuple[str, Kind, bool, Any]]:
    for name, node in nodes.items():
        found = value.get(name)
        if found is None:
            continue
        for one in found if isinstance(found, list) else (found,):
            if node.scalar is not None:
                yield _leaf(node.scalar, one)
            elif isinstance(one, dict):
                yield from _leaves(node.nodes, one)


def _leaf(field: Field, scalar: Any) -> tuple[str, Kind, bool, Any]:
    return field.path, field.kind, field.personal, scalar


def _custom(found: Any) -> Iterator[tuple[str, Kind, bool, Any]]:
    for one in found or ():
        kind = _CUSTOM_KINDS.get(one.get("type"))
        if kind is not None and one.get("value") is not None:
            yield f"{CUSTOM}.{one['key']}", kind, True, one["value"]
