"""Registers Bartack's own connectors; imports none of them."""

from __future__ import annotations

from collections.abc import Callable

from bartack.sdk import ConnectorCard, hookimpl

__all__ = ["CARDS", "bartack_register_connectors"]

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
