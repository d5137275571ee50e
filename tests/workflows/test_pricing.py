"""From price to charge: tiers, campaigns, coupons and gift boxes through the real services."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import CampaignSku, PriceChange
from catalog.values import NewCampaign
from households.models import Entitlement
from kernel.errors import ConflictError, InvalidError, ShanjiError
from orders import queries as order_queries
from orders import service as orders
from orders.errors import CouponNotFoundError, QuoteChangedError
from orders.models import Coupon, OrderGroup, OrderLine
from orders.rules import confirming
from orders.values import Quote
from parties.models import Person
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.offers import a_coupon
from tests.builders.sales import GOAT, GUEST, RECIPIENT, World, a_capture, a_world, packs
from workflows import checkout, order_cancelled, order_paid
from workflows.checkout import CheckoutRequest, PlacedGroup
from workflows.order_cancelled import Refusal
from workflows.pricing import Wanted

LATER = NOON + timedelta(days=7)
REFUSAL = Refusal("person:1", "damaged")


def a_campaign(session: Session, skus: dict[str, int | None], **changes: object) -> None:
    terms = {
        "code": "AUTUMN",
        "name": "秋收节",
        "skus": skus,
        "starts_at": NOON - timedelta(days=1),
        "ends_at": LATER,
    }
    new = NewCampaign(**(terms | changes))  # type: ignore[arg-type]
    catalog.begin_campaign(session, new, actor="person:1", at=NOON)


def quoted(session: Session, quantities: dict[str, int], *coupons: str) -> Quote:
    wanted = Wanted(person_id=None, quantities=quantities, coupons=coupons)
    return checkout.quote(session, wanted, at=NOON)


def placed(
    session: Session, quantities: dict[str, int], *coupons: str, **changes: object
) -> PlacedGroup:
    request = CheckoutRequest(
        buyer=GUEST, recipient=RECIPIENT, quantities=quantities, coupons=coupons
    )
    return checkout.place(session, replace(request, **changes), at=NOON)  # type: ignore[arg-type]


def used(session: Session, code: str = "MOUNTAIN") -> tuple[int, int]:
    row = session.execute(
        select(Coupon.used, Coupon.spent_minor).where(Coupon.code == code)
    ).one()
    return row[0], row[1]


def test_a_tier_and_a_campaign_stand_in_the_quote(session: Session) -> None:
    world = a_world(session, on_hand=30)
    catalog.set_tiers(session, world.goat.code, {5: 9_000, 10: 8_000}, seller_code=GOAT)
    a_campaign(session, {world.goat.code: None}, percent=88, seller_code=GOAT)

    units = {
        packs: quoted(session, {world.goat.code: packs}).lines[0].unit_price_minor
        for packs in (1, 5, 10)
    }

    assert units == {1: 8_624, 5: 8_624, 10: 8_000}


def test_every_price_that_is_set_is_remembered(session: Session) -> None:
    world = a_world(session)
    code = world.goat.code
    catalog.change_sku(session, code, seller_code=GOAT, price_minor=9_900, is_on_sale=True)
    catalog.set_tiers(session, code, {5: 9_000}, seller_code=GOAT)
    catalog.set_tiers(session, code, {}, seller_code=GOAT)

    rows = session.execute(
        select(PriceChange.from_quantity, PriceChange.price_minor)
        .where(PriceChange.sku_id == world.goat.id)
        .order_by(PriceChange.id)
    ).all()
    assert [tuple(row) for row in rows] == [(1, 9_800), (1, 9_900), (5, 9_000), (5, None)]
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(PriceChange.__table__.delete())  # type: ignore[attr-defined]


def test_a_coupon_is_redeemed_with_the_order_and_comes_back_when_it_expires(
    session: Session,
) -> None:
    world = a_world(session)
    code = a_coupon(session, total_limit=1)
    group = placed(session, {world.goat.code: 2, world.shoots.code: 1}, code)

    assert group.total_minor == 2 * 9_800 + 3_980 + 2 * 1_800 - 1_000
    assert used(session) == (1, 1_000)
    assert placed_twice(session, world, code) == "coupon_used_up"

    assert checkout.expire(session, group.number, at=NOON + timedelta(hours=1))
    assert used(session) == (0, 0)
    assert quoted(session, {world.goat.code: 1}, code).coupons[0].minor == 1_000


def placed_twice(session: Session, world: World, code: str) -> str:
    return quoted(session, {world.goat.code: 1}, code).coupons[0].refused


def test_households_earn_the_same_with_a_coupon_of_the_platform(session: Session) -> None:
    world = a_world(session)
    code = a_coupon(session)
    for coupons in ((), (code,)):
        group = placed(session, {world.goat.code: 2}, *coupons)
        order_paid.settle(session, a_capture(session, group))

    lines = session.scalars(select(OrderLine).order_by(OrderLine.id)).all()
    assert [line.platform_discount_minor for line in lines] == [0, 1_000]
    plain, reduced = [
        sorted(
            session.execute(
                select(Entitlement.party_kind, Entitlement.amount_minor).where(
                    Entitlement.order_line_id == line.id
                )
            )
        )
        for line in lines
    ]
    assert plain == reduced
    assert sum(minor for _, minor in reduced) == 19_600


def test_a_full_refund_before_delivery_gives_the_coupon_back(session: Session) -> None:
    world = a_world(session)
    code = a_coupon(session)
    group = placed(session, {world.goat.code: 2}, code)
    order_paid.settle(session, a_capture(session, group))

    order_cancelled.refund_in_full(session, f"{group.number}-1", REFUSAL, at=NOON)

    assert used(session) == (0, 0)


def test_a_campaign_counts_its_packs_and_gives_them_back(session: Session) -> None:
    world = a_world(session)
    a_campaign(session, {world.goat.code: 9_000}, stock=3)
    group = placed(session, {world.goat.code: 2})
    taken = select(CampaignSku.taken)

    assert session.scalar(taken) == 2
    assert quoted(session, {world.goat.code: 2}).lines[0].payable_minor == 2 * 9_800
    assert quoted(session, {world.goat.code: 1}).lines[0].payable_minor == 9_000
    checkout.cancel(session, group.number, actor="guest", at=NOON)
    assert session.scalar(taken) == 0


def test_a_guest_gets_no_price_that_counts_by_buyer(session: Session) -> None:
    world = a_world(session)
    a_campaign(session, {world.goat.code: 9_000}, limit_per_buyer=2)
    person = a_person(session)

    assert quoted(session, {world.goat.code: 1}).lines[0].payable_minor == 9_800
    known = Wanted(person_id=person, quantities={world.goat.code: 2})
    assert checkout.quote(session, known, at=NOON).lines[0].payable_minor == 18_000
    buyer = replace(GUEST, person_id=person)
    placed(session, {world.goat.code: 1}, buyer=buyer)
    assert checkout.quote(session, known, at=NOON).lines[0].payable_minor == 19_600


def a_person(session: Session) -> int:
    person = Person(login="buyer", display_name="买家", password_hash="x", registered_at=NOON)
    session.add(person)
    session.flush()
    return person.id


def test_a_gift_box_takes_the_lots_of_its_parts(session: Session) -> None:
    world = a_world(session)
    tea = a_sku(session, a_product(session, seller_code=GOAT), price_minor=4_000)
    a_lot(session, tea, on_hand=10, households=3)
    box = a_sku(session, a_product(session, seller_code=GOAT), price_minor=12_000)
    parts = {world.goat.code: 1, tea.code: 1}
    catalog.set_bundle(session, box.code, parts, seller_code=GOAT)

    group = placed(session, {box.code: 2, world.goat.code: 1})

    lines = session.scalars(select(OrderLine).order_by(OrderLine.id)).all()
    boxed = [line for line in lines if line.bundle_sku_id == box.id]
    assert sum(line.gross_minor for line in boxed) == 24_000
    assert {line.sku_id: line.quantity for line in boxed} == {world.goat.id: 2, tea.id: 2}
    assert packs(session, world.lots[world.goat.code])[:2] == (7, 3)
    assert group.total_minor == 24_000 + 9_800
    with pytest.raises(ConflictError):
        placed(session, {box.code: 7, world.goat.code: 1})


def test_a_box_in_a_box_and_a_dear_box_are_refused(session: Session) -> None:
    world = a_world(session)
    box = a_sku(session, world.goat.product_code, price_minor=19_601)

    with pytest.raises(InvalidError, match="no more than its parts"):
        catalog.set_bundle(session, box.code, {world.goat.code: 2}, seller_code=GOAT)
    with pytest.raises(ConflictError):
        catalog.set_bundle(session, world.goat.code, {box.code: 2}, seller_code=GOAT)


def test_what_was_confirmed_is_charged_or_asked_again(session: Session) -> None:
    world = a_world(session)
    code = a_coupon(session)
    before = quoted(session, {world.goat.code: 2}, code)
    confirmed = confirming.confirmation(before)
    orders.stop_coupon(session, code, seller_code=None, at=NOON)

    with pytest.raises(QuoteChangedError) as refusal:
        placed(session, {world.goat.code: 2}, code, confirmed=confirmed)

    told = [(one.kind, one.before, one.after) for one in refusal.value.changes]
    assert ("coupon", 1_000, 0) in told
    assert session.scalar(select(OrderGroup.number)) is None


def test_an_unknown_coupon_is_refused(session: Session) -> None:
    world = a_world(session)

    with pytest.raises(CouponNotFoundError):
        quoted(session, {world.goat.code: 1}, "NOPE")


def test_the_lowest_deal_before_a_campaign_is_what_was_paid(session: Session) -> None:
    world = a_world(session)
    code = a_coupon(session)
    group = placed(session, {world.goat.code: 2}, code)
    order_paid.settle(session, a_capture(session, group))
    sku = world.goat.id

    def lowest(begun: timedelta) -> dict[int, int]:
        return order_queries.list_lowest_deals(session, {sku: NOON + begun}, days=7)

    assert lowest(timedelta(days=1)) == {sku: 9_300}
    assert lowest(timedelta(days=8)) == {}
    assert lowest(timedelta()) == {}


ROUNDS, BUYERS, LIMIT = 3, 12, 4


def test_limits_hold_when_many_redeem_at_once(fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url, pool_size=BUYERS)
    with Session(engine) as session:
        world = a_world(session, on_hand=500)
        sku = world.goat.code
        for number in range(ROUNDS):
            a_coupon(session, f"ROUND-{number}", total_limit=LIMIT, budget_minor=LIMIT * 900)
        a_campaign(session, {sku: 9_000}, stock=BUYERS)
        session.commit()
    kept = []
    for number in range(ROUNDS):
        held = at_once(engine_session(engine), sku, f"ROUND-{number}")
        with Session(engine) as session:
            kept.append((used(session, f"ROUND-{number}"), held))
    with Session(engine) as session:
        taken = session.scalar(select(CampaignSku.taken))
    engine.dispose()

    # The budget allows three whole coupons and the rest of a fourth.
    assert kept == [((LIMIT, LIMIT * 900), LIMIT)] * ROUNDS
    assert taken == BUYERS


def engine_session(engine: object) -> Callable[[], Session]:
    return lambda: Session(engine)  # type: ignore[arg-type]


def at_once(new_session: Callable[[], Session], sku: str, code: str) -> int:
    """Let everybody order with one coupon at once; return how many orders it reduced."""
    start = threading.Barrier(BUYERS)
    reduced: list[int] = []
    failed: list[Exception] = []

    def buy() -> None:
        start.wait()
        try:
            with new_session() as session:
                group = placed(session, {sku: 1}, code)
                row = session.scalars(
                    select(OrderGroup).where(OrderGroup.number == group.number)
                ).one()
                reduced.append(row.discount_minor % 800)
                session.commit()
        except (ShanjiError, DBAPIError) as error:
            failed.append(error)

    threads = [threading.Thread(target=buy) for _ in range(BUYERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return sum(1 for minor in reduced if minor)
