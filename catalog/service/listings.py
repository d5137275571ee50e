"""Commands on listings that sellers write and a reviewer lets go on sale; none commits."""

import secrets
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.errors import (
    ChangeNotFoundError,
    ListingIncompleteError,
    OwnCodeTakenError,
    ProductNotFoundError,
)
from catalog.listing import changes
from catalog.models import (
    Category,
    Product,
    ProductChange,
    ProductChangeEvent,
    ProductPhoto,
    Series,
    Sku,
)
from catalog.rules import listings as rules
from catalog.service.refused import check_herb, refuse_food_claim, refuse_words
from catalog.values import (
    CHANGE_STEPS,
    ChangeState,
    ListingPlan,
    ProductState,
    RecognitionStatus,
    SkuPlan,
)
from kernel.errors import ConflictError, InvalidError

CODE_BYTES = 4
EDITABLE = frozenset(
    state for state, after in CHANGE_STEPS.items() if ChangeState.SUBMITTED in after
)
OPEN = frozenset(state for state, after in CHANGE_STEPS.items() if after)
DECISIONS = CHANGE_STEPS[ChangeState.SUBMITTED] - {ChangeState.WITHDRAWN}
MAX_NOTE = 400
OWN_CODES = "uq_skus_seller_code_own_code"


def begin_change(
    session: Session, seller_code: str, product_code: str | None, *, actor: str, at: datetime
) -> int:
    """Open a draft of a new product, or of what a product's page says; return its number.

    A product has one open change at a time: a second call returns the same. Raises
    `ProductNotFoundError` for what is not the seller's.
    """
    base: dict[str, Any] = {}
    if product_code is not None:
        owned = select(Product.code).where(
            Product.code == product_code, Product.seller_code == seller_code
        )
        if session.execute(owned.with_for_update()).one_or_none() is None:
            raise ProductNotFoundError(product_code)
        found = session.scalar(
            select(ProductChange.id).where(
                ProductChange.product_code == product_code, ProductChange.state.in_(OPEN)
            )
        )
        if found is not None:
            return found
        base = _kept(changes.plan_of(session, product_code))
    row = ProductChange(
        seller_code=seller_code,
        product_code=product_code,
        state=ChangeState.DRAFT,
        plan=base or _kept(ListingPlan()),
        base=base,
        created_at=at,
        changed_at=at,
    )
    session.add(row)
    session.flush()
    _note(session, row, actor=actor, at=at)
    return row.id


def write_change(
    session: Session, change_id: int, plan: ListingPlan, *, seller_code: str, at: datetime
) -> None:
    """Keep what a seller wrote, complete or not; the same again changes nothing.

    Raises `ChangeNotFoundError`, `InvalidError` `photo_unknown`, and `ConflictError`
    `change_not_open` for one that is being looked at or is over.
    """
    row = _own(session, change_id, seller_code)
    if row.state not in EDITABLE:
        raise ConflictError("change_not_open", "it is being looked at, or over")
    known = select(ProductPhoto.stem).where(
        ProductPhoto.stem.in_(plan.photos), ProductPhoto.seller_code == seller_code
    )
    if set(session.scalars(known)) != set(plan.photos):
        raise InvalidError("photo_unknown", "a photo is not the seller's")
    row.plan, row.changed_at = _kept(plan), at
    session.flush()


def submit_change(
    session: Session, change_id: int, *, seller_code: str, actor: str, at: datetime
) -> None:
    """Hand a listing to the reviewers; raises `ListingIncompleteError` with every fault."""
    row = _own(session, change_id, seller_code)
    if row.state is ChangeState.SUBMITTED:
        return
    if row.state not in EDITABLE:
        raise ConflictError("change_not_open", "it is over")
    plan, base = changes.read_plan(row.plan), _base_of(row)
    refuse_words(session, plan.name, plan.brand, at=at)
    _check_herb(session, plan, row.product_code, at=at)
    faults = rules.find_faults(plan, changes.get_taxonomy(session), base=base)
    if faults:
        raise ListingIncompleteError(faults)
    if base is not None and plan == base:
        raise ConflictError("change_is_none", "nothing differs from what buyers see")
    row.state, row.submitted_at = ChangeState.SUBMITTED, at
    _note(session, row, actor=actor, at=at)


def withdraw_change(
    session: Session, change_id: int, *, seller_code: str, actor: str, at: datetime
) -> None:
    """Give a change up; doing so again changes nothing."""
    row = _own(session, change_id, seller_code)
    if row.state is ChangeState.WITHDRAWN:
        return
    if row.state not in OPEN:
        raise ConflictError("change_not_open", "it is over")
    row.state = ChangeState.WITHDRAWN
    _note(session, row, actor=actor, at=at)


