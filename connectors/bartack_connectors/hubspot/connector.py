"""HubSpot CRM, API v3 (https://developers.hubspot.com/docs/reference/api/crm/objects)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bartack.sdk import (
    Bearer,
    Body,
    Connector,
    CursorPaging,
    Evidence,
    HttpSession,
    HttpSettings,
    HttpStream,
    Page,
    Query,
    Quota,
    Secret,
    Since,
    Size,
    Stream,
)
from bartack_connectors.hubspot.legacy import IDS, modern

__all__ = ["HubSpot", "HubSpotSettings", "HubSpotStream"]

_LEGACY_ROWS = ("contacts", "companies", "deals", "objects")
_STATUSES: Mapping[int, Literal["rows", "empty"]] = {201: "rows", 207: "rows"}
"""201 answers a batch or single create, 207 a batch of which a part failed; both hold rows."""

_PROPERTIES = {
    "contacts": "firstname lastname salutation email hs_additional_emails phone mobilephone fax address city state zip country"
    " hs_country_region_code website jobtitle department company associatedcompanyid lifecyclestage hs_lead_status"
    " hubspot_owner_id hs_language hs_timezone hs_email_optout date_of_birth createdate lastmodifieddate",
    "companies": "name domain hs_additional_domains website phone address address2 city state zip country hs_country_code"
    " industry numberofemployees annualrevenue hs_annual_revenue_currency_code hs_parent_company_id lifecyclestage type"
    " description hubspot_owner_id createdate hs_lastmodifieddate",
    "deals": "dealname dealstage pipeline dealtype amount deal_currency_code hs_forecast_amount hs_deal_stage_probability"
    " closedate hs_is_closed hs_is_closed_won closed_lost_reason description hubspot_owner_id createdate hs_lastmodifieddate",
    "tickets": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category source_type"
    " first_agent_reply_date closed_date hubspot_owner_id createdate hs_lastmodifieddate",
    "products": "name hs_sku description hs_product_type price hs_cost_of_goods_sold hs_status createdate hs_lastmodifieddate",
    "calls": "hs_call_title hs_call_body hs_call_status hs_call_direction hs_call_duration hs_timestamp hubspot_owner_id"
    " hs_createdate hs_lastmodifieddate",
    "emails": "hs_email_subject hs_email_html hs_email_text hs_email_status hs_email_direction hs_email_from_email"
    " hs_email_to_email hs_timestamp hubspot_owner_id hs_createdate hs_lastmodifieddate",
    "meetings": "hs_meeting_title hs_meeting_body hs_meeting_outcome hs_meeting_start_time hs_meeting_end_time"
    " hs_meeting_location hs_timestamp hubspot_owner_id hs_createdate hs_lastmodifieddate",
    "notes": "hs_note_body hs_timestamp hubspot_owner_id hs_createdate hs_lastmodifieddate",
    "tasks": "hs_task_subject hs_task_body hs_task_status hs_task_priority hs_task_completion_date hs_timestamp"
    " hubspot_owner_id hs_createdate hs_lastmodifieddate",
}
_ABOUT = "contacts,companies,deals,tickets"


class HubSpotSettings(HttpSettings):
    """A private app's token, and properties to read beside the usual ones."""

    base_url: str = Field("https://api.hubapi.com", description="address of the API")
    token: Secret = Field(description="access token of a private app (scopes crm.objects.*.read)")
    properties: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="stream -> further properties to read; kept under custom"
    )
    archived: bool = Field(
        default=False, description="read deleted (archived) objects instead of the living; they are tombstones"
    )


