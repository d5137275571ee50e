"""The words of buying from households: weighings, prices, what goes out of a bought lot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from households.values.calculations import FormulaStep
from households.values.contracts import ContractVersionId, LinkageModel
from households.values.entitlements import Traced
from households.values.register import HouseholdId


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Goods a household hands over under a purchase contract, as the scale has them."""

    code: str
    """The number of the slip."""
    contract_code: str
    household_id: HouseholdId
    lot_id: int
    received_on: date
    weight_g: int
    grade_percent: int
    market_minor_per_kg: int | None
    """The market price of the week, where the table has one."""
    at: datetime
    """When it is recorded, and so when it is earned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseInForce:
    """A purchase contract with the terms of one day, and what was delivered under it."""

    contract_id: int
    contract_code: str
    organisation_code: str
    household_id: HouseholdId | None
    """Empty for a contract with all members of the payer."""
    model: LinkageModel
    version_id: ContractVersionId
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a household delivered under a contract so far, over its whole life."""

    weight_g: int = 0
    withheld_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What one weighing pays, and by which steps."""

    price_minor_per_kg: int
    """Rounded to the fen; the gross is not computed from it."""
    market_minor_per_kg: int | None
    market_weight_g: int
    gross_minor: int
    withheld_minor: int
    pay_minor: int
    uplift_minor: int
    owed_minor: int
    """What is still owed for inputs afterwards."""
    steps: Sequence[FormulaStep]
    netted_minor: int = 0
    """What of the pay the household had been paid in advance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A recorded receipt as workflows see it."""

    receipt_id: int
    code: str
    contract_code: str
    organisation_code: str
    household_id: HouseholdId
    lot_id: int
    received_on: date
    weight_g: int
    grade_percent: int
    gross_minor: int
    withheld_minor: int
    pay_minor: int
    netted_minor: int
    is_taken_back: bool
    """Whether it was wrong, or takes a wrong one back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotAtCost:
    """What a purchased lot cost and what of that is out already."""

    lot_id: int
    packs: int
    cost_minor: int
    pay_minor: int
    issued_packs: int


@dataclass(frozen=True, slots=True)
class PacksOut:
    """Packs of one lot that go out, for a paid line or onto the heap."""

    lot_id: int
    packs: int
    order_line_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the packs that went out had cost, and whose goods they were."""

    issue_id: int
    lot_id: int
    order_line_id: int | None
    cost_minor: int
    at: datetime
    parts: Sequence[Traced]

    @property
    def pay_minor(self) -> int:
        """Return what the households had earned by these packs."""
        return sum(part.minor for part in self.parts)
