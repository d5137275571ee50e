"""Shapes of an explanation: one entitlement from its source to the ledger."""

from typing import Any

from marshmallow import fields

from households.rules.looks import MAX_WORDS, MIN_WORDS
from households.values import IncomeClass, LinkageModel, PartyKind, ResolutionBody, Stage
from payments.values import LineState
from reporting.explanation.values import as_text
from shop.api.schemas.fields import Shape, choice, code, minor, shaped, text


class Exact(fields.Field[Any]):
    """A fraction as text, such as `5949/3`; nothing is rounded."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        return None if value is None else as_text(value)


def exact(description: str) -> Exact:
    """Return an exact number, written as a fraction."""
    return Exact(
        required=True, metadata={"type": "string", "description": f"{description} A fraction."}
    )


def moment(*, nullable: bool = False) -> fields.DateTime:
    """Return a moment in UTC."""
    return fields.DateTime(required=True, format="iso", allow_none=nullable)


def count(description: str) -> fields.Integer:
    """Return a whole number that is no amount."""
    return fields.Integer(required=True, metadata={"description": description})


class SplitTold(Shape):
    """One part of a split with all it takes to work it out again."""

    total_minor = minor(attribute="total")
    weight = exact("The weight of this part.")
    others = exact("The weights of all other parts together.")
    parties = count("How many parts there are.")
    quota = exact("total_minor × weight / (weight + others), in fen.")
    floor_minor = minor(attribute="floor")
    remainder = exact("What the floor leaves of the quota, in fen.")
    place = count("Place of the remainder, the largest first; ties to the smaller code.")
    spare = count("How many fen the floors left over; the first so many places get one.")
    gets_spare = fields.Boolean(required=True)
    minor = minor()


class DeductionTold(Shape):
    """What the contract takes off before the rest is shared."""

    code = choice(["fee", "logistics", "premium"], required=True)
    rate_bp = count("Basis points of the base.")
    base_minor = minor()
    line_minor = minor(description="Whole fen for all lots of the line, rounded half up once.")
    minor = minor(description="Whole fen that fall on this lot.")


class DeliveryTold(Shape):
    """What the household put into the lot."""

    weight_g = count("Grams of the household.")
    grade_percent = count("Grade factor in per cent.")
    lot_weight_g = count("Grams of the whole lot.")
    received_at = moment()


class SaleTold(Shape):
    """The order line and how its price came down to the party."""

    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    spec = fields.String(required=True)
    quantity = count("Packs bought.")
    unit_price_minor = minor()
    gross_minor = minor()
    lot_code = fields.String(required=True)
    lot_packs = count("Packs from this lot.")
    lots = count("Lots behind the line.")
    lot = shaped(SplitTold, required=True)
    deductions = fields.List(fields.Nested(DeductionTold), required=True)
    net_minor = minor()
    bought_from = count("Households paid for goods of the lot when they came in.")
    bought_minor = minor(
        description="Whole fen that are the seller's: it paid when the goods came in."
    )
    pot_code = fields.String(
        required=True, metadata={"description": "Code of the pot in the contract's ratios."}
    )
    pot = shaped(SplitTold, required=True, allow_none=True)
    own = shaped(SplitTold, required=True, allow_none=True)
    delivery = shaped(DeliveryTold, required=True, allow_none=True)
    computed_minor = minor()


class OwnSaleTold(Shape):
    """What a household reads of a sale that too few shared."""

    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    spec = fields.String(required=True)
    lot_code = fields.String(required=True)
    weight_g = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Grams of the household in the lot."},
    )
    grade_percent = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Grade factor in per cent."}
    )
    received_at = moment(nullable=True)
    computed_minor = minor()


class TermsTold(Shape):
    """The contract version."""

    contract_code = fields.String(required=True)
    version = count("Number of the version.")
    model = choice([str(model) for model in LinkageModel], required=True)
    income_class = choice([str(one) for one in IncomeClass], required=True)
    payer_code = fields.String(required=True)
    payer_name = fields.String(required=True)
    effective_from = fields.Date(required=True)
    effective_to = fields.Date(required=True, allow_none=True)
    terms = fields.Dict(
        required=True, metadata={"description": "The terms as drawn up, by their codes."}
    )


class ReceiptTold(Shape):
    """Goods bought from the household, and how the price was found."""

    code = fields.String(required=True)
    received_on = fields.Date(required=True)
    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    lot_code = fields.String(required=True)
    weight_g = count("Grams received.")
    grade_percent = count("Grade factor in per cent.")
    price_minor_per_kg = minor(description="Whole fen a kilogram by the contract.")
    market_minor_per_kg = minor(
        description="Whole fen a kilogram on the market of the week.", allow_none=True
    )
    market_weight_g = count("Grams beyond the contract's maximum, paid at the market price.")
    gross_minor = minor()
    withheld_minor = minor(description="Whole fen kept for inputs given before.")
    pay_minor = minor()
    netted_minor = minor(description="Whole fen of it paid in advance before.")
    uplift_minor = minor(description="Whole fen above the market value.")
    computed_minor = minor()


class AllotmentTold(Shape):
    """A period close: who decided, the notice, and how the share came to be."""

    code = fields.String(required=True)
    period_from = fields.Date(required=True)
    period_to = fields.Date(required=True)
    body = choice(
        [str(body) for body in ResolutionBody],
        required=True,
        allow_none=True,
        metadata={"description": "Who decided."},
    )
    decided_on = fields.Date(required=True, allow_none=True)
    notice_from = fields.Date(required=True, allow_none=True)
    notice_until = fields.Date(required=True, allow_none=True)
    finalised_at = moment(nullable=True)
    total_minor = minor(
        description="Whole fen of all shares; null for a household where too few took part.",
        allow_none=True,
    )
    households = count("Households with a share.")
    documents = fields.List(
        fields.String(), required=True, metadata={"description": "Titles of the papers."}
    )
    common = fields.Dict(
        required=True, metadata={"description": "The calculation all shares have in common."}
    )
    figures = fields.Dict(
        required=True, metadata={"description": "The calculation of this share, as kept."}
    )
    splits = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SplitTold),
        required=True,
        metadata={"description": "This share of each pot that was divided."},
    )
    own_weights = fields.Dict(
        keys=fields.String(),
        values=exact("The weight of this share in a pot."),
        required=True,
        metadata={"description": "This share's own weight in each of them."},
    )
    computed_minor = minor()


class PaymentTold(Shape):
    """The settlement that pays it."""

    period_code = fields.String(required=True)
    approved_at = moment(nullable=True)
    state = choice([str(state) for state in LineState], required=True)
    paid_at = moment(nullable=True)
    returned_at = moment(nullable=True)


class ReversalTold(Shape):
    """What one refund took back."""

    refund_key = fields.String(required=True)
    minor = minor()
    at = moment()


class BookingTold(Shape):
    """One posting on the party's own account; positive is owed to it."""

    tx_id = count("Number of the transaction.")
    posting_key = fields.String(required=True)
    kind = fields.String(required=True)
    account_code = fields.String(required=True)
    effective_at = moment()
    recorded_at = moment()
    minor = minor(description="Whole fen; positive is owed to the party.")


