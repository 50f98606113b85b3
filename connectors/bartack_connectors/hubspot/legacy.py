"""Answers of HubSpot's retired v1 and v2 APIs, brought into the form of v3, so that one mapping reads both.

v1/v2 wrap each property (``{"firstname": {"value": "Zoë", "versions": […]}}``), call the id ``vid``, ``companyId``,
``dealId`` or ``objectId``, and count time in milliseconds
(https://legacydocs.hubspot.com/docs/methods/contacts/get_contact). Nothing of a row is left out: what v3 has no place
for stays where it was.
"""

from __future__ import annotations

from typing import Any

__all__ = ["modern"]

_IDS = ("vid", "companyId", "dealId", "objectId")
_ASSOCIATIONS = {
    "associatedVids": "contacts",
    "associatedCompanyIds": "companies",
    "associatedDealIds": "deals",
    "associatedTicketIds": "tickets",
}


def modern(row: Any) -> Any:
    """Return a v1 or v2 row in the form of v3; every other row as it is."""
    if not isinstance(row, dict) or "id" in row:
        return row
    identity = next((name for name in _IDS if row.get(name) is not None), "")
    if not identity:
        return row
    renamed: dict[str, str] = {identity: "id", "isDeleted": "archived", "deleted": "archived"}
    made: dict[str, Any] = {str(renamed.get(name, name)): value for name, value in row.items()}
    made |= _unwrapped(made.get("properties"))
    if isinstance(made.get("associations"), dict):
        made["associations"] = dict(_linked(name, ids) for name, ids in made["associations"].items())
    return made


def _unwrapped(properties: Any) -> dict[str, Any]:
    """Return the values of properties, and beside them what else a wrapper says: source, time and earlier values."""
    if isinstance(properties, list):  # the contacts of a company: [{"name": …, "value": …}]
        named = [one for one in properties if isinstance(one, dict) and "name" in one]
        if len(named) != len(properties):
            return {}
        properties = {str(one["name"]): {key: inner for key, inner in one.items() if key != "name"} for one in named}
    if not isinstance(properties, dict):
        return {}
    values, rest = {}, {}
    for name, wrapper in properties.items():
        if isinstance(wrapper, dict):
            values[name] = wrapper.get("value")
            rest[name] = {key: inner for key, inner in wrapper.items() if key != "value"}
        else:
            values[name] = wrapper
    history = {name: inner for name, inner in rest.items() if inner}
    return {"properties": values} | ({"propertiesWithHistory": history} if history else {})


def _linked(name: str, ids: Any) -> tuple[str, Any]:
    if name not in _ASSOCIATIONS or not isinstance(ids, list):
        return name, ids
    return _ASSOCIATIONS[name], {"results": [{"id": one} for one in ids]}
