"""The values that contracts share: names, addresses, money, references, coded values."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import Field, StringConstraints

from bartack_contracts.base import Value
from bartack_contracts.scalars import ContractId, CountryCode, CurrencyCode, Many, Number, Personal, Text
from bartack_contracts.vocabularies import TextFormat

__all__ = [
    "Coded",
    "Consent",
    "Discount",
    "EmailAddress",
    "ExternalId",
    "Money",
    "PersonName",
    "PhoneNumber",
    "PostalAddress",
    "Reference",
    "RegistrationId",
    "RichText",
    "SocialProfile",
    "TaxId",
]

T = TypeVar("T")


class PersonName(Value):
    """A person's name (vCard N and FN, RFC 6350). Parts are given only where the source keeps them apart."""

    full: Personal[Text] = Field(description="The whole name as it is addressed; vCard FN.")
    given: Personal[Text | None] = Field(None, description="Given names; vCard N, second part.")
    family: Personal[Text | None] = Field(None, description="Family names; vCard N, first part.")
    additional: Personal[Text | None] = Field(None, description="Middle or additional names; vCard N, third part.")
    prefix: Text | None = Field(None, description="Honorific prefixes such as Dr.; vCard N, fourth part.")
    suffix: Text | None = Field(None, description="Honorific suffixes such as Jr.; vCard N, fifth part.")


class EmailAddress(Value):
    """An e-mail address. ``address`` is None where the source's text is none; ``raw`` keeps that text."""

    address: Personal[Text | None] = Field(
        None, description="RFC 5322 addr-spec; domain in lower case and IDNA, local part as sent."
    )
    raw: Personal[Text] = Field(description="As the source sent it.")
    label: Text | None = Field(None, description="What it is for, such as work or home; vCard TYPE.")
    primary: bool | None = Field(None, description="Whether the source calls it the main one.")
    status: Text | None = Field(None, description="What the source knows of its delivery, in the source's words.")


class PhoneNumber(Value):
    """A telephone or fax number. ``e164`` is None where the text is no valid number or its country is not known."""

    e164: Personal[Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{1,14}$")] | None] = Field(
        None, description="ITU-T E.164 with leading +, without extension."
    )
    raw: Personal[Text] = Field(description="As the source sent it.")
    extension: Personal[Text | None] = Field(None, description="Digits to dial after the connection; RFC 3966 ext.")
    label: Text | None = Field(None, description="What it is for, such as work, mobile or fax; vCard TYPE.")
    primary: bool | None = Field(None, description="Whether the source calls it the main one.")


class PostalAddress(Value):
    """A postal address. Where the source does not split it, only ``formatted`` has a value."""

    label: Text | None = Field(None, description="What it is for, such as billing or shipping.")
    lines: Personal[Many[Text]] = Field((), description="Street, house number, building, in the source's order.")
    city: Personal[Text | None] = Field(None, description="City, town or village.")
    region: Personal[Text | None] = Field(None, description="State, province or county, as the source names it.")
    region_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = Field(
        None, description="ISO 3166-2."
    )
    postal_code: Personal[Text | None] = Field(None, description="Postal code as text; leading zeros are kept.")
    country_code: CountryCode | None = Field(None, description="ISO 3166-1 alpha-2.")
    country_raw: Text | None = Field(None, description="The country as the source names it.")
    formatted: Personal[Text | None] = Field(None, description="The whole address in one text, as the source sent it.")
    lat: Personal[Annotated[Number, Field(ge=-90, le=90)] | None] = Field(
        None, description="Latitude in degrees, WGS 84."
    )
    lon: Personal[Annotated[Number, Field(ge=-180, le=180)] | None] = Field(
        None, description="Longitude in degrees, WGS 84."
    )


class SocialProfile(Value):
    """A profile in a social network (vCard SOCIALPROFILE, RFC 9554)."""

    network: Text = Field(description="The network in lower case, such as linkedin; vCard SERVICE-TYPE.")
    value: Personal[Text] = Field(description="Address or user name, as the source sent it.")


class Money(Value):
    """An amount of money in whole units of its currency (12.50 EUR, never 1250 cents)."""

    amount: Number = Field(description="Exact decimal with the source's scale.")
    currency: CurrencyCode | None = Field(None, description="ISO 4217; None where only a symbol is known.")
    currency_raw: Text | None = Field(None, description="The currency as the source names it, such as $.")


class Discount(Value):
    """A reduction of a price: an amount, a percentage, or both where the source gives both."""

    amount: Money | None = Field(None, description="What is taken off, as a positive amount.")
    percent: Number | None = Field(None, description="What is taken off, in percent: 10 means 10 %.")


class Reference(Value):
    """A pointer to another record of the same source."""

    contract: ContractId = Field(description="What it points to, such as organization/1.")
    id: Text = Field(description="Native id, always text.")
    name: Personal[Text | None] = Field(None, description="What the source calls the target in this place.")
    stream: Text | None = Field(None, description="Native stream of the target, where the source tells.")


class Coded(Value, Generic[T]):
    """A value of a closed vocabulary together with the source's own code."""

    value: T = Field(description="The shared word; unknown where no table knows the source's code.")
    raw: Text | None = Field(None, description="The source's code, always kept.")
    label: Text | None = Field(None, description="What the source shows to its users for that code.")


class RichText(Value):
    """Text with the format it is written in. HTML is as the source sent it: not cleaned, not safe to show."""

    text: Personal[Text] = Field(description="The text, markup included.")
    format: TextFormat = Field(description="plain, html or markdown.")


class Consent(Value):
    """Whether the person may be contacted that way. None: asked for and not known; false: refused."""

    email: bool | None = Field(None, description="May be written to by e-mail.")
    phone: bool | None = Field(None, description="May be called.")
    post: bool | None = Field(None, description="May be written to by post.")
    sms: bool | None = Field(None, description="May be sent text messages.")


class ExternalId(Value):
    """What another system calls this record."""

    scheme: Text = Field(description="Whose id it is, such as sap or legacy_crm.")
    value: Text = Field(description="The id, as text.")


class TaxId(Value):
    """A number under which a tax authority knows an organisation."""

    scheme: Text = Field(description="Kind of number, such as eu_vat or us_ein.")
    value: Text = Field(description="The number, as text.")
    country: CountryCode | None = Field(None, description="Issuing country, ISO 3166-1 alpha-2.")


class RegistrationId(Value):
    """A number under which a public register knows an organisation."""

    scheme: Text = Field(description="Kind of register, such as de_hrb, gb_crn, lei or duns.")
    value: Text = Field(description="The number, as text.")
    country: CountryCode | None = Field(None, description="Country of the register, ISO 3166-1 alpha-2.")
