"""Cards, product pages and filters tell of one pack what the basket charges for it."""

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing import product as product_queries
from catalog.listing.cards import CardRow, list_cards
from catalog.listing.facets import count_facets
from catalog.listing.filters import Filter, Sort
from catalog.models import Campaign, CampaignSku, CampaignUse, Lot, Sku
from catalog.values import NewCampaign
from kernel.policy import PolicyParam
from orders.models import OrderLine
from orders.values import Buyer, Quote
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.people import a_person
from tests.builders.sales import GOAT, World, a_capture, a_group, a_world
from workflows import campaign_begun, checkout, order_paid
from workflows.pricing import Wanted

MINUTE = timedelta(minutes=1)
ENDS = NOON + timedelta(hours=2)
WORLDS = 6


def a_box(session: Session, parts: dict[str, int], *, price_minor: int) -> Sku:
    product = a_product(session, seller_code=GOAT, category_code="gift")
    box = a_sku(session, product, price_minor=price_minor)
    catalog.set_bundle(session, box.code, parts, seller_code=GOAT)
    return box


def a_campaign(
    session: Session, code: str, skus: dict[str, int | None], **terms: object
) -> None:
    given = {"starts_at": NOON, "ends_at": ENDS, "name": code, "code": code, "skus": skus}
    new = NewCampaign(**(given | terms))  # type: ignore[arg-type]
    campaign_begun.begin(session, new, actor="person:1", at=NOON)


def cards(session: Session, person: int | None = None, **options: object) -> dict[str, CardRow]:
    given = {"at": NOON, "size": 99} | options
    page = list_cards(session, Filter(), person_id=person, **given)  # type: ignore[arg-type]
    return {card.code: card for card in page.rows}


def one_pack(session: Session, sku: str, person: int | None, at: object = NOON) -> Quote:
    wanted = Wanted(person_id=person, quantities={sku: 1})
    return checkout.quote(session, wanted, at=at)  # type: ignore[arg-type]


def prices_set(session: Session) -> dict[str, int]:
    return {
        row.code: row.price_minor for row in session.execute(select(Sku.code, Sku.price_minor))
    }


def put_on_shelf(session: Session, sku_id: int, packs: int) -> None:
    gone = Lot.held + Lot.sold + Lot.written_off
    session.execute(
        update(Lot).where(Lot.sku_id == sku_id).values(available=packs, received=gone + packs)
    )


def paid(quote: Quote) -> int:
    return sum(line.payable_minor for line in quote.lines)


def left(quote: Quote) -> int:
    ((item,),) = [order.items for order in quote.orders]
    return item.available


def a_random_world(session: Session, random: Random, world: World) -> list[str]:
    """Change prices, stock, parts and campaigns; return the SKUs."""
    skus = list(session.scalars(select(Sku).where(Sku.product_code == world.goat.product_code)))
    if len(skus) == 1:
        for _ in range(2):
            sku = a_sku(session, world.goat.product_code, price_minor=9_000)
            a_lot(session, sku, on_hand=3)
            skus.append(sku)
    for sku in skus:
        sku.price_minor = random.randint(500, 12_000)
        put_on_shelf(session, sku.id, random.choice((0, 1, 7, 40)))
    session.flush()
    return [sku.code for sku in skus]


