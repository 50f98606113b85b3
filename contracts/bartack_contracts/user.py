"""The contract ``user/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.contract import Contract
from bartack_contracts.linking import LinkKey
from bartack_contracts.values import EmailAddress, PersonName

__all__ = ["User"]


class User(Contract):
    """Somebody who works with the source: what ``owner`` and ``assignee`` point to."""

    contract: ClassVar[str] = "user/1"
    link_keys: ClassVar[tuple[LinkKey, ...]] = (LinkKey("email", "email.address", "email"),)

    name: PersonName | None = Field(None, description="The user's name; vCard N and FN (RFC 6350).")
    email: EmailAddress | None = Field(None, description="The user's address in the source.")
