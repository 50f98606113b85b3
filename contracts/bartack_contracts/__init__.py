"""The vocabulary: shared, typed contracts for what business systems keep. Imports pydantic and nothing else."""

from bartack_contracts.activity import Activity, Participant
from bartack_contracts.base import Value
from bartack_contracts.catalog import CONTRACTS, Catalog, UnknownContractError, schema
from bartack_contracts.contract import Contract
from bartack_contracts.custom import CustomField, CustomType
from bartack_contracts.deal import Deal, DealPerson, DealStage, LineItem
from bartack_contracts.describe import FieldDescription, describe
from bartack_contracts.freshness import Freshness
from bartack_contracts.invoice import Invoice, InvoiceLine, Tax
from bartack_contracts.issues import ISSUE_CODES, Issue, IssueCode, Severity
from bartack_contracts.linking import KeyForm, LinkKey
from bartack_contracts.organization import Organization
from bartack_contracts.person import Affiliation, Person
from bartack_contracts.product import Product
from bartack_contracts.raw import RawJson, raw_to_json
from bartack_contracts.record import Provenance, Record, Ref, Reject
from bartack_contracts.report import Completeness, Report, StreamReport, Verdict
from bartack_contracts.rows import from_row, to_row
from bartack_contracts.scalars import (
    ContractId,
    Count,
    CountryCode,
    CurrencyCode,
    Day,
    Many,
    Moment,
    Number,
    Personal,
    Text,
    UtcDateTime,
)
from bartack_contracts.shape import shape, shape_digest
from bartack_contracts.ticket import Ticket
from bartack_contracts.user import User
from bartack_contracts.values import (
    Coded,
    Consent,
    Discount,
    EmailAddress,
    ExternalId,
    Money,
    PersonName,
    PhoneNumber,
    PostalAddress,
    Reference,
    RegistrationId,
    RichText,
    SocialProfile,
    TaxId,
)
from bartack_contracts.vocabularies import (
    ActivityKind,
    ActivityStatus,
    Channel,
    DealSource,
    DealStatus,
    Direction,
    Industry,
    InvoiceKind,
    InvoiceStatus,
    Lifecycle,
    OrganizationKind,
    PersonKind,
    Priority,
    ProductKind,
    TextFormat,
    TicketStatus,
)

__all__ = [
    "CONTRACTS",
    "ISSUE_CODES",
    "Activity",
    "ActivityKind",
    "ActivityStatus",
    "Affiliation",
    "Catalog",
    "Channel",
    "Coded",
    "Completeness",
    "Consent",
    "Contract",
    "ContractId",
    "Count",
    "CountryCode",
    "CurrencyCode",
    "CustomField",
    "CustomType",
    "Day",
    "Deal",
    "DealPerson",
    "DealSource",
    "DealStage",
    "DealStatus",
    "Direction",
    "Discount",
    "EmailAddress",
    "ExternalId",
    "FieldDescription",
    "Freshness",
    "Industry",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceStatus",
    "Issue",
    "IssueCode",
    "KeyForm",
    "Lifecycle",
    "LineItem",
    "LinkKey",
    "Many",
    "Moment",
    "Money",
    "Number",
    "Organization",
    "OrganizationKind",
    "Participant",
    "Person",
    "PersonKind",
    "PersonName",
    "Personal",
    "PhoneNumber",
    "PostalAddress",
    "Priority",
    "Product",
    "ProductKind",
    "Provenance",
    "RawJson",
    "Record",
    "Ref",
    "Reference",
    "RegistrationId",
    "Reject",
    "Report",
    "RichText",
    "Severity",
    "SocialProfile",
    "StreamReport",
    "Tax",
    "TaxId",
    "Text",
    "TextFormat",
    "Ticket",
    "TicketStatus",
    "UnknownContractError",
    "User",
    "UtcDateTime",
    "Value",
    "Verdict",
    "describe",
    "from_row",
    "raw_to_json",
    "schema",
    "shape",
    "shape_digest",
    "to_row",
]
