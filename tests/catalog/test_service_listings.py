"""Listings: written by sellers, looked at by others, and only then what buyers see."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog import service
from catalog.errors import (
    ChangeNotFoundError,
    ListingIncompleteError,
    OwnCodeTakenError,
    PhotoNotFoundError,
    ProductNotFoundError,
)
from catalog.listing import changes
from catalog.listing.changes import PhotoRow
from catalog.models import Category, Product, ProductPhoto, Sku
from catalog.values import ChangeState, ListingPlan, ProductState, SkuPlan
from kernel.errors import ConflictError, InvalidError
from tests.builders.catalog import NOON, a_product, a_sku
from tests.builders.listings import REVIEWER, WRITER, a_photo, a_plan, some_words
from tests.builders.papers import paper_policies
from tests.builders.places import a_seller


@pytest.fixture
def seller(session: Session) -> str:
    some_words(session)
    return a_seller(session)


def written(
    session: Session, seller: str, plan: ListingPlan, product: str | None = None
) -> int:
    """Begin, write and submit a listing."""
    number = service.begin_change(session, seller, product, actor=WRITER, at=NOON)
    service.write_change(session, number, plan, seller_code=seller, at=NOON)
    service.submit_change(session, number, seller_code=seller, actor=WRITER, at=NOON)
    return number


def decide(
    session: Session,
    number: int,
    decision: ChangeState = ChangeState.APPROVED,
    note: str = "好",
) -> str | None:
    return service.decide_change(session, number, decision, note=note, actor=REVIEWER, at=NOON)


def listed(session: Session, seller: str, **changed: object) -> str:
    """A new product that went all the way."""
    plan = replace(a_plan(photos=(a_photo(session, seller),)), **changed)  # type: ignore[arg-type]
    code = decide(session, written(session, seller, plan))
    assert code is not None
    return code


def test_a_new_product_goes_on_sale_when_it_is_approved(session: Session, seller: str) -> None:
    stem = a_photo(session, seller)
    number = written(session, seller, a_plan(photos=(stem,), series="白马"))
    assert session.scalars(select(Product.code)).all() == []
    code = decide(session, number)
    product = session.get_one(Product, code)
    assert (product.state, product.name, product.kind_code) == (
        ProductState.LISTED,
        "白马山红茶",
        "black",
    )
    assert (product.picture, product.photos, product.attributes) == (
        stem,
        [stem],
        {"grade": "top"},
    )
    assert session.get_one(ProductPhoto, stem).is_public
    assert session.scalars(select(Sku.code)).all() == [f"{code}-1"]
    steps = changes.get_change(session, number).steps
    assert [(step.state, step.actor) for step in steps] == [
        (ChangeState.DRAFT, WRITER),
        (ChangeState.SUBMITTED, WRITER),
        (ChangeState.APPROVED, REVIEWER),
    ]


@pytest.mark.parametrize(("processing", "needs"), [("raw", True), ("simple", False)])
def test_unprocessed_goods_need_their_certificate_by_category(
    session: Session,
    seller: str,
    processing: str,
    needs: bool,  # noqa: FBT001
) -> None:
    code = listed(session, seller, attributes={"processing": processing})
    assert session.get_one(Product, code).needs_batch_certificate is needs


def test_a_listing_that_lacks_something_is_not_sent(session: Session, seller: str) -> None:
    number = service.begin_change(session, seller, None, actor=WRITER, at=NOON)
    service.write_change(session, number, a_plan(name=""), seller_code=seller, at=NOON)
    with pytest.raises(ListingIncompleteError) as refused:
        service.submit_change(session, number, seller_code=seller, actor=WRITER, at=NOON)
    assert refused.value.faults == {"name": "name_unfit", "photos": "photo_missing"}
    assert changes.get_change(session, number).head.state is ChangeState.DRAFT


def test_a_change_touches_only_what_the_seller_changed(session: Session, seller: str) -> None:
    code = listed(session, seller)
    sku = f"{code}-1"
    today = changes.plan_of(session, code)
    number = written(
        session, seller, replace(today, description="更详细的说明，手采红茶。"), code
    )
    service.change_sku(session, sku, seller_code=seller, price_minor=8_800, is_on_sale=True)
    session.execute(update(Product).values(name="另一个名字"))
    decide(session, number)
    after = changes.plan_of(session, code)
    assert (after.description, after.name) == ("更详细的说明，手采红茶。", "另一个名字")
    assert after.skus[0].price_minor == 8_800


def test_packs_are_added_renamed_and_taken_off(session: Session, seller: str) -> None:
    code = listed(session, seller)
    today = changes.plan_of(session, code)
    more = SkuPlan(spec="250g/罐", net_weight_g=250, price_minor=19_800, own_code="T250")
    renamed = replace(today.skus[0], spec="100克/罐", own_code="T100")
    decide(session, written(session, seller, replace(today, skus=(more, renamed)), code))
    after = changes.plan_of(session, code)
    assert [(sku.code, sku.spec, sku.own_code) for sku in after.skus] == [
        (f"{code}-2", "250g/罐", "T250"),
        (f"{code}-1", "100克/罐", "T100"),
    ]
    decide(session, written(session, seller, replace(after, skus=after.skus[:1]), code))
    off = session.scalars(select(Sku).where(Sku.is_on_sale.is_(False))).one()
    assert off.code == f"{code}-1"


def test_two_packs_of_a_seller_never_share_a_code(session: Session, seller: str) -> None:
    pack = a_plan().skus[0]
    listed(session, seller, skus=(replace(pack, own_code="T1"),))
    stem = a_photo(session, seller)
    twin = a_plan(photos=(stem,), skus=(replace(pack, own_code="T1"),))
    number = written(session, seller, twin)
    with pytest.raises(OwnCodeTakenError):
        decide(session, number)
    other = a_seller(session, "S-OTHER")
    listed(session, other, skus=(replace(pack, own_code="T1"),))


def test_a_product_has_one_open_change(session: Session, seller: str) -> None:
    code = listed(session, seller)
    first = service.begin_change(session, seller, code, actor=WRITER, at=NOON)
    assert service.begin_change(session, seller, code, actor=WRITER, at=NOON) == first
    service.withdraw_change(session, first, seller_code=seller, actor=WRITER, at=NOON)
    assert service.begin_change(session, seller, code, actor=WRITER, at=NOON) != first


def test_nothing_is_sent_that_changes_nothing(session: Session, seller: str) -> None:
    code = listed(session, seller)
    number = service.begin_change(session, seller, code, actor=WRITER, at=NOON)
    with pytest.raises(ConflictError) as refused:
        service.submit_change(session, number, seller_code=seller, actor=WRITER, at=NOON)
    assert refused.value.code == "change_is_none"


def test_whoever_wrote_it_does_not_decide(session: Session, seller: str) -> None:
    number = written(session, seller, a_plan(photos=(a_photo(session, seller),)))
    with pytest.raises(ConflictError) as refused:
        service.decide_change(
            session, number, ChangeState.APPROVED, note="", actor=WRITER, at=NOON
        )
    assert refused.value.code == "change_own"


def test_what_is_returned_is_mended_and_sent_again(session: Session, seller: str) -> None:
    number = written(session, seller, a_plan(photos=(a_photo(session, seller),)))
    with pytest.raises(InvalidError):
        decide(session, number, ChangeState.RETURNED, note=" ")
    assert decide(session, number, ChangeState.RETURNED, note="请写清海拔") is None
    plan = changes.get_change(session, number).head.plan
    service.write_change(session, number, plan, seller_code=seller, at=NOON)
    service.submit_change(session, number, seller_code=seller, actor=WRITER, at=NOON)
    assert decide(session, number) is not None


def test_it_is_decided_once(session: Session, seller: str) -> None:
    number = written(session, seller, a_plan(photos=(a_photo(session, seller),)))
    decide(session, number, ChangeState.DECLINED, note="烟草不能售卖")
    with pytest.raises(ConflictError):
        decide(session, number)
    with pytest.raises(ConflictError):
        service.write_change(session, number, a_plan(), seller_code=seller, at=NOON)


def test_other_sellers_find_neither_change_nor_photo(session: Session, seller: str) -> None:
    other = a_seller(session, "S-OTHER")
    stem = a_photo(session, seller)
    number = service.begin_change(session, seller, None, actor=WRITER, at=NOON)
    with pytest.raises(ChangeNotFoundError):
        service.write_change(session, number, a_plan(), seller_code=other, at=NOON)
    with pytest.raises(ChangeNotFoundError):
        changes.get_change(session, number, seller_code=other)
    with pytest.raises(PhotoNotFoundError):
        changes.read_photo(session, stem, 160, seller_codes=[other])
    shown = changes.read_photo(session, stem, 160, seller_codes=[seller])
    assert shown == PhotoRow(b"s", is_avif=False, is_public=False)
    theirs = service.begin_change(session, other, None, actor=WRITER, at=NOON)
    with pytest.raises(InvalidError):
        service.write_change(
            session, theirs, a_plan(photos=(stem,)), seller_code=other, at=NOON
        )
    product = a_product(session, seller_code=seller)
    with pytest.raises(ProductNotFoundError):
        service.begin_change(session, other, product, actor=WRITER, at=NOON)


def test_photos_nobody_uses_are_forgotten(session: Session, seller: str) -> None:
    used, unused = a_photo(session, seller), a_photo(session, seller)
    number = service.begin_change(session, seller, None, actor=WRITER, at=NOON)
    service.write_change(session, number, a_plan(photos=(used,)), seller_code=seller, at=NOON)
    assert service.drop_unused_photos(session, before=NOON) == 0
    assert service.drop_unused_photos(session, before=NOON + timedelta(days=1)) == 1
    assert session.scalars(select(ProductPhoto.stem)).all() == [used]
    assert unused != used


def test_a_product_of_the_sample_keeps_its_drawing(session: Session, seller: str) -> None:
    product = a_product(session, seller_code=seller, category_code="tea", shelf_life_days=30)
    a_sku(session, product)
    today = changes.plan_of(session, product)
    number = written(
        session, seller, replace(today, description="新的说明，写得更清楚一些。"), product
    )
    decide(session, number)
    assert session.get_one(Product, product).picture == "green-tea"


def test_a_kind_stands_on_one_shelf(session: Session, seller: str) -> None:
    assert seller
    with pytest.raises(IntegrityError), session.begin_nested():
        a_product(session, category_code="honey", kind_code="black")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            update(Category).where(Category.code == "black").values(lineage=["black"])
        )


def test_a_herb_that_is_no_food_is_never_let_pass_as_food(
    session: Session, seller: str
) -> None:
    herb = a_product(
        session,
        seller_code=seller,
        category_code="tea",
        is_food=False,
        description="只作药材，不作食品销售。",
        details={"food_use_allowed": False},
    )
    a_sku(session, herb)
    told = replace(changes.plan_of(session, herb), is_food=True, shelf_life_days=30)
    with pytest.raises(ConflictError) as refused:
        written(session, seller, told, herb)
    assert refused.value.code == "herb_is_no_food"


def test_a_herb_that_is_no_food_is_listed_as_what_it_is(session: Session, seller: str) -> None:
    paper_policies(session)
    no_food = {"is_food": False, "name": "黄连片", "description": "只作药材，不可食用。"}
    for changed, code in (
        ({"is_food": True}, "herb_is_no_food"),
        ({"description": "切片，冬天煲汤。"}, "herb_food_claim"),
    ):
        with pytest.raises((ConflictError, InvalidError)) as refused:
            listed(session, seller, **(no_food | changed))
        assert refused.value.code == code

    product = listed(session, seller, **no_food)

    found = session.scalars(select(Product.details).where(Product.code == product)).one()
    assert found == {"food_use_allowed": False}
