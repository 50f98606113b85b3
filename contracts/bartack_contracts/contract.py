"""What makes a value a contract: an id, a version, and the fields every record has."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import Field

from bartack_contracts.base import Value
from bartack_contracts.custom import CustomField
from bartack_contracts.issues import Issue
from bartack_contracts.linking import LinkKey
from bartack_contracts.scalars import CONTRACT_ID, Many, UtcDateTime

__all__ = ["Contract"]


class Contract(Value):
    """Base of every contract, also of those which plugins add.

    A subclass names itself: ``contract = "vehicle/1"``, a name in lower case and a major version. ``version`` is
    ``major.minor``; compatible additions raise the minor. ``link_keys``: by what records of the same one are known.

    Raises
    ------
    TypeError
        where the class is written: no id of its own, an id of another form, a version of another major, or a key to link
        by that leads nowhere.

    """

    contract: ClassVar[str]
    version: ClassVar[str] = "1.0"
    link_keys: ClassVar[tuple[LinkKey, ...]] = ()

    created_at: UtcDateTime | None = Field(None, description="When the source created the record; UTC.")
    updated_at: UtcDateTime | None = Field(
        None, description="When the source last changed it; UTC; created_at where it was never changed."
    )
    deleted: bool | None = Field(None, description="Whether the source deleted it; None where this API cannot tell.")
    active: bool | None = Field(None, description="Whether it is in use; archived or deactivated is not deleted.")
    custom: Many[CustomField] = Field((), description="Native fields without a place in the contract.")

    def contradictions(self) -> tuple[Issue, ...]:
        """Return what does not agree within the value: remarks, no reasons to reject. A contract with rules of its own says."""
        return ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _check_identity(cls)
        for key in cls.link_keys:
            key.check(cls)


def _check_identity(cls: type[Contract]) -> None:
    own_id = cls.__dict__.get("contract")
    if not isinstance(own_id, str):
        msg = f'{cls.__name__} needs an id of its own as a plain class attribute, such as contract = "vehicle/1"'
        raise TypeError(msg)
    if not re.fullmatch(CONTRACT_ID, own_id):
        msg = f'{cls.__name__}.contract is {own_id!r}; an id is name/major in lower case, such as "vehicle/1"'
        raise TypeError(msg)
    major = own_id.partition("/")[2]
    if not re.fullmatch(rf"{major}\.(0|[1-9][0-9]*)", cls.version):
        msg = f"{cls.__name__}.version is {cls.version!r}; {own_id} needs a version such as {major}.0"
        raise TypeError(msg)
