"""Which contracts there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from bartack_contracts.activity import Activity
from bartack_contracts.contract import Contract
from bartack_contracts.deal import Deal
from bartack_contracts.invoice import Invoice
from bartack_contracts.organization import Organization
from bartack_contracts.person import Person
from bartack_contracts.product import Product
from bartack_contracts.ticket import Ticket
from bartack_contracts.user import User

__all__ = ["CONTRACTS", "Catalog", "UnknownContractError", "schema"]

CONTRACTS: Mapping[str, type[Contract]] = MappingProxyType(
    {cls.contract: cls for cls in (Activity, Deal, Invoice, Organization, Person, Product, Ticket, User)}
)
"""The contracts of this package, by id."""


class UnknownContractError(LookupError):
    """No contract has that name; the message names those which come near, ``near`` lists them."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        bare = {key.partition("/")[0]: key for key in known}
        wanted = name.casefold()
        close = get_close_matches(wanted, known) or [bare[key] for key in get_close_matches(wanted, bare)]
        self.name = name
        self.near = tuple(close)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
        super().__init__(f"no contract {name!r}; {hint}")


class Catalog:
    """The contracts of this package and those a plugin adds. Immutable: adding one makes another catalog.

    Raises
    ------
    ValueError
        when two classes claim the same id.

    """

    __slots__ = ("_by_id",)

    def __init__(self, *added: type[Contract]) -> None:
        by_id = dict(CONTRACTS)
        for cls in added:
            if by_id.setdefault(cls.contract, cls) is not cls:
                msg = f"{cls.contract} is {by_id[cls.contract].__name__} already; {cls.__name__} needs another id"
                raise ValueError(msg)
        self._by_id = MappingProxyType(dict(sorted(by_id.items())))

    def adding(self, *added: type[Contract]) -> Catalog:
        """Return a catalog which knows these classes too."""
        return Catalog(*self, *added)

    def get(self, contract: str | type[Contract]) -> type[Contract]:
        """Return the class for an id (``person/1``), a bare name (its highest major version) or a class of the catalog.

        Raises
        ------
        UnknownContractError
            a ``LookupError`` that names what comes near.

        """
        name = contract if isinstance(contract, str) else contract.contract
        found = self._by_id.get(name) or self._latest(name)
        if found is None or not (isinstance(contract, str) or found is contract):
            raise UnknownContractError(name, self.ids)
        return found

    def _latest(self, name: str) -> type[Contract] | None:
        majors = {int(key.partition("/")[2]): cls for key, cls in self._by_id.items() if key.partition("/")[0] == name}
        return majors[max(majors)] if majors else None

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, sorted."""
        return tuple(self._by_id)

    def schema(self, contract: str | type[Contract]) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of what a dump of that contract looks like."""
        return _schema_of(self.get(contract))

    def __iter__(self) -> Iterator[type[Contract]]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, contract: object) -> bool:
        return contract in self._by_id or any(contract is cls for cls in self)


def schema(contract: str | type[Contract]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what a dump of a contract looks like.

    A name means a contract of this package; a class may be any.
    """
    return _schema_of(Catalog().get(contract) if isinstance(contract, str) else contract)


def _schema_of(cls: type[Contract]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:bartack:contract:{cls.contract.replace('/', ':')}",
        "version": cls.version,
        **cls.model_json_schema(mode="serialization"),
    }
