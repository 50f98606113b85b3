"""Registers Bartack's own connectors; imports none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bartack.sdk import ConnectorCard, hookimpl

__all__ = ["CARDS", "bartack_register_connectors", "bartack_register_normalizers"]

CARDS = (
    ConnectorCard("http", "bartack_connectors.http.connector:Http", "any JSON API over HTTP, declared in bartack.toml"),
    ConnectorCard("hubspot", "bartack_connectors.hubspot.connector:HubSpot", "HubSpot CRM, API v3"),
    ConnectorCard("salesforce", "bartack_connectors.salesforce.connector:Salesforce", "Salesforce, REST query"),
    ConnectorCard(
        "soap", "bartack_connectors.soap.connector:Soap", "any SOAP service with a WSDL, declared in bartack.toml"
    ),
    ConnectorCard(
        "sql", "bartack_connectors.sql.connector:Sql", "any database SQLAlchemy reaches, declared in bartack.toml"
    ),
    ConnectorCard("tryton", "bartack_connectors.tryton.connector:Tryton", "Tryton ERP, JSON-RPC"),
)


@hookimpl
def bartack_register_connectors(register: Callable[[ConnectorCard], None]) -> None:
    """Register the cards."""
    for card in CARDS:
        register(card)


@hookimpl
def bartack_register_normalizers(register: Callable[[str, Callable[..., Any] | str], None]) -> None:
    """Register functions that only one system's mappings need; by name, so that none is imported here."""
    for function in ("hubspot_affiliations", "hubspot_day", "hubspot_deal_persons"):
        register(function, f"bartack_connectors.hubspot.functions:{function}")
    for function in ("salesforce_owner", "salesforce_reference"):
        register(function, f"bartack_connectors.salesforce.references:{function}")
