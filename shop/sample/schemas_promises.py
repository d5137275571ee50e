"""The schemas of what sellers promise: presales, harvests, shipping rules; and of credit."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kernel.postal import PROVINCES
from orders.values import Temperature
from shop.sample.schemas import (
    BuyerCode,
    Count,
    Fen,
    Positive,
    ProductCode,
    SellerCode,
    SkuCode,
    Text,
)

MonthDay = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


class PresaleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """presales.json: goods sold before their harvest, year by year."""

    sku: SkuCode
    opens: MonthDay
    closes: MonthDay
    """The last day of sale."""
    ships_until: MonthDay
    cap: Positive
    buyers: Count
    """How many sample buyers have paid for some."""


class SupplyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """presales.json: how much a harvest gives."""

    product: ProductCode
    weight_kg: Positive
    basis: Text


class ShippingRuleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """shipping_rules.json: what a seller charges for parcels."""

    seller: SellerCode
    temperature: Temperature
    provinces: list[Literal[PROVINCES]]  # type: ignore[valid-type]
    first_g: Positive
    first_fen: Fen
    step_g: Positive
    step_fen: Fen
    free_from_fen: Positive | None
    valid_from: date


class CreditLineEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """credit_lines.json: how much an enterprise may owe."""

    organisation: BuyerCode
    amount_fen: Positive
    days: Positive
    since_days: Positive
    """For how many days it has been in force on the day of the load."""
    reason: Text
