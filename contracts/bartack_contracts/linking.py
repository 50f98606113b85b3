"""What tells that two records are of the same one: keys that a contract declares.

A key is exact and named. Names, telephone numbers and domains are none: they belong to several, and change hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel

__all__ = ["KeyForm", "LinkKey"]

KeyForm = Literal["exact", "email", "external_id", "registration_id", "tax_id"]
"""How values of a key are compared.

================  ===================================================================================================
exact             a text, blanks around it left out
email             an address (RFC 5321): case does not count, everything else does
external_id       a value with ``scheme`` and ``value``; a scheme ``source/stream`` names a record of that stream
registration_id   a value with ``scheme``, ``value`` and ``country``, check digits right where the scheme has some
tax_id            as a registration; one VAT number counts as the same in all schemes that write it
================  ===================================================================================================
"""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """One declared key: records with the same value of it are linked.

    ``name``: values are compared under one name, also across contracts: a person's and a user's ``email``. ``path``: where
    they stand in the contract, dotted; lists are transparent. It leads to a text, or for identifiers to the value that
    holds scheme and number.
    """

    name: str
    path: str
    form: KeyForm = "exact"

    def check(self, model: type[BaseModel]) -> None:
        """Raise a ``TypeError`` where a contract has nothing at the path."""
        at: type[BaseModel] | None = model
        for step in self.path.split("."):
            if at is None or step not in at.model_fields:
                msg = (
                    f"{model.__name__}: the link key {self.name!r} has the path {self.path!r}, and there is no {step!r}"
                )
                raise TypeError(msg)
            at = _model_in(at.model_fields[step].annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)
