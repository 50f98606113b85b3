"""Seeks the records that carry the same value of a key which their contracts declare, by the index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, and_, func, select, tuple_

from bartack.errors import AccessError
from bartack.replica.identities import external, facet_of, identities_of, is_personal
from bartack.replica.links import Ambiguous, Link
from bartack.store import records as stored
from bartack.store.changes import Feed
from bartack.store.tables import documents, facets, records
from bartack_contracts import Catalog, Contract, Ref

__all__ = ["FEW", "Found", "Linking"]

FEW: Final = 3
"""A value that more records of one source carry, as one contract, identifies none of them: ``n/a``, 99999."""

_MOST: Final = 100
"""So many values of one record are followed."""

_SHARED: Final = f"more than {FEW} records of one source carry it"
_FUNCTION: Final = "it is an address of whoever has the job, or of nobody"

_OWN: Final = "ref"
"""Where a value stands that is the id of the record itself."""

_ROW = (documents.c.source, documents.c.stream, documents.c.contract, documents.c.id)


class Found(NamedTuple):
    """What is linked with a record, and the ``feeds`` in which it was sought."""

    contract: str
    links: tuple[Link, ...]
    ambiguous: tuple[Ambiguous, ...]
    feeds: tuple[Feed, ...]
    notices: tuple[str, ...]


class _Value(NamedTuple):
    """One value by which a record is known, and where it stands there."""

    key: str
    normal: str
    shown: str
    here: str
    personal: bool
    of_a_function: bool = False


class _Withheld(NamedTuple):
    """A link that would tell who somebody is in a source that does not show it."""

    source: str


class Linking:
    """Seeks in ``feeds``; of sources in ``masked`` nothing personal is told."""

    def __init__(
        self, connection: Connection, contracts: Catalog, feeds: Sequence[Feed], masked: frozenset[str]
    ) -> None:
        self._connection = connection
        self._contracts = contracts
        self._feeds = feeds
        self._masked = masked
        self._models = {feed[2]: contracts.get(feed[2]) for feed in feeds}

    def of(self, ref: Ref) -> Found:
        """Return what is linked with a record.

        Raises
        ------
        AccessError
            the store has no such record.
        """
        mine = self._read(ref)
        values = [*self._values(mine), *self._named_by_others(ref)]
        found = [one for value in values[:_MOST] for one in self._seek(ref, value)]
        contract = mine[0][0].contract
        return Found(
            contract,
            tuple(sorted((one for one in found if isinstance(one, Link)), key=_by_ref)),
            tuple(one for one in found if isinstance(one, Ambiguous)),
            tuple(self._where_links_can_be({model.contract for model, _ in mine}, ref)),
            tuple(_notices({one.source for one in found if isinstance(one, _Withheld)}, len(values))),
        )

    def _read(self, ref: Ref) -> list[tuple[type[Contract], dict[str, Any]]]:
        """Return the record, as each contract that is made of it."""
        of = and_(*(records.c[name] == getattr(ref, name) for name in ("source", "stream", "id")))
        asked = select(records.c.contract, records.c.value).where(of, records.c.deleted_at.is_(None))
        rows = self._connection.execute(asked.order_by(records.c.contract))
        found = [
            (self._contracts.get(contract), json.loads(value))
            for contract, value in rows
            if contract in self._contracts
        ]
        if not found:
            raise AccessError(
                "the store has no such record",
                where=str(ref),
                next_step=f"check the id, or bartack sync {ref.source}; what is deleted is linked with nothing",
            )
        return found

    def _values(self, mine: Sequence[tuple[type[Contract], dict[str, Any]]]) -> Iterator[_Value]:
        seen = set()
        for model, value in mine:
            personal = {key.name for key in model.link_keys if is_personal(model, key)}
            for one in identities_of(model, value):
                if (one.key, one.normal) not in seen:
                    seen.add((one.key, one.normal))
                    yield _Value(one.key, one.normal, one.shown, one.path, one.key in personal, one.of_a_function)

    def _named_by_others(self, ref: Ref) -> Iterator[_Value]:
        """Yield what those carry that name the record itself as theirs in its source."""
        found = {key.name for model in self._models.values() for key in model.link_keys if key.form == "external_id"}
        for name in sorted(found):
            yield _Value(name, external(ref), str(ref), _OWN, personal=False)

    def _seek(self, ref: Ref, value: _Value) -> Iterator[Link | Ambiguous | _Withheld]:
        carriers = self._carriers(value)
        numbers = carriers.with_only_columns(*_ROW[:3], func.count()).group_by(*_ROW[:3])
        counted: Counter[tuple[str, str]] = Counter()
        for source, _, contract, number in self._connection.execute(numbers):
            counted[source, contract] += number
        shared = any(number > FEW for number in counted.values())
        if shared or (value.of_a_function and counted.total() > 1):
            yield from self._ambiguous(ref, value, counted, _SHARED if shared else _FUNCTION)
            return
        rows = [*self._connection.execute(carriers), *self._connection.execute(self._named(value))]
        for source, stream, contract, identity in dict.fromkeys(map(tuple, rows)):
            there = Ref(source, stream, identity)
            if there != ref:
                yield from self._link(ref, value, there, contract)

    def _carriers(self, value: _Value) -> Select[Any]:
        """Select the records that carry a value under its key."""
        path, key = facet_of(value.key, value.normal)
        declaring = [
            one for one, model in self._models.items() if any(key.name == value.key for key in model.link_keys)
        ]
        carried = and_(facets.c.contract.in_(declaring), facets.c.path == path, facets.c.key == key)
        return select(*_ROW).join(facets, facets.c.document == documents.c.document).where(carried, self._within())

    def _named(self, value: _Value) -> Select[Any]:
        """Select the record that an external id names by its source, stream and id."""
        named = [feed for feed in self._feeds if value.normal.startswith(external(Ref(*feed[:2], "?"))[:-1])]
        ids = [external(Ref(*feed[:2], "?"))[:-1] for feed in named]
        rows = [(*feed, value.normal.removeprefix(start)) for feed, start in zip(named, ids, strict=True)]
        return select(*_ROW).where(tuple_(*_ROW).in_(rows))

    def _within(self) -> Any:
        return tuple_(*_ROW[:3]).in_(list(self._feeds))

    def _link(self, ref: Ref, value: _Value, there: Ref, contract: str) -> Iterator[Link | _Withheld]:
        model = self._models[contract]
        path = self._path(there, model, value)
        personal = value.personal or any(one.name == value.key and is_personal(model, one) for one in model.link_keys)
        if path is None:
            return
        hidden = self._masked & {ref.source, there.source}
        if personal and len(hidden) != len({ref.source, there.source}) and hidden:
            yield _Withheld(there.source)
            return
        yield Link(there, contract, value.key, None if personal and hidden else value.shown, value.here, path)

    def _path(self, there: Ref, model: type[Contract], value: _Value) -> str | None:
        """Return where another record holds a value."""
        if value.normal == external(there):
            return _OWN
        found = stored.find(self._connection, there, model.contract)
        known = () if found is None else identities_of(model, json.loads(found.row["value"]))
        return next((one.path for one in known if (one.key, one.normal) == (value.key, value.normal)), None)

    def _ambiguous(
        self, ref: Ref, value: _Value, counted: Counter[tuple[str, str]], why: str
    ) -> Iterator[Ambiguous | _Withheld]:
        told: Counter[str] = Counter()
        for (source, _), number in sorted(counted.items()):
            if value.personal and (source in self._masked) != (ref.source in self._masked):
                yield _Withheld(source)
            else:
                told[source] += number
        if told:
            hidden = value.personal and ref.source in self._masked
            yield Ambiguous(value.key, None if hidden else value.shown, value.here, dict(told), why)

    def _where_links_can_be(self, contracts: set[str], ref: Ref) -> Iterator[Feed]:
        mine = {key.name for one in contracts for key in self._contracts.get(one).link_keys}
        for feed in self._feeds:
            keys = self._models[feed[2]].link_keys
            if (feed[:2] == ref[:2] and feed[2] in contracts) or any(
                key.name in mine or key.form == "external_id" for key in keys
            ):
                yield feed


def _by_ref(link: Link) -> tuple[Any, ...]:
    return (link.ref, link.contract, link.key, link.here)


def _notices(withheld: set[str], values: int) -> Iterator[str]:
    if withheld:
        yield (
            f"links with {', '.join(sorted(withheld))} by personal keys are not told: what is personal is masked on one side"
            " only, and they would say who it is"
        )
    if values > _MOST:
        yield f"only {_MOST} of the {values} values of its keys were followed"