class LookGiven(Shape):
    """Why an official or operator opens an amount of a household."""

    purpose = code(
        required=True,
        metadata={"description": "A code of the list of purposes in force, such as `visit`."},
    )
    words = text(
        MAX_WORDS,
        minimum=MIN_WORDS,
        required=True,
        metadata={"description": "The reason in the caller's own words; kept sealed."},
    )


class ExplanationTold(Shape):
    """One entitlement, every step of its sum, and what the ledger booked."""

    entitlement_id = count("Number of the entitlement.")
    party_kind = choice([str(kind) for kind in PartyKind], required=True)
    party_code = fields.String(required=True)
    stage = choice([str(stage) for stage in Stage], required=True)
    amount_minor = minor(description="Whole fen as stored, before reversals.")
    reversed_minor = minor()
    net_minor = minor()
    computed_minor = minor(description="Whole fen as worked out anew for this answer.")
    adds_up = fields.Boolean(
        required=True,
        metadata={"description": "The sum equals what is stored, and the ledger booked it."},
    )
    expected_at = moment()
    earned_at = moment(nullable=True)
    reversed_at = moment(nullable=True)
    contract = fields.Nested(TermsTold, required=True, attribute="terms")
    sale = shaped(SaleTold, required=True, allow_none=True)
    own_sale = shaped(OwnSaleTold, required=True, allow_none=True)
    others_from = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "From how many households on their totals are told, where they "
            "are withheld from this one; else null."
        },
    )
    receipt = shaped(ReceiptTold, required=True, allow_none=True)
    allotment = shaped(AllotmentTold, required=True, allow_none=True)
    payment = shaped(PaymentTold, required=True, allow_none=True)
    reversals = fields.List(fields.Nested(ReversalTold), required=True)
    bookings = fields.List(fields.Nested(BookingTold), required=True)
    booked_together_minor = minor(
        description="Whole fen of the same party from other lots of the line."
    )
    booked_difference_minor = minor(description="Ledger less entitlements; zero when right.")
