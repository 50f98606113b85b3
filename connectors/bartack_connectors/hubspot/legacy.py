"""Answers of HubSpot's retired v1 and v2 APIs, brought into the form of v3, so that one mapping reads both.

v1/v2 wrap each property (``{"firstname": {"value": "Zoë", "versions": […]}}``), call the id ``vid``, ``companyId`` or
``dealId``, and count time in milliseconds (https://legacydocs.hubspot.com/docs/methods/contacts/get_contact).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["IDS", "modern"]

IDS = ("id", "vid", "companyId", "dealId", "ownerId")
"""Names of the id, newest first."""

_ASSOCIATIONS = {
    "contacts": ("associatedVids", "contactIds"),
    "companies": ("associatedCompanyIds", "companyIds"),
    "deals": ("associatedDealIds", "dealIds"),
    "tickets": ("ticketIds",),
}


def modern(row: Any) -> Any:
    """Return a v1 or v2 row in the form of v3; every other row as it is."""
    if not isinstance(row, dict):
        return row
    if isinstance(row.get("engagement"), dict):
        return _engagement(row)
    wrapped = isinstance(row.get("properties"), dict) and any(
        isinstance(one, dict) for one in row["properties"].values()
    )
    if "id" in row or not (wrapped or any(name in row for name in IDS)):
        return row
    rest = {key: value for key, value in row.items() if key not in (*IDS, "properties", "isDeleted", "associations")}
    made: dict[str, Any] = {"id": next((row[name] for name in IDS if row.get(name) is not None), None), **rest}
    if "properties" in row:
        made["properties"] = {
            name: one.get("value") if isinstance(one, dict) else one for name, one in (row["properties"] or {}).items()
        }
    if "isDeleted" in row:
        made["archived"] = row["isDeleted"]
    return made | _associations(row)


def _engagement(row: Mapping[str, Any]) -> dict[str, Any]:
    """Bring ``{"engagement": …, "metadata": …}`` (calls, notes, e-mails, meetings, tasks in one list) into the form of v3."""
    about, metadata = row["engagement"], row.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kind = str(about.get("type", "")).lower()
    sender = metadata.get("from")
    names = {
        "body": f"hs_{kind}_body",
        "title": f"hs_{kind}_title",
        "subject": f"hs_{kind}_subject",
        "status": f"hs_{kind}_status",
        "html": "hs_email_html",
        "text": "hs_email_text",
        "durationMilliseconds": "hs_call_duration",
        "startTime": "hs_meeting_start_time",
        "endTime": "hs_meeting_end_time",
    }
    properties = {names.get(key, key): value for key, value in metadata.items() if key != "from"}
    if isinstance(sender, dict):
        properties["hs_email_from_email"] = sender.get("email")
    properties["hs_timestamp"] = about.get("timestamp", about.get("createdAt"))
    properties["hubspot_owner_id"] = about.get("ownerId")
    made = {
        "id": about.get("id"),
        "type": about.get("type"),
        "properties": properties,
        "createdAt": about.get("createdAt"),
        "updatedAt": about.get("lastUpdated"),
    }
    return made | _associations(row)


def _associations(row: Mapping[str, Any]) -> dict[str, Any]:
    given = row.get("associations")
    if not isinstance(given, dict):
        return {}
    found = {}
    for name, keys in _ASSOCIATIONS.items():
        ids = next((given[key] for key in keys if isinstance(given.get(key), list)), None)
        if ids is not None:
            found[name] = {"results": [{"id": one} for one in ids]}
    return {"associations": found}
