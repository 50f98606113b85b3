"""The contract ``activity/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.base import Value
from bartack_contracts.contract import Contract
from bartack_contracts.scalars import Count, Many, Moment, Personal, Text, UtcDateTime
from bartack_contracts.values import Coded, EmailAddress, PhoneNumber, Reference, RichText
from bartack_contracts.vocabularies import ActivityKind, ActivityStatus, Direction

__all__ = ["Activity", "Participant"]


class Participant(Value):
    """Somebody who takes part, known by record, e-mail address or telephone number."""

    ref: Reference | None = Field(None, description="The person or user, where the source links it.")
    email: EmailAddress | None = Field(None, description="The address used.")
    phone: PhoneNumber | None = Field(None, description="The number used.")
    role: Text | None = Field(None, description="As what: organizer, to, cc, caller; in the source's words.")


class Activity(Contract):
    """Something done or planned with a customer: a call, e-mail, meeting, task, note or chat."""

    contract: ClassVar[str] = "activity/1"

    kind: Coded[ActivityKind] = Field(description="What was or will be done.")
    native_kind: Text | None = Field(None, description="What the source calls that kind.")
    subject: Personal[Text | None] = Field(None, description="What it is about, in a line.")
    body: RichText | None = Field(None, description="Notes, minutes, or the message itself.")
    status: ActivityStatus | None = Field(None, description="Whether it is planned, done or cancelled.")
    starts_at: Moment | None = Field(None, description="When it starts; a date where it fills the day.")
    ends_at: Moment | None = Field(None, description="When it ends.")
    due: Moment | None = Field(None, description="When it must be done.")
    duration_s: Count | None = Field(None, description="How long it took or takes, in seconds.")
    completed_at: UtcDateTime | None = Field(None, description="When it was marked as done; UTC.")
    direction: Direction | None = Field(None, description="in: from the customer; out: to the customer.")
    participants: Many[Participant] = Field((), description="Who takes part.")
    about: Many[Reference] = Field((), description="The records it belongs to.")
    owner: Reference | None = Field(None, description="The user whose it is; user/1.")
    location: Text | None = Field(None, description="Where it takes place.")
    priority: Text | None = Field(None, description="How urgent it is, in the source's words.")
