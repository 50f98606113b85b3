"""HubSpot CRM, API v3 (https://developers.hubspot.com/docs/reference/api/crm/objects)."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from bartack.sdk import (
    Bearer,
    Connector,
    CursorPaging,
    ErrorBody,
    Evidence,
    HttpSettings,
    HttpStream,
    Quota,
    RemainingHeader,
    Secret,
    Since,
    Size,
    Stream,
)
from bartack_connectors.hubspot.objects import LEGACY_KEYS, ObjectPaging, ObjectStream
from bartack_connectors.hubspot.properties import ASSOCIATIONS, PROPERTIES

__all__ = ["HubSpot", "HubSpotSettings"]

_UNFINISHED = ErrorBody("status", equals=("PENDING", "PROCESSING", "CANCELED"), code="status")
"""A batch that has not been worked off; its list of results is short or empty."""

_EVIDENCE: dict[str, Evidence] = {"contacts": "recorded", "companies": "recorded"}


class HubSpotSettings(HttpSettings):
    """A private app's token, and what is read beside the usual properties and objects."""

    base_url: str = Field("https://api.hubapi.com", description="address of the API")
    token: Secret = Field(description="access token of a private app (scopes crm.objects.*.read)")
    properties: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="stream -> further properties to read; kept under custom"
    )
    include_deleted: bool = Field(
        default=False, description="also read the recycle bin (archived objects); they are tombstones"
    )

    @model_validator(mode="after")
    def _streams_exist(self) -> Self:
        unknown = sorted(set(self.properties) - set(PROPERTIES))
        if unknown:
            msg = f"properties: no stream {unknown[0]!r} has properties (streams: {', '.join(PROPERTIES)})"
            raise ValueError(msg)
        return self


_LIMITS = (  # https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    RemainingHeader(
        "X-HubSpot-RateLimit-Remaining",
        limit="X-HubSpot-RateLimit-Max",
        per="X-HubSpot-RateLimit-Interval-Milliseconds",
    ),
    RemainingHeader("X-HubSpot-RateLimit-Daily-Remaining", limit="X-HubSpot-RateLimit-Daily", per=86_400),
)


class HubSpot(Connector):
    """HubSpot CRM, API v3 (https://developers.hubspot.com/docs/reference/api/crm/objects)."""

    name, settings, auth = "hubspot", HubSpotSettings, Bearer("token")
    quota = Quota(100, per=10, headers=_LIMITS)

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the object types with the configured properties, the owners, and the one list of activities."""
        return (*(self._objects(name) for name in PROPERTIES), _OWNERS, _ENGAGEMENTS)

    def _objects(self, name: str) -> ObjectStream:
        changed = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
        more: tuple[str, ...] = getattr(self.options, "properties", {}).get(name, ())
        properties = list(dict.fromkeys([*PROPERTIES[name].split(), *more]))
        associations = ASSOCIATIONS.get(name)
        return ObjectStream(
            name,
            path=f"/crm/v3/objects/{name}",
            rows=("results", name, "objects"),
            key={"first": ["id", LEGACY_KEYS.get(name, "objectId")]},
            mapping=f"{name}.yaml",
            params={"properties": ",".join(properties)} | ({"associations": associations} if associations else {}),
            paging=ObjectPaging(),
            page_size=Size("limit", 100, most=100),
            total="total",
            changed=f"properties.{changed}",
            since=Since(
                "filterGroups",
                format="epoch_ms",
                template=[{"filters": [{"propertyName": changed, "operator": "GTE", "value": "{since}"}]}],
                lookback=timedelta(minutes=1),  # a change takes a moment to be found
                path=f"/crm/v3/objects/{name}/search",
                method="POST",
                json={
                    "properties": properties,
                    "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                },
            ),
            one=f"/crm/v3/objects/{name}/{{id}}",
            statuses={201: "rows", 207: "rows"},  # created; a batch of which a part failed
            errors=(_UNFINISHED,),
            evidence=_EVIDENCE.get(name, "documented"),
            archived=getattr(self.options, "include_deleted", False),
        )


_OWNERS = ObjectStream(
    "owners",
    path="/crm/v3/owners",
    rows="results",
    key={"first": ["id", "ownerId"]},
    mapping="owners.yaml",
    paging=ObjectPaging(),
    page_size=Size("limit", 100, most=500),
    one="/crm/v3/owners/{id}",
    archived=True,  # deactivated users still own records
)

_ENGAGEMENTS = HttpStream(
    "engagements",
    path="/engagements/v1/engagements/paged",
    rows="results",
    key="engagement.id",
    mapping="engagements.yaml",
    paging=CursorPaging(next="offset", param="offset"),
    page_size=Size("limit", 100, most=250),
    has_more="hasMore",
    changed="engagement.lastUpdated",
    one="/engagements/v1/engagements/{id}",
    evidence="recorded",
    title="calls, e-mails, meetings, notes and tasks in one list (API v1)",
)
