"""The contract ``person/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.base import Value
from bartack_contracts.contract import Contract
from bartack_contracts.linking import LinkKey
from bartack_contracts.scalars import Day, Many, Personal, Text
from bartack_contracts.values import (
    Coded,
    Consent,
    EmailAddress,
    ExternalId,
    PersonName,
    PhoneNumber,
    PostalAddress,
    Reference,
    SocialProfile,
)
from bartack_contracts.vocabularies import Lifecycle, PersonKind

__all__ = ["Affiliation", "Person"]


class Affiliation(Value):
    """That a person belongs to an organisation, and as what."""

    ref: Reference | None = Field(None, description="The organisation, where the source links it.")
    name: Text | None = Field(None, description="The organisation, where the source knows it only by name.")
    title: Text | None = Field(None, description="Position there; vCard TITLE.")
    department: Text | None = Field(None, description="Department there.")
    primary: bool | None = Field(None, description="Whether the source calls it the main one.")


class Person(Contract):
    """A natural person the source's owner deals with: a contact or a lead."""

    contract: ClassVar[str] = "person/1"
    link_keys: ClassVar[tuple[LinkKey, ...]] = (
        LinkKey("email", "emails.address", "email"),
        LinkKey("external_id", "external_ids", "external_id"),
    )

    name: PersonName = Field(description="The person's name; vCard N and FN (RFC 6350).")
    kind: PersonKind = Field(description="lead: not yet dealt with; contact: dealt with.")
    emails: Many[EmailAddress] = Field((), description="E-mail addresses, the source's order.")
    phones: Many[PhoneNumber] = Field((), description="Telephone and fax numbers, the source's order.")
    addresses: Many[PostalAddress] = Field((), description="Postal addresses, the source's order.")
    websites: Personal[Many[Text]] = Field((), description="URLs; RFC 3986.")
    socials: Many[SocialProfile] = Field((), description="Profiles in social networks.")
    organizations: Many[Affiliation] = Field((), description="Organisations the person belongs to.")
    title: Text | None = Field(None, description="Position; vCard TITLE.")
    department: Text | None = Field(None, description="Department.")
    lifecycle: Coded[Lifecycle] | None = Field(None, description="How far on the way to being a customer.")
    owner: Reference | None = Field(None, description="The user who looks after the person; user/1.")
    birth_date: Personal[Day | None] = Field(None, description="Date of birth; vCard BDAY.")
    language: Text | None = Field(None, description="Preferred language, BCP 47.")
    timezone: Text | None = Field(None, description="Time zone, IANA name.")
    consent: Consent | None = Field(None, description="Which ways of contact the person allows.")
    tags: Many[Text] = Field((), description="Labels people gave the record in the source.")
    external_ids: Many[ExternalId] = Field((), description="What other systems call the person.")
