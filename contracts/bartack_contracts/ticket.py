"""The contract ``ticket/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.contract import Contract
from bartack_contracts.scalars import Many, Moment, Personal, Text
from bartack_contracts.values import Coded, Reference, RichText
from bartack_contracts.vocabularies import Channel, Priority, TicketStatus

__all__ = ["Ticket"]


class Ticket(Contract):
    """A request somebody made and somebody answers: a case."""

    contract: ClassVar[str] = "ticket/1"

    number: Text | None = Field(None, description="The number people quote, as text.")
    subject: Personal[Text] = Field(description="What it is about, in a line.")
    description: RichText | None = Field(None, description="The request itself.")
    status: Coded[TicketStatus] = Field(description="How far it is.")
    priority: Coded[Priority] | None = Field(None, description="How urgent it is.")
    type: Text | None = Field(None, description="What sort of request, in the source's words.")
    channel: Coded[Channel] | None = Field(None, description="How it came in.")
    requester: Reference | None = Field(None, description="Who asked; person/1.")
    organization: Reference | None = Field(None, description="On whose behalf; organization/1.")
    assignee: Reference | None = Field(None, description="Who answers; user/1.")
    group: Text | None = Field(None, description="The team that answers, in the source's words.")
    due_at: Moment | None = Field(None, description="When it must be solved.")
    first_response_at: Moment | None = Field(None, description="When somebody first answered.")
    solved_at: Moment | None = Field(None, description="When it was solved.")
    closed_at: Moment | None = Field(None, description="When it was closed for good.")
    satisfaction: Text | None = Field(None, description="The requester's rating, in the source's words.")
    tags: Many[Text] = Field((), description="Labels people gave the record in the source.")
    followers: Many[Reference] = Field((), description="Who is kept informed; user/1 or person/1.")