def some_campaigns(session: Session, random: Random, codes: list[str], person: int) -> None:
    line = session.scalars(select(OrderLine.id)).first()
    prices = prices_set(session)
    for number in range(random.randint(0, 4)):
        chosen = random.sample(codes, random.randint(1, len(codes)))
        code = f"DEAL-{number}"
        a_campaign(
            session,
            code,
            {sku: random.randint(1, prices[sku] - 1) for sku in chosen},
            seller_code=random.choice((GOAT, None)),
            stock=random.choice((None, 5)),
            limit_per_buyer=random.choice((None, 2)),
            starts_at=NOON + random.choice((-MINUTE, MINUTE)),
            ends_at=NOON + random.choice((2, 9)) * MINUTE,
        )
        if random.random() < 0.3:
            session.execute(
                update(CampaignSku)
                .where(CampaignSku.campaign_code == code, CampaignSku.stock > 0)
                .values(taken=5)
            )
        if random.random() < 0.2:
            catalog.stop_campaign(session, code, seller_code=None, at=NOON)
        if random.random() < 0.4:
            sku_id = session.scalar(select(Sku.id).where(Sku.code == chosen[0]))
            session.execute(delete(CampaignUse))
            use = CampaignUse(
                order_line_id=line,
                campaign_code=code,
                sku_id=sku_id,
                group_number=session.scalar(select(OrderLine.order_number))[:-2],  # type: ignore[index]
                person_id=person,
                quantity=2,
                used_at=NOON,
            )
            session.add(use)
            session.flush()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_a_card_costs_what_the_basket_charges(session: Session, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- a world to try, not a secret
    world = a_world(session, on_hand=40)
    person = a_person(session, "buyer")
    buyer = Buyer(person, None, "SHLL", f"person:{person}")
    a_group(session, {world.goat.code: 1}, buyer=buyer)
    codes = a_random_world(session, random, world)
    parts = {code: random.randint(1, 3) for code in random.sample(codes, 2)}
    worth = prices_set(session)
    price = sum(worth[code] * packs for code, packs in parts.items())
    box = a_box(session, parts, price_minor=random.randint(2, price))
    # The parts may have become cheaper, even than the box, since the box was made.
    for sku in session.scalars(select(Sku).where(Sku.code.in_(parts))):
        sku.price_minor = max(2, sku.price_minor * random.randint(20, 150) // 100)
    session.flush()
    some_campaigns(session, random, codes, person)

    for who in (None, person):
        for at in (NOON, NOON + MINUTE, NOON + 2 * MINUTE, NOON + 9 * MINUTE):
            told = cards(session, who, at=at)
            quotes = {code: one_pack(session, code, who, at) for code in (*codes, box.code)}
            charged = {code: paid(quote) for code, quote in quotes.items()}
            card = told[world.goat.product_code]
            boxed = told[box.product_code]
            assert card.price_minor == min(charged[code] for code in codes)
            assert card.price_minor == charged[card.sku_code]
            assert boxed.price_minor == charged[box.code]
            assert (boxed.is_box, card.is_box) == (True, False)
            assert boxed.available == left(quotes[box.code])
            shelf = product_queries.list_offers(
                session, box.product_code, at=at, person_id=who
            ) + product_queries.list_offers(
                session, world.goat.product_code, at=at, person_id=who
            )
            assert {one.code: one.price_minor for one in shelf} == charged
            assert {one.code: one.available for one in shelf} == {
                code: left(quote) for code, quote in quotes.items()
            }


def test_a_price_changes_at_the_second_a_campaign_begins_and_ends(session: Session) -> None:
    world = a_world(session)
    a_campaign(session, "HOUR", {world.goat.code: 8_000}, starts_at=NOON + MINUTE, ends_at=ENDS)
    second = timedelta(seconds=1)

    def price(at: object) -> int:
        return cards(session, at=at)[world.goat.product_code].price_minor

    moments = (NOON + MINUTE - second, NOON + MINUTE, ENDS - second, ENDS)
    assert [price(at) for at in moments] == [9_800, 8_000, 8_000, 9_800]


def test_lists_are_sorted_and_narrowed_by_what_is_charged_now(session: Session) -> None:
    world = a_world(session)
    a_campaign(session, "CHEAP", {world.goat.code: 3_000})
    narrow = Filter(max_minor=3_500)
    goat, shoots = world.goat.product_code, world.shoots.product_code

    during = list_cards(session, Filter(), sort=Sort.PRICE_UP, at=NOON).rows
    after = list_cards(session, Filter(), sort=Sort.PRICE_UP, at=ENDS).rows

    assert [card.code for card in during] == [goat, shoots]
    assert [card.code for card in after] == [shoots, goat]
    assert [card.code for card in list_cards(session, narrow, at=NOON).rows] == [goat]
    counts = [count_facets(session, narrow, at=at).total for at in (NOON, ENDS)]
    assert counts == [1, 0]


def test_a_box_can_be_had_as_long_as_the_scarcest_part_lasts(session: Session) -> None:
    world = a_world(session, on_hand=40)
    ribs = a_sku(session, world.goat.product_code, price_minor=5_000)
    a_lot(session, ribs, on_hand=5)
    box = a_box(session, {world.goat.code: 1, ribs.code: 2}, price_minor=18_000)
    wanted = Filter(is_in_stock=True)

    def in_stock() -> list[str]:
        return [card.code for card in list_cards(session, wanted, at=NOON).rows]

    assert cards(session)[box.product_code].available == 2
    assert box.product_code in in_stock()
    put_on_shelf(session, ribs.id, 1)
    assert cards(session)[box.product_code].available == 0
    assert box.product_code not in in_stock()


def test_what_is_struck_through_was_paid_in_the_days_before(session: Session) -> None:
    world = a_world(session)
    number = {"code": campaign_begun.DAYS_BACK, "value": 7, "valid_from": date(2020, 1, 1)}
    session.add(PolicyParam(**number, unit="days", basis="test", note=""))
    group = a_group(session, {world.goat.code: 1})
    order_paid.settle(session, a_capture(session, group))
    session.execute(update(Sku).where(Sku.id == world.goat.id).values(price_minor=12_000))
    starts, ends = NOON + timedelta(days=1), NOON + timedelta(days=2)
    a_campaign(session, "LATER", {world.goat.code: 9_000}, starts_at=starts, ends_at=ends)

    def struck(at: object = starts) -> int | None:
        return cards(session, at=at)[world.goat.product_code].struck_minor

    # Nothing is struck through before somebody looked up what was paid.
    assert struck() is None
    assert campaign_begun.measure(session, at=starts - MINUTE) == 0
    assert [campaign_begun.measure(session, at=starts) for _ in range(2)] == [1, 0]
    assert (struck(), struck(ends)) == (9_800, None)
    assert session.scalar(select(Campaign.measured_at)) == starts
