"""The steps of an explanation: frozen rows, amounts in whole fen, fractions exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from households.rules.explained import SplitPart
from households.values import IncomeClass, LinkageModel, PartyKind, ResolutionBody, Stage
from payments.values import LineState


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a household for its own, staff for the contracts their organisations pay."""

    household_id: str | None = None
    payer_codes: frozenset[str] = frozenset()
    sees_others: bool = False
    """Whether the reader has an office that sees the totals of any number of households."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The contract version an entitlement rests on."""

    contract_code: str
    version: int
    model: LinkageModel
    income_class: IncomeClass
    payer_code: str
    payer_name: str
    effective_from: date
    effective_to: date | None
    document_note: str
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """What the contract takes off a lot's gross before anybody shares the rest."""

    code: str
    """`fee`, `logistics` or `premium` for the village of origin."""
    rate_bp: int
    base_minor: int
    """The gross it was worked out on."""
    line_minor: int
    """What it comes to for the whole line, rounded once."""
    minor: int
    """The part of it that falls on this lot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The order line behind an entitlement and how its price came down to the party."""

    product_name: str
    product_name_en: str
    spec: str
    quantity: int
    unit_price_minor: int
    gross_minor: int
    lot_code: str
    lot_packs: int
    lots: int
    """How many lots the line's packs came from."""
    lot: SplitPart
    """The part of the gross that falls on this lot, by packs."""
    deductions: Sequence[Deduction]
    net_minor: int
    bought_from: int
    """How many households were paid for goods of the lot when they came in."""
    bought_minor: int
    """What of the net is the seller's, because it paid for these goods when they came in."""
    terms: Mapping[str, Any]
    """The share contract's terms: rates in basis points, ratios as fractions."""
    pot: SplitPart | None
    """The party's pot by the contract's ratios; none for those paid by deduction."""
    pot_code: str
    own: SplitPart | None
    """The household's part of the pot, by what it delivered; none for other parties."""
    delivery: "Delivery | None"
    computed_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSale:
    """What a household reads of a sale that too few shared: its own goods, and the terms."""

    product_name: str
    product_name_en: str
    spec: str
    lot_code: str
    terms: Mapping[str, Any]
    weight_g: int | None
    grade_percent: int | None
    received_at: datetime | None
    computed_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a household put into the lot, beside what all put into it."""

    weight_g: int
    grade_percent: int
    lot_weight_g: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Goods bought from a household: what was weighed, and how the price was found."""

    code: str
    received_on: date
    product_name: str
    product_name_en: str
    lot_code: str
    weight_g: int
    grade_percent: int
    price_minor_per_kg: int
    market_minor_per_kg: int | None
    market_weight_g: int
    """Grams beyond the contract's maximum, paid at the market price."""
    gross_minor: int
    withheld_minor: int
    pay_minor: int
    netted_minor: int
    """What of the pay had been paid in advance."""
    uplift_minor: int
    """What the gross is above the market value."""
    computed_gross_minor: int

    @property
    def computed_minor(self) -> int:
        """Return what the weights and prices of the slip come to."""
        return self.computed_gross_minor - self.withheld_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """A period close: who decided, how long it was on notice, how the share came to be."""

    code: str
    period_from: date
    period_to: date
    body: ResolutionBody | None
    decided_on: date | None
    notice_from: date | None
    notice_until: date | None
    """Last day of the public notice; None where a second person's approval is enough."""
    finalised_at: datetime | None
    total_minor: int | None
    """All shares together; None for a household where too few took part."""
    households: int
    """How many households have a share."""
    documents: Sequence[str]
    """Titles of the papers that prove the resolution."""
    common: Mapping[str, Any]
    """The calculation all shares have in common, as it was kept."""
    figures: Mapping[str, Any]
    """The calculation of this share, as it was kept."""
    splits: Mapping[str, SplitPart]
    """This share of each pot that was divided: `division`, `trade` or `capital`."""
    own_weights: Mapping[str, Fraction]
    """The share's own weight in each of them."""
    computed_minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """The settlement that pays an entitlement, and whether the bank has done so."""

    period_code: str
    approved_at: datetime | None
    state: LineState
    paid_at: datetime | None
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What one refund took back."""

    refund_key: str
    minor: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One posting of the ledger on the party's own account: positive is owed to it."""

    tx_id: int
    posting_key: str
    kind: str
    account_code: str
    effective_at: datetime
    recorded_at: datetime
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One entitlement from its source to its payment."""

    entitlement_id: int
    party_kind: PartyKind
    party_code: str
    stage: Stage
    amount_minor: int
    """What is stored, before reversals."""
    reversed_minor: int
    expected_at: datetime
    earned_at: datetime | None
    reversed_at: datetime | None
    terms: Terms
    sale: Sale | None
    receipt: Receipt | None
    allotment: Allotment | None
    payment: Payment | None
    """None while no settlement has been approved for it."""
    reversals: Sequence[Reversal]
    bookings: Sequence[Booking]
    own_sale: OwnSale | None = None
    """Instead of `sale`, for a household where too few others stand behind the totals."""
    others_from: int | None = None
    """From how many households on totals are told, where they are withheld; else None."""
    booked_together_minor: int
    """What the same party has besides of the line or allotment: it is booked at once."""

    @property
    def net_minor(self) -> int:
        """Return what is left after reversals."""
        return self.amount_minor - self.reversed_minor

    @property
    def computed_minor(self) -> int:
        """Return what the sum worked out anew gives."""
        source = self.sale or self.own_sale or self.receipt or self.allotment
        return source.computed_minor if source else self.amount_minor

    @property
    def adds_up(self) -> bool:
        """Say whether the sum gives exactly what is stored, and the ledger booked it."""
        return self.computed_minor == self.amount_minor and self.booked_difference_minor == 0

    @property
    def booked_difference_minor(self) -> int:
        """Return by how much the ledger differs from what is earned and not reversed."""
        earned = self.net_minor + self.booked_together_minor if self.earned_at else 0
        return sum(booking.minor for booking in self.bookings) - earned


def as_text(value: Fraction) -> str:
    """Write a fraction as `17/3`, a whole number as itself."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{value.numerator}/{value.denominator}"
