"""The contract ``product/1``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bartack_contracts.contract import Contract
from bartack_contracts.scalars import Text
from bartack_contracts.values import Money, Reference
from bartack_contracts.vocabularies import ProductKind

__all__ = ["Product"]


class Product(Contract):
    """Something that is sold or bought."""

    contract: ClassVar[str] = "product/1"

    active: bool = Field(description="Whether it can be sold or bought now.")
    name: Text = Field(description="What the source calls it.")
    sku: Text | None = Field(None, description="Article number of the source's owner.")
    barcode: Text | None = Field(None, description="GS1 GTIN, as text.")
    description: Text | None = Field(None, description="What it is, in words.")
    kind: ProductKind | None = Field(None, description="Goods, a service, or digital.")
    unit: Text | None = Field(None, description="UN/ECE Recommendation 20 code, else the source's word.")
    list_price: Money | None = Field(None, description="Price of one unit before discount and tax.")
    cost: Money | None = Field(None, description="What one unit costs the source's owner.")
    category: Text | None = Field(None, description="The group it belongs to, in the source's words.")
    tax_category: Text | None = Field(None, description="How it is taxed, in the source's words.")
    variants_of: Reference | None = Field(None, description="The product it is a variant of; product/1.")
