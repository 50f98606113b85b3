"""The contract ``deal/1``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from bartack_contracts.base import Value
from bartack_contracts.contract import Contract
from bartack_contracts.scalars import Count, Day, Many, Moment, Number, Text
from bartack_contracts.values import Coded, Discount, Money, Reference
from bartack_contracts.vocabularies import DealSource, DealStatus

__all__ = ["Deal", "DealPerson", "DealStage", "LineItem"]


class DealStage(Value):
    """Where in the source's sales process a deal is."""

    id: Text | None = Field(None, description="Native id of the stage.")
    name: Text | None = Field(None, description="Name of the stage.")
    order: Count | None = Field(None, description="Place of the stage in its pipeline, from the source.")
    pipeline_id: Text | None = Field(None, description="Native id of the pipeline.")
    pipeline_name: Text | None = Field(None, description="Name of the pipeline.")


class DealPerson(Value):
    """A person who takes part in a deal."""

    ref: Reference = Field(description="The person; person/1.")
    role: Text | None = Field(None, description="As what, in the source's words.")
    primary: bool | None = Field(None, description="Whether the source calls it the main one.")


class LineItem(Value):
    """A position of a deal."""

    product: Reference | None = Field(None, description="What is sold; product/1.")
    description: Text | None = Field(None, description="What is sold, in words.")
    quantity: Number | None = Field(None, description="How many units.")
    unit_price: Money | None = Field(None, description="Price of one unit before discount.")
    discount: Discount | None = Field(None, description="What is taken off.")
    total: Money | None = Field(None, description="Price of the position after discount.")


class Deal(Contract):
    """A sale that may come about: an opportunity."""

    contract: ClassVar[str] = "deal/1"

    title: Text = Field(description="What the source calls it.")
    status: Coded[DealStatus] = Field(description="Whether it is open, won or lost.")
    stage: DealStage | None = Field(None, description="Where in the sales process it is.")
    amount: Money | None = Field(None, description="What it is worth.")
    probability: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        None, description="How likely it is won: a fraction from 0 to 1."
    )
    expected_close: Day | None = Field(None, description="The day the decision is expected.")
    opened_at: Moment | None = Field(None, description="When it was opened.")
    closed_at: Moment | None = Field(None, description="When it was won or lost.")
    lost_reason: Text | None = Field(None, description="Why it was lost, in the source's words.")
    organization: Reference | None = Field(None, description="The buyer; organization/1.")
    persons: Many[DealPerson] = Field((), description="Who takes part.")
    owner: Reference | None = Field(None, description="The user who looks after it; user/1.")
    source: Coded[DealSource] | None = Field(None, description="How it came about.")
    line_items: Many[LineItem] = Field((), description="What would be sold.")
    forecast_amount: Money | None = Field(None, description="What the source expects of it.")
    tags: Many[Text] = Field((), description="Labels people gave the record in the source.")
