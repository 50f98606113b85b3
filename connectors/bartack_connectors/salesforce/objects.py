"""Which fields of which object are read, where the org has them and the user may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bartack.sdk import Evidence

__all__ = ["OBJECTS", "Declared"]


@dataclass(frozen=True, slots=True)
class Declared:
    """An object: its mapping, what that rests on, its fields, and its nested lists (relationship, fields)."""

    mapping: str
    evidence: Evidence
    fields: str
    nested: tuple[tuple[str, str], ...] = ()


def _address(prefix: str) -> str:
    parts = "Street City State StateCode PostalCode Country CountryCode Latitude Longitude"
    return " ".join(prefix + part for part in parts.split())


_PERSON = " Name Salutation FirstName MiddleName LastName Suffix Email Phone MobilePhone Fax Title HasOptedOutOfEmail DoNotCall"
_ACTIVITY = " Subject Description ActivityDate WhoId WhatId"

OBJECTS: Mapping[str, Declared] = MappingProxyType(
    {
        "Account": Declared(
            "accounts.yaml",
            "recorded",
            f"Name Type Industry NumberOfEmployees AnnualRevenue CurrencyIsoCode Phone Fax Website ParentId DunsNumber"
            f" AccountNumber Description IsPersonAccount {_address('Billing')} {_address('Shipping')}",
        ),
        "Contact": Declared(
            "contacts.yaml",
            "recorded",
            f"{_PERSON} HomePhone OtherPhone Department AccountId Birthdate LeadSource Description"
            f" {_address('Mailing')} {_address('Other')}",
        ),
        "Lead": Declared(
            "leads.yaml",
            "documented",
            f"{_PERSON} Company Status Website Industry LeadSource IsConverted Description {_address('')}",
        ),
        "Opportunity": Declared(
            "opportunities.yaml",
            "documented",
            "Name StageName Amount CurrencyIsoCode ExpectedRevenue Probability CloseDate IsClosed IsWon AccountId LeadSource"
            " Type ForecastCategoryName Description",
            (
                ("OpportunityContactRoles", "ContactId, Role, IsPrimary"),
                ("OpportunityLineItems", "Product2Id, Name, Description, Quantity, UnitPrice, Discount, TotalPrice"),
            ),
        ),
        "Case": Declared(
            "cases.yaml",
            "documented",
            "CaseNumber Subject Description Status IsClosed Priority Type Origin ContactId AccountId ClosedDate SuppliedEmail",
        ),
        "Product2": Declared(
            "products.yaml",
            "documented",
            "Name ProductCode StockKeepingUnit Description Family IsActive QuantityUnitOfMeasure",
        ),
        "Task": Declared(
            "tasks.yaml",
            "documented",
            f"{_ACTIVITY} Status IsClosed Priority Type TaskSubtype CompletedDateTime CallDurationInSeconds CallType",
        ),
        "Event": Declared(
            "events.yaml",
            "documented",
            f"{_ACTIVITY} Location IsAllDayEvent ActivityDateTime StartDateTime EndDateTime DurationInMinutes",
        ),
        "User": Declared("users.yaml", "recorded", "Name FirstName LastName Email IsActive Username"),
    }
)
"""Object -> what is read of it."""
