"""The contract ``invoice/1``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from bartack_contracts.base import Value
from bartack_contracts.contract import Contract
from bartack_contracts.issues import Issue
from bartack_contracts.scalars import CurrencyCode, Day, Many, Moment, Number, Text
from bartack_contracts.values import Coded, Discount, Money, Reference
from bartack_contracts.vocabularies import InvoiceKind, InvoiceStatus

__all__ = ["Invoice", "InvoiceLine", "Tax"]


class Tax(Value):
    """A tax on a position."""

    name: Text | None = Field(None, description="What the source calls the tax.")
    rate: Number | None = Field(None, description="Rate in percent: 19 means 19 %.")
    amount: Money | None = Field(None, description="The tax itself.")


class InvoiceLine(Value):
    """A position of an invoice."""

    description: Text | None = Field(None, description="What is charged, in words.")
    product: Reference | None = Field(None, description="What is charged; product/1.")
    quantity: Number | None = Field(None, description="How many units.")
    unit: Text | None = Field(None, description="UN/ECE Recommendation 20 code, else the source's word.")
    unit_price: Money | None = Field(None, description="Price of one unit before discount and tax.")
    discount: Discount | None = Field(None, description="What is taken off.")
    taxes: Many[Tax] = Field((), description="Taxes on the position.")
    net: Money | None = Field(None, description="The position without tax.")
    total: Money | None = Field(None, description="The position with tax.")


class Invoice(Contract):
    """A demand for payment, made or received, or its correction."""

    contract: ClassVar[str] = "invoice/1"

    number: Text | None = Field(None, description="The number people quote, as text; None while it is a draft.")
    kind: InvoiceKind = Field(description="Who owes whom.")
    status: Coded[InvoiceStatus] = Field(description="How far payment is.")
    party: Reference | None = Field(None, description="The customer or vendor; organization/1 or person/1.")
    issue_date: Day | None = Field(None, description="The date on the document.")
    due_date: Day | None = Field(None, description="The day payment is due.")
    paid_at: Moment | None = Field(None, description="When it was paid in full.")
    currency: CurrencyCode = Field(description="Currency of the document, ISO 4217.")
    lines: Many[InvoiceLine] = Field((), description="The positions.")
    net_total: Money | None = Field(None, description="All positions without tax.")
    tax_total: Money | None = Field(None, description="All taxes.")
    total: Money | None = Field(None, description="All positions with tax: net_total plus tax_total.")
    amount_due: Money | None = Field(None, description="What is not paid yet.")
    reference: Text | None = Field(None, description="What the other party calls the document.")
    order: Reference | None = Field(None, description="The order it charges.")
    exchange_rate: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="Units of the company's own currency for one unit of currency, as the source gives it."
    )

    def contradictions(self) -> tuple[Issue, ...]:
        """Return a remark where the total is not net plus tax, within one minor unit of what is written."""
        parts = (self.net_total, self.tax_total, self.total)
        if any(part is None or part.currency != self.currency for part in parts):
            return ()
        net, tax, total = (part.amount for part in parts if part is not None)
        unit = Decimal(1).scaleb(max(int(amount.as_tuple().exponent) for amount in (net, tax, total)))
        if abs(net + tax - total) <= unit:
            return ()
        message = f"the total is {total}, net and tax make {net + tax}"
        return (Issue(path=None, field="total", code="total.mismatch", raw=None, message=message),)