@dataclass(frozen=True, slots=True)
class HubSpotStream(HttpStream):
    """An object type. Answers of the retired APIs are understood too, for they are what people have saved."""

    def pages(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Yield pages of the object type; see :meth:`HttpStream.pages`."""
        for page in HttpStream.pages(self, session, query):
            yield _modernized(page)

    def decode(self, body: Body) -> Page:
        """Read one answer of API v3, v2 or v1."""
        return _modernized(HttpStream.decode(self, body))


def _modernized(page: Page) -> Page:
    rows = [modern(row) for row in page.rows]
    if all(new is old for new, old in zip(rows, page.rows, strict=True)):
        return page
    raws = [json.dumps(row, ensure_ascii=False, default=str) for row in page.rows]
    return replace(page, rows=rows, raws=raws)


class HubSpot(Connector):
    """HubSpot CRM, API v3 (https://developers.hubspot.com/docs/reference/api/crm/objects)."""

    name, settings, auth, quota = "hubspot", HubSpotSettings, Bearer("token"), Quota(100, per=10)

    def streams_of(self) -> tuple[Stream, ...]:
        """Return the object types, with the configured properties."""
        changed = "hs_lastmodifieddate"
        return (
            self._objects("contacts", "lastmodifieddate", "companies", "recorded"),
            self._objects("companies", changed, None, "recorded"),
            self._objects("deals", changed, "companies,contacts", "documented"),
            self._objects("tickets", changed, "companies,contacts", "documented"),
            self._objects("products", changed, None, "documented"),
            self._objects("calls", changed, _ABOUT, "documented"),
            self._objects("emails", changed, _ABOUT, "documented"),
            self._objects("meetings", changed, _ABOUT, "documented"),
            self._objects("notes", changed, _ABOUT, "documented"),
            self._objects("tasks", changed, _ABOUT, "documented"),
            self._owners(),
            self._engagements(),
        )

    def _objects(self, name: str, changed: str, associations: str | None, evidence: Evidence) -> HubSpotStream:
        more: tuple[str, ...] = getattr(self.options, "properties", {}).get(name, ())
        properties = list(dict.fromkeys([*_PROPERTIES[name].split(), *more]))
        params = {"properties": ",".join(properties), "archived": str(getattr(self.options, "archived", False)).lower()}
        if associations is not None:
            params["associations"] = associations
        search = {
            "properties": properties,
            "limit": 100,
            "sorts": [{"propertyName": changed, "direction": "ASCENDING"}],
        }
        return HubSpotStream(
            name,
            path=f"/crm/v3/objects/{name}",
            rows=("results", *_LEGACY_ROWS),
            key={"first": list(IDS) if name != "owners" else ["id"]},
            mapping=f"{name}.yaml",
            params=params,
            paging=CursorPaging(next="paging.next.after", param="after"),
            page_size=Size("limit", 100, most=100),
            total="total",
            changed=f"properties.{changed}",
            # The search API sees changes seconds late, and ends at 10,000 hits: what is beyond is a typed error.
            since=Since(
                "filterGroups",
                format="epoch_ms",
                template=[{"filters": [{"propertyName": changed, "operator": "GTE", "value": "{since}"}]}],
                lookback=timedelta(minutes=1),
                path=f"/crm/v3/objects/{name}/search",
                method="POST",
                json=search,
            ),
            one=f"/crm/v3/objects/{name}/{{id}}",
            statuses=_STATUSES,
            evidence=evidence,
        )

    def _owners(self) -> HubSpotStream:
        return HubSpotStream(
            "owners",
            path="/crm/v3/owners",
            rows="results",
            key={"first": ["id", "ownerId"]},
            mapping="owners.yaml",
            paging=CursorPaging(next="paging.next.after", param="after"),
            page_size=Size("limit", 100, most=500),
            one="/crm/v3/owners/{id}",
            evidence="documented",
        )

    def _engagements(self) -> HubSpotStream:
        return HubSpotStream(
            "engagements",
            path="/engagements/v1/engagements/paged",
            rows="results",
            key={"first": ["id", "engagement.id"]},
            mapping="engagements.yaml",
            paging=CursorPaging(next="offset", param="offset"),
            page_size=Size("limit", 100, most=250),
            has_more="hasMore",
            one="/engagements/v1/engagements/{id}",
            evidence="recorded",
            title="calls, e-mails, meetings, notes and tasks in one list (API v1)",
        )