def decide_change(
    session: Session,
    change_id: int,
    decision: ChangeState,
    *,
    note: str,
    actor: str,
    at: datetime,
) -> str | None:
    """Let a listing go on sale, ask for it to be mended, or refuse it; return the product.

    Whoever began or sent it does not decide. What buyers see is changed only where the seller
    changed it, so that a price set in between stays. Raises `ConflictError` `change_not_open`,
    `change_own`; `InvalidError` `change_note_missing`; `OwnCodeTakenError`.
    """
    if decision not in DECISIONS:
        raise InvalidError("change_note_missing", f"{decision} is no decision")
    if decision is not ChangeState.APPROVED and not note.strip():
        raise InvalidError("change_note_missing", "say what is to be mended")
    row = _lock(session, change_id)
    if row is None:
        raise ChangeNotFoundError(change_id)
    if decision not in CHANGE_STEPS[row.state]:
        raise ConflictError("change_not_open", "somebody has decided already")
    hands = select(ProductChangeEvent.id).where(
        ProductChangeEvent.change_id == change_id,
        ProductChangeEvent.actor == actor,
        ProductChangeEvent.state.in_({ChangeState.DRAFT, ChangeState.SUBMITTED}),
    )
    if session.scalars(hands.limit(1)).first() is not None:
        raise ConflictError("change_own", "nobody decides on what they wrote")
    if decision is ChangeState.APPROVED:
        row.product_code = _carry_out(session, row, at=at)
    row.state = decision
    row.decided_at = at if decision is not ChangeState.RETURNED else None
    _note(session, row, actor=actor, at=at, words=note.strip()[:MAX_NOTE])
    return row.product_code


def _carry_out(session: Session, row: ProductChange, *, at: datetime) -> str:
    plan, base = changes.read_plan(row.plan), _base_of(row)
    faults = rules.find_faults(plan, changes.get_taxonomy(session), base=base)
    if faults:
        raise ListingIncompleteError(faults)
    changed = rules.changed_fields(plan, base or ListingPlan())
    code = row.product_code or f"P-{row.seller_code}-{secrets.token_hex(CODE_BYTES).upper()}"
    facts = _facts(session, row.seller_code, plan)
    is_herb = _check_herb(session, plan, row.product_code, at=at)
    if base is None:
        fresh = {
            "code": code,
            "seller_code": row.seller_code,
            "recognition_status": RecognitionStatus.NONE,
            "details": {"food_use_allowed": False} if is_herb else {},
            "state": ProductState.LISTED,
            "listed_at": at,
        }
        session.execute(insert(Product).values(**fresh, **facts))
    else:
        wanted = {name: facts[name] for field in changed for name in COLUMNS.get(field, ())}
        if is_herb:
            wanted["details"] = Product.details.concat({"food_use_allowed": False})
        if wanted:
            session.execute(update(Product).where(Product.code == code).values(**wanted))
    session.execute(
        update(ProductPhoto).where(ProductPhoto.stem.in_(plan.photos)).values(is_public=True)
    )
    try:
        with session.begin_nested():
            _put_skus(session, code, row.seller_code, plan, base)
    except IntegrityError as taken:
        if OWN_CODES not in str(taken.orig):
            raise
        raise OwnCodeTakenError from taken
    return code


def _check_herb(
    session: Session, plan: ListingPlan, product_code: str | None, *, at: datetime
) -> bool:
    """Say whether the listing is of a herb that is no food; refuse it as food."""
    texts = (plan.description, plan.story, plan.brand)
    kinds = (plan.category_code, plan.kind_code)
    if check_herb(session, plan.name, kinds, texts, is_food=plan.is_food, at=at):
        return True
    known = select(Product.code).where(
        Product.code == product_code, Product.details["food_use_allowed"].astext == "false"
    )
    if product_code is None or session.scalar(known) is None:
        return False
    if plan.is_food:
        code = product_code
        raise ConflictError("herb_is_no_food", f"{code} may not be sold as food", code=code)
    refuse_food_claim(session, plan.name, *texts, at=at)
    return True


COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "name_en": ("name_en",),
    "category_code": ("category_code", "kind_code", "needs_batch_certificate"),
    "kind_code": ("category_code", "kind_code", "needs_batch_certificate"),
    "brand": ("brand",),
    "series": ("series_id",),
    "description": ("description",),
    "story": ("story",),
    "district_code": ("origin_district_code",),
    "township_code": ("origin_township_code",),
    "village_code": ("origin_village_code",),
    "storage_code": ("storage_code", "min_centi_celsius", "max_centi_celsius"),
    "shelf_life_days": ("shelf_life_days",),
    "season_months": ("season_months",),
    "is_year_round": ("is_year_round", "season_months"),
    "is_food": ("is_food",),
    "attributes": ("attributes", "needs_batch_certificate"),
    "photos": ("photos", "picture"),
}
"""Field of a listing → the columns of its product that follow from it."""


