"""Read the goods receipt behind an entitlement, and work its price out anew."""

from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from households.models import ContractVersion, GoodsReceipt, LinkageContract
from households.rules import formulas
from households.rules.terms import Terms, read_inkind, read_order
from households.values import LinkageModel
from kernel.money import round_half_up
from reporting.explanation.values import Receipt

GRAMS_PER_KG = 1_000
PERCENT = 100


def read(session: Session, receipt_id: int) -> Receipt:
    """Return the receipt with its price worked out from contract and scale; one statement."""
    slip, lot_code, name, name_en, model, terms = session.execute(
        select(
            GoodsReceipt,
            Lot.code,
            Product.name,
            Product.name_en,
            LinkageContract.model_code,
            ContractVersion.terms,
        )
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .join(Lot, Lot.id == GoodsReceipt.lot_id)
        .join(Sku, Sku.id == Lot.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .where(GoodsReceipt.id == receipt_id)
    ).one()
    return Receipt(
        code=slip.code,
        received_on=slip.received_on,
        product_name=name,
        product_name_en=name_en,
        lot_code=lot_code,
        weight_g=slip.weight_g,
        grade_percent=slip.grade_percent,
        price_minor_per_kg=slip.price_minor_per_kg,
        market_minor_per_kg=slip.market_minor_per_kg,
        market_weight_g=slip.market_weight_g,
        gross_minor=slip.gross_minor,
        withheld_minor=slip.withheld_minor,
        pay_minor=slip.pay_minor,
        netted_minor=slip.netted_minor,
        uplift_minor=slip.uplift_minor,
        computed_gross_minor=gross_of(
            (slip.weight_g - slip.market_weight_g, _price(model, terms, slip)),
            (slip.market_weight_g, Fraction(slip.market_minor_per_kg or 0)),
            grade_percent=slip.grade_percent,
        ),
    )


def _price(model: LinkageModel, terms: Terms, slip: GoodsReceipt) -> Fraction:
    """Return the exact price the contract names: the slip shows it rounded to the fen."""
    if model is LinkageModel.ORDER:
        return formulas.order_price(read_order(terms), slip.market_minor_per_kg or 0)
    return Fraction(read_inkind(terms).buyback_minor_per_kg)


def sources(session: Session, receipt_id: int) -> list[str]:
    """Return under which sources the ledger books a receipt and what takes it back."""
    codes = session.scalars(
        select(GoodsReceipt.code).where(
            (GoodsReceipt.id == receipt_id) | (GoodsReceipt.reverses_id == receipt_id)
        )
    )
    return [f"receipt:{code}" for code in codes]


def gross_of(*parts: tuple[int, Fraction], grade_percent: int = PERCENT) -> int:
    """Return what grams at fen a kilogram come to by grade, rounded half up once."""
    exact = sum((grams * price / GRAMS_PER_KG for grams, price in parts), Fraction(0))
    return round_half_up(exact * grade_percent / PERCENT)
