"""Goods the law keeps out of this shop or out of kitchens, whatever a seller calls them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.orm import Session

from catalog.rules import herbs
from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError

PARAM_WORDS = "refused_goods_words"
PARAM_HERBS = "medicine_only_words"
PARAM_KINDS = "medicine_only_kinds"
PARAM_CLAIMS = "food_claim_words"
PARAM_FOOD_PAPERS = "food_claim_papers"

# What the register says of an organisation decides; a budget unit of which it says nothing is
# taken to have a canteen.
FOR_CANTEENS = text("""
    SELECT p.name FROM skus s JOIN products p ON p.code = s.product_code
    WHERE s.id = ANY (:sku_ids) AND p.details ->> 'food_use_allowed' = 'false' AND EXISTS (
        SELECT FROM organisations buyer WHERE buyer.code = :buyer
        AND CASE coalesce(buyer.details ->> 'canteen_mode', buyer.details ->> 'has_canteen', '')
            WHEN 'none' THEN false WHEN 'false' THEN false
            WHEN '' THEN buyer.kind = 'budget_unit' ELSE true END)
    ORDER BY p.name
""").bindparams(bindparam("sku_ids", type_=ARRAY(INTEGER)))
NO_FOOD = text("""
    SELECT name FROM products
    WHERE code = ANY (:codes) AND details ->> 'food_use_allowed' = 'false' ORDER BY name
""")


def refuse_words(session: Session, *texts: str, at: datetime) -> None:
    """Refuse names of goods that are not sold here; which words, the dated policy says.

    Categories that are refused as a whole are held by a trigger on products.
    """
    words = _policies(session, at)[PARAM_WORDS]
    if any(word in text for word in words for text in texts):
        raise InvalidError("goods_refused", "goods of this kind are not sold here")


def check_herb(
    session: Session,
    name: str,
    kinds: Collection[str],
    texts: Sequence[str],
    *,
    is_food: bool,
    at: datetime,
) -> bool:
    """Say whether goods are a herb that is no food, and refuse them as food or praised as food.

    Raises `ConflictError` `herb_is_no_food` and `InvalidError` `herb_food_claim`.
    """
    laid_down = _policies(session, at)
    is_herb = herbs.is_medicine_only(
        name, kinds, words=laid_down[PARAM_HERBS], herb_kinds=laid_down[PARAM_KINDS]
    )
    if not is_herb:
        return False
    if is_food:
        raise ConflictError("herb_is_no_food", f"{name} may not be sold as food", code=name)
    refuse_food_claim(session, name, *texts, at=at)
    return True


def refuse_food_claim(session: Session, *texts: str, at: datetime) -> None:
    """Refuse texts about a herb that is no food which praise it as food."""
    claim = herbs.find_food_claim(texts, _policies(session, at)[PARAM_CLAIMS])
    if claim is not None:
        raise InvalidError("herb_food_claim", f"{claim} praises a herb as food", word=claim)


def refuse_food_papers(
    session: Session, type_code: str, product_codes: Sequence[str], *, at: datetime
) -> None:
    """Refuse papers that call a herb food which is none, such as a food licence."""
    if type_code not in _policies(session, at)[PARAM_FOOD_PAPERS]:
        return
    name = session.scalar(NO_FOOD, {"codes": list(product_codes)})
    if name is not None:
        raise ConflictError("herb_food_paper", f"{name} is no food", name=name)


def refuse_to_canteens(
    session: Session, buyer_code: str | None, sku_ids: Collection[int]
) -> None:
    """Refuse herbs that are no food to an organisation that has a canteen.

    Raises `ConflictError` `not_for_canteens` with the names of the goods.
    """
    if buyer_code is None:
        return
    names = session.scalars(FOR_CANTEENS, {"sku_ids": sorted(sku_ids), "buyer": buyer_code})
    if told := "、".join(dict.fromkeys(names)):
        raise ConflictError("not_for_canteens", f"{told} is not sold to canteens", names=told)


def _policies(session: Session, at: datetime) -> dict[str, Sequence[str]]:
    codes = [PARAM_WORDS, PARAM_HERBS, PARAM_KINDS, PARAM_CLAIMS, PARAM_FOOD_PAPERS]
    found = policy.list_in_force(session, codes, on=local_date(at))
    return {code: tuple(found.get(code, ())) for code in codes}