def _facts(session: Session, seller_code: str, plan: ListingPlan) -> dict[str, Any]:
    """Return what a product's row says when it is as the seller wants it."""
    months = range(1, rules.DECEMBER + 1) if plan.is_year_round else plan.season_months
    is_raw = plan.attributes.get("processing") == rules.RAW
    needs = select(Category.raw_needs_certificate).where(
        Category.code == (plan.kind_code or plan.category_code)
    )
    return {
        "category_code": plan.category_code,
        "kind_code": plan.kind_code or None,
        "name": plan.name.strip(),
        "name_en": plan.name_en.strip(),
        "brand": plan.brand.strip(),
        "series_id": _series(session, seller_code, plan.series.strip()),
        "description": plan.description.strip(),
        "story": plan.story,
        "origin_district_code": plan.district_code,
        "origin_township_code": plan.township_code or None,
        "origin_village_code": plan.village_code or None,
        "storage_code": plan.storage_code,
        # The class says what its label says; a product of its own limits keeps to them no more.
        "min_centi_celsius": None,
        "max_centi_celsius": None,
        "shelf_life_days": plan.shelf_life_days,
        "season_months": sorted(set(months)),
        "is_year_round": plan.is_year_round,
        "is_food": plan.is_food,
        "needs_batch_certificate": is_raw and bool(session.scalar(needs)),
        "attributes": dict(plan.attributes),
        "photos": list(plan.photos),
        "picture": plan.photos[0] if plan.photos else "",
    }


def _series(session: Session, seller_code: str, name: str) -> int | None:
    if not name:
        return None
    known = select(Series.id).where(Series.seller_code == seller_code, Series.name == name)
    found = session.scalar(known)
    if found is None:
        made = insert(Series).values(seller_code=seller_code, name=name).returning(Series.id)
        found = session.scalars(made).one()
    return found


def _put_skus(
    session: Session,
    product_code: str,
    seller_code: str,
    plan: ListingPlan,
    base: ListingPlan | None,
) -> None:
    """Bring the packs of a product into line; what the seller left out goes off sale."""
    old = {sku.code: sku for sku in base.skus} if base else {}
    gone = old.keys() - {sku.code for sku in plan.skus}
    session.execute(update(Sku).where(Sku.code.in_(gone)).values(is_on_sale=False))
    made = len(list(session.scalars(select(Sku.id).where(Sku.product_code == product_code))))
    for place, sku in enumerate(plan.skus, start=1):
        if sku.code:
            before = old[sku.code]
            wanted = _sku_changes(sku, before) | {"sort_order": place}
            if sku.own_code != before.own_code:
                wanted |= _own_code(sku, seller_code)
            session.execute(update(Sku).where(Sku.code == sku.code).values(**wanted))
            continue
        made += 1
        facts = {name: getattr(sku, name) for name in SKU_FACTS}
        session.execute(
            insert(Sku).values(
                code=f"{product_code}-{made}",
                product_code=product_code,
                sort_order=place,
                **facts,
                **_own_code(sku, seller_code),
            )
        )


SKU_FACTS = (
    *("spec", "pack", "net_weight_g", "sale_unit", "piece_min_g", "piece_max_g"),
    "price_minor",
)


def _sku_changes(sku: SkuPlan, before: SkuPlan) -> dict[str, Any]:
    names = [name for name in SKU_FACTS if getattr(sku, name) != getattr(before, name)]
    return {name: getattr(sku, name) for name in names}


def _own_code(sku: SkuPlan, seller_code: str) -> dict[str, str | None]:
    return {
        "own_code": sku.own_code or None,
        "seller_code": seller_code if sku.own_code else None,
    }


def _base_of(row: ProductChange) -> ListingPlan | None:
    return changes.read_plan(row.base) if row.base else None


def _kept(plan: ListingPlan) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(plan)
    return kept


def _own(session: Session, change_id: int, seller_code: str) -> ProductChange:
    row = _lock(session, change_id)
    if row is None or row.seller_code != seller_code:
        raise ChangeNotFoundError(change_id)
    return row


def _lock(session: Session, change_id: int) -> ProductChange | None:
    return session.scalars(
        select(ProductChange)
        .where(ProductChange.id == change_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _note(
    session: Session, row: ProductChange, *, actor: str, at: datetime, words: str = ""
) -> None:
    session.add(
        ProductChangeEvent(change_id=row.id, state=row.state, actor=actor, at=at, note=words)
    )
    session.flush()
