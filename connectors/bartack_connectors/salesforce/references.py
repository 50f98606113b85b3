"""Polymorphic lookups: which contract an id of Salesforce belongs to."""

from __future__ import annotations

from typing import Any

from bartack.sdk import Note, Noted

__all__ = ["salesforce_owner", "salesforce_reference"]

_PREFIXES = {
    "001": "organization/1",
    "003": "person/1",
    "00Q": "person/1",
    "006": "deal/1",
    "500": "ticket/1",
    "01t": "product/1",
    "005": "user/1",
}
"""Key prefixes of standard objects (https://help.salesforce.com/s/articleView?id=000385203)."""


def salesforce_reference(raw: Any) -> Any:
    """Return ``{"contract", "id"}`` of a polymorphic id; one of an object without a contract gives nothing, with a note.

    >>> salesforce_reference("0015000000VALDt")
    {'contract': 'organization/1', 'id': '0015000000VALDt'}
    >>> salesforce_reference("a0B5000000VALDt").notes[0].code
    'code.unknown'
    """
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        return None
    contract = _PREFIXES.get(text[:3])
    if contract is None:
        return Noted(None, (Note("code.unknown", f"no contract for records whose id begins with {text[:3]!r}"),))
    return {"contract": contract, "id": text}


def salesforce_owner(raw: Any, name: Any) -> Any:
    """Return the user who owns a record; a queue (cases and leads may lie in one) gives nothing, with a note.

    >>> salesforce_owner("0055000000VALDt", "Zoë Müller")
    {'contract': 'user/1', 'id': '0055000000VALDt', 'name': 'Zoë Müller'}
    >>> salesforce_owner("00G5000000VALDt", None).notes[0].message
    'the owner is no user but a queue'
    """
    found = salesforce_reference(raw)
    if isinstance(found, dict) and found["contract"] == "user/1":
        return found | ({"name": name} if isinstance(name, str) and name.strip() else {})
    if found is None:
        return None
    queue = str(raw).strip().startswith("00G")
    return Noted(None, (Note("code.unknown", f"the owner is no user{' but a queue' if queue else ''}"),))
