"""What can be remarked about a value or a row: one table of stable codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import Field

from bartack_contracts.base import FrozenModel
from bartack_contracts.raw import RawJson
from bartack_contracts.scalars import Personal, Text

__all__ = ["ISSUE_CODES", "Issue", "IssueCode", "Severity"]

Severity = Literal["info", "warning", "error"]
"""``info``: read, with a remark; ``warning``: the field stays empty or needs a look; ``error``: the row is rejected."""


class IssueCode(NamedTuple):
    """A stable code, how grave it is unless somebody says otherwise, and what it means."""

    code: str
    severity: Severity
    meaning: str


_TABLE = (
    IssueCode("boolean.unreadable", "warning", "The text is not one of the declared spellings of yes and no."),
    IssueCode("code.unknown", "warning", "The code table of the mapping does not know the source's code."),
    IssueCode("country.unknown", "warning", "The text is not the name or code of one country."),
    IssueCode("currency.absent", "warning", "There is an amount, and nothing says in which currency."),
    IssueCode("currency.conflict", "warning", "The amount names another currency than the mapping; its own was taken."),
    IssueCode("currency.unknown", "warning", "The text is not one currency; a symbol such as $ may stand for many."),
    IssueCode("date.ambiguous_time", "info", "The clock showed this time twice; the first time was taken."),
    IssueCode("date.no_zone", "warning", "The text has no time zone, and neither mapping nor source declares one."),
    IssueCode("date.nonexistent_time", "warning", "No clock of the zone ever showed this time: it was put forward."),
    IssueCode("date.out_of_range", "warning", "The date is no day of the calendar, or outside the years 1 to 9999."),
    IssueCode("date.sentinel", "info", "The date is the source's way to say that there is none."),
    IssueCode("date.unreadable", "warning", "The text has not the declared format of a date or time."),
    IssueCode("email.invalid", "warning", "The text is not an e-mail address."),
    IssueCode("email.not_public", "info", "The address cannot be reached from outside: its domain is not public."),
    IssueCode("key.absent", "error", "The row has no identity: its key is absent, null or blank."),
    IssueCode("language.unknown", "warning", "The text is not a language of BCP 47."),
    IssueCode("name.unsplit", "info", "Which part of the name is the family name cannot be told; it was kept whole."),
    IssueCode("number.unreadable", "warning", "The text is not a number in the declared spelling."),
    IssueCode("phone.invalid", "warning", "The digits are no number that is in use in its country."),
    IssueCode("phone.no_region", "warning", "The number has no country code, and nothing says which country it is in."),
    IssueCode("phone.unreadable", "warning", "The text is not a telephone number."),
    IssueCode("region.unknown", "warning", "The text is not a region of its country in ISO 3166-2."),
    IssueCode("required.absent", "error", "A field the contract requires is not in the row."),
    IssueCode("required.blank", "error", "A field the contract requires is null or blank."),
    IssueCode("required.unreadable", "error", "A field the contract requires has a value that cannot be read."),
    IssueCode(
        "row.conflict", "warning", "The same ref came again in one read, with another payload; the last one counts."
    ),
    IssueCode("row.corrected", "info", "A person corrected what the source sent."),
    IssueCode("row.not_object", "error", "The source's list holds something that is no object."),
    IssueCode(
        "row.outdated", "warning", "What the source sends now for this row was rejected; this is its last good version."
    ),
    IssueCode(
        "row.uncorrected", "warning", "A person's correction of this payload does not fit mapping or contract any more."
    ),
    IssueCode("secret.replaced", "info", "A known secret of the source stood in the row; *** stands in its place."),
    IssueCode("surprise.changed_type", "warning", "The value is of another type than its path ever had."),
    IssueCode("surprise.missing_field", "warning", "Rows always had this path, and now none has; told once a read."),
    IssueCode("surprise.new_field", "warning", "No row had this path before; told once a read."),
    IssueCode("tax_id.invalid", "warning", "The number has not the form or check digits of its scheme."),
    IssueCode("text.cleaned", "info", "Characters no reader sees (control, bidirectional, zero width) were taken out."),
    IssueCode("text.mojibake", "warning", "The text looks decoded wrongly before it came here; it was kept as sent."),
    IssueCode("text.placeholder", "info", "The text stands for nothing, such as a dash in place of a name."),
    IssueCode("total.mismatch", "warning", "The total differs from net plus tax by more than one minor unit."),
    IssueCode("type.invalid", "error", "The value has not the type the contract declares."),
    IssueCode("url.invalid", "warning", "The text is not a URL."),
    IssueCode("value.unreadable", "warning", "The value cannot be read as what the rule says it is."),
    IssueCode("zone.unknown", "warning", "The text is not a time zone of the IANA database."),
)

ISSUE_CODES: Mapping[str, IssueCode] = MappingProxyType({entry.code: entry for entry in _TABLE})
"""All codes Bartack itself gives, by code. A plugin may give codes of its own, with the same form."""


def _usual_severity(data: dict[str, Any]) -> Severity:
    known = ISSUE_CODES.get(data["code"])
    return known.severity if known else "warning"


class Issue(FrozenModel):
    """A remark about one value, or about a whole row."""

    path: Text | None = Field(None, description="Where in the native row, None for the row itself.")
    field: Text | None = Field(None, description="Where in the contract, such as phones[0].")
    code: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", description="Stable code; see ISSUE_CODES.")
    raw: Personal[RawJson] = Field(None, description="The value as the source sent it.")
    message: Text = Field(description="For people: what is wrong.")
    rule: Text | None = Field(None, description="The mapping rule that was at work, as its author can find it.")
    severity: Severity = Field(
        default_factory=_usual_severity, description="How grave it is; where left out, as ISSUE_CODES says."
    )
