"""Which properties and associations are asked for: HubSpot sends only a few unasked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ASSOCIATIONS", "PROPERTIES"]

_ACTIVITY = " hs_timestamp hubspot_owner_id hs_createdate hs_lastmodifieddate"

PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "contacts": "firstname lastname salutation email hs_additional_emails phone mobilephone fax address city state zip"
        " country hs_country_region_code website jobtitle department company associatedcompanyid lifecyclestage"
        " hs_lead_status hubspot_owner_id hs_language hs_timezone hs_email_optout date_of_birth createdate"
        " lastmodifieddate",
        "companies": "name domain hs_additional_domains website phone address address2 city state zip country"
        " hs_country_code industry numberofemployees annualrevenue hs_annual_revenue_currency_code hs_parent_company_id"
        " lifecyclestage type description hubspot_owner_id createdate hs_lastmodifieddate",
        "deals": "dealname dealstage pipeline dealtype amount deal_currency_code hs_forecast_amount"
        " hs_deal_stage_probability closedate hs_is_closed hs_is_closed_won closed_lost_reason description"
        " hs_primary_associated_company hubspot_owner_id createdate hs_lastmodifieddate",
        "tickets": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category source_type"
        " first_agent_reply_date closed_date hubspot_owner_id createdate hs_lastmodifieddate",
        "products": "name hs_sku description hs_product_type price hs_cost_of_goods_sold hs_status createdate"
        " hs_lastmodifieddate",
        "calls": "hs_call_title hs_call_body hs_call_status hs_call_direction hs_call_duration hs_call_from_number"
        " hs_call_to_number" + _ACTIVITY,
        "emails": "hs_email_subject hs_email_html hs_email_text hs_email_status hs_email_direction hs_email_from_email"
        " hs_email_to_email hs_email_cc_email hs_email_bcc_email" + _ACTIVITY,
        "meetings": "hs_meeting_title hs_meeting_body hs_meeting_outcome hs_meeting_start_time hs_meeting_end_time"
        " hs_meeting_location" + _ACTIVITY,
        "notes": "hs_note_body" + _ACTIVITY,
        "tasks": "hs_task_subject hs_task_body hs_task_status hs_task_priority hs_task_type hs_task_completion_date"
        + _ACTIVITY,
    }
)
"""Object type -> names of properties (https://developers.hubspot.com/docs/reference/api/crm/properties)."""

_ABOUT = "contacts,companies,deals,tickets"

ASSOCIATIONS: Mapping[str, str] = MappingProxyType(
    {"contacts": "companies", "deals": "companies,contacts", "tickets": "companies,contacts"}
    | dict.fromkeys(("calls", "emails", "meetings", "notes", "tasks"), _ABOUT)
)
"""Object type -> what a list says about links. Search answers never have them."""
