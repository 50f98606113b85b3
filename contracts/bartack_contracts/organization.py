"""The contract ``organization/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.contract import Contract
from bartack_contracts.linking import LinkKey
from bartack_contracts.scalars import Count, Many, Text
from bartack_contracts.values import (
    Coded,
    EmailAddress,
    Money,
    PhoneNumber,
    PostalAddress,
    Reference,
    RegistrationId,
    TaxId,
)
from bartack_contracts.vocabularies import Industry, Lifecycle, OrganizationKind

__all__ = ["Organization"]


class Organization(Contract):
    """A company, branch or household the source's owner deals with."""

    contract: ClassVar[str] = "organization/1"
    link_keys: ClassVar[tuple[LinkKey, ...]] = (
        LinkKey("tax_id", "tax_ids", "tax_id"),
        LinkKey("registration_id", "registration_ids", "registration_id"),
    )

    name: Text = Field(description="The name in use.")
    legal_name: Text | None = Field(None, description="The name in the register.")
    kind: OrganizationKind | None = Field(None, description="What sort of organisation it is.")
    domains: Many[Text] = Field((), description="Internet domains, lower case and IDNA.")
    websites: Many[Text] = Field((), description="URLs; RFC 3986.")
    emails: Many[EmailAddress] = Field((), description="E-mail addresses, the source's order.")
    phones: Many[PhoneNumber] = Field((), description="Telephone and fax numbers, the source's order.")
    addresses: Many[PostalAddress] = Field((), description="Postal addresses, the source's order.")
    industry: Coded[Industry] | None = Field(None, description="Line of business; sections of ISIC Rev. 4.")
    employee_count: Count | None = Field(None, description="People employed.")
    annual_revenue: Money | None = Field(None, description="Revenue of a year.")
    tax_ids: Many[TaxId] = Field((), description="Numbers given by tax authorities.")
    registration_ids: Many[RegistrationId] = Field((), description="Numbers given by public registers.")
    parent: Reference | None = Field(None, description="The organisation it belongs to; organization/1.")
    owner: Reference | None = Field(None, description="The user who looks after it; user/1.")
    lifecycle: Coded[Lifecycle] | None = Field(None, description="How far on the way to being a customer.")
    tags: Many[Text] = Field((), description="Labels people gave the record in the source.")
