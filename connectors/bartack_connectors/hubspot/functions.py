"""What only HubSpot's mappings need: links that are named twice, and days that are written as moments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bartack.sdk import NotReadableError

__all__ = ["hubspot_affiliations", "hubspot_day", "hubspot_deal_persons"]

_UNLABELLED = re.compile(r"_to_|_unlabeled$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hubspot_affiliations(results: Any, primary: Any, name: Any) -> Any:
    """Return each associated company once; HubSpot lists the primary one a second time, without its label.

    ``primary`` is the id and ``name`` the name that the contact itself says; they stand in where nothing is listed.

    >>> twice = [{"id": "7", "type": "contact_to_company"}, {"id": "7", "type": "contact_to_company_unlabeled"}]
    >>> hubspot_affiliations(twice, None, None)
    ({'ref': {'contract': 'organization/1', 'id': '7'}, 'primary': True},)
    >>> hubspot_affiliations(None, None, "Müller GmbH")
    ({'name': 'Müller GmbH'},)
    """
    listed: list[dict[str, Any]] = [
        {"ref": {"contract": "organization/1", "id": one}}
        | ({"primary": True} if "contact_to_company" in types else {})
        for one, types in _once(results)
    ]
    if not listed and primary:
        listed = [{"ref": {"contract": "organization/1", "id": str(primary)}, "primary": True}]
    named = {"name": name.strip()} if isinstance(name, str) and name.strip() else {}
    main = next((one for one in listed if "primary" in one), None)
    if main is not None:
        main |= named
    return tuple(listed) if main is not None or not named else (*listed, named)


def hubspot_deal_persons(results: Any) -> Any:
    """Return each associated contact once, with its association labels as the role.

    >>> hubspot_deal_persons([{"id": "9", "type": "deal_to_contact"}, {"id": "9", "type": "decision_maker"}])
    ({'ref': {'contract': 'person/1', 'id': '9'}, 'role': 'decision_maker'},)
    """
    return tuple(
        {"ref": {"contract": "person/1", "id": one}} | ({"role": ", ".join(roles)} if (roles := _labels(types)) else {})
        for one, types in _once(results)
    )


def hubspot_day(raw: Any, *, zone: str | None = None) -> date:
    """Return the day of a moment on the clocks of ``zone``, of UTC where none is declared.

    >>> hubspot_day("2026-11-30T23:30:00Z"), hubspot_day("1796081400000", zone="Europe/Berlin")
    (datetime.date(2026, 11, 30), datetime.date(2026, 12, 1))
    """
    text = str(raw).strip()
    try:
        if re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
            moment = _EPOCH + timedelta(milliseconds=int(text))
        elif len(text) == 10:
            return date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise NotReadableError("date.no_zone", "no time zone is written")
        return moment.astimezone(ZoneInfo(zone) if zone else UTC).date()
    except NotReadableError:
        raise
    except (ValueError, OverflowError):
        raise NotReadableError("date.unreadable", f"{text[:60]!r} is neither RFC 3339 nor milliseconds") from None


def _once(results: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield each id with the types under which it is listed, in order."""
    found: dict[str, list[str]] = {}
    for one in results if isinstance(results, list) else ():
        if isinstance(one, dict) and one.get("id") is not None:
            found.setdefault(str(one["id"]), []).append(str(one.get("type", "")))
    yield from found.items()


def _labels(types: list[str]) -> list[str]:
    return [one for one in types if one and not _UNLABELLED.search(one)]
