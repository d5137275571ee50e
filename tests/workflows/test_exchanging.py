"""Goods in exchange: the refund's money pays the same packs anew, at the right party's cost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Sku
from kernel import vault
from kernel.errors import ConflictError, ShanjiError
from orders import queries as order_queries
from orders.models import Claim, Order, OrderGroup, OrderParcel
from orders.queries import GroupCaller
from orders.values import ClaimCause, ClaimKind, ClaimState, GroupState
from payments.models import Payment, Refund
from payments.values import Bearer, Provider, RefundState
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo
from tests.builders.cold_chain import CARRIER
from tests.builders.presales import a_presale
from tests.builders.sales import GOAT, balances, packs
from tests.workflows.test_claims import (
    BUYER,
    DELIVERED,
    LOGGER,
    PRICE,
    SELLER,
    SOON,
    a_shop,
    an_order,
    broken,
    deliver,
    state,
)
from workflows import claim_decisions, claims, order_delivered, order_shipped
from workflows.claims import Asked
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

WORKERS = 10


def damaged(line: int, packs: int = 2, key: str = "x") -> Asked:
    return Asked(
        kind=ClaimKind.EXCHANGE,
        packs={line: packs},
        key=key,
        actor="guest",
        cause=ClaimCause.DAMAGED,
        photos=(a_photo(),),
    )


def earned(session: Session) -> dict[str, int]:
    """Return what parties and the platform got by sales."""
    return {
        code: -minor
        for code, minor in balances(session).items()
        if "payable" in code or code == "I:commission"
    }


def groups(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(OrderGroup)).one()


def replacement(session: Session, claim: int) -> OrderGroup:
    session.expire_all()
    found = session.scalars(
        select(OrderGroup)
        .join(Claim, Claim.replacement_number == OrderGroup.number)
        .where(Claim.id == claim)
    ).one()
    assert isinstance(found, OrderGroup)
    return found


def test_the_same_packs_are_sent_once_more_and_the_money_is_spent(session: Session) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    before = earned(session)

    claim = claims.open_claim(session, number, damaged(line), at=SOON)
    assert state(session, claim) is ClaimState.REQUESTED
    claim_decisions.approve(session, claim, SELLER, at=SOON)

    assert state(session, claim) is ClaimState.EXCHANGED
    group = replacement(session, claim)
    assert (group.state, group.total_minor) == (GroupState.PAID, 2 * PRICE)
    (parcel,) = session.scalars(
        select(OrderParcel).where(OrderParcel.order_number == f"{group.number}-1")
    )
    assert (parcel.storage_code, parcel.shipping_minor) == ("CHILL_MEAT", 0)
    assert packs(session, world.lots[world.goat.code]) == (5, 0, 5, 0)
    refund = session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount_minor) == (RefundState.APPLIED, 2 * PRICE)
    assert not [code for code in balances(session) if code.startswith("L:refund:")]
    assert broken(session) == known
    # Nobody earns the goods twice: what was taken back is expected of the new parcel.
    assert sum(before.values()) - sum(earned(session).values()) == 2 * PRICE

    again = f"{group.number}-1"
    order_shipped.pack(session, again, actor="person:1", at=SOON)
    hand_over = HandOver(actor="person:1", device_code=LOGGER)
    order_shipped.ship(session, again, hand_over, at=SOON)
    later = SOON + timedelta(hours=4)
    order_delivered.deliver(session, again, Receipt("person:2", "recipient"), at=later)

    assert earned(session) == before
    volume = session.scalar(text("SELECT sum(minor) FROM volume_events"))
    assert volume == 3 * PRICE
    assert broken(session) == known


@pytest.mark.parametrize("bearer", [Bearer.CARRIER, Bearer.PLATFORM])
def test_another_bearer_buys_the_packs_and_the_sale_stands(
    session: Session, bearer: Bearer
) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    before = balances(session)
    claim = claims.open_claim(session, number, damaged(line), at=SOON)

    claim_decisions.reject(session, claim, SELLER, at=SOON)
    claim_decisions.dispute(session, claim, BUYER, at=SOON)
    claim_decisions.overrule(session, claim, SELLER, bearer=bearer, percent=100, at=SOON)

    after = balances(session)
    moved = {
        code: after.get(code, 0) - before.get(code, 0)
        for code in before.keys() | after.keys()
        if after.get(code, 0) != before.get(code, 0)
    }
    prepaid = f"L:prepaid:{replacement(session, claim).number}-1"
    assert moved.pop(prepaid) == -2 * PRICE
    owner = f"logistics:{CARRIER}" if bearer is Bearer.CARRIER else "E:goodwill"
    assert all(owner in code for code in moved)
    assert sum(moved.values()) == 2 * PRICE
    volume = session.scalar(text("SELECT sum(minor) FROM volume_events"))
    assert volume == 3 * PRICE
    assert broken(session) == known


@pytest.mark.parametrize(
    "gone",
    [
        update(Lot).values(quarantined_at=NOON),
        update(Sku).values(is_on_sale=False),
        update(OrderGroup).values(recipient="{}", recipient_erased_at=NOON),
    ],
    ids=["stopped", "not-offered", "erased"],
)
def test_what_cannot_be_sent_is_paid_back(session: Session, gone: object) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    claim = claims.open_claim(session, number, damaged(line), at=SOON)
    session.execute(gone)  # type: ignore[call-overload]
    there = groups(session)
    shelf = packs(session, world.lots[world.goat.code])

    claim_decisions.approve(session, claim, SELLER, at=SOON)

    assert state(session, claim) is ClaimState.SETTLED
    assert session.scalar(select(Claim.replacement_number)) is None
    assert groups(session) == there
    refund = session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount_minor) == (RefundState.REQUESTED, 2 * PRICE)
    assert packs(session, world.lots[world.goat.code]) == shelf
    assert broken(session) == known


def test_goods_that_are_only_presold_by_now_are_paid_back(session: Session) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    claim = claims.open_claim(session, number, damaged(line), at=SOON)
    a_presale(session, world.goat, seller=GOAT, at=SOON)
    there = groups(session)

    claim_decisions.approve(session, claim, SELLER, at=SOON)

    assert state(session, claim) is ClaimState.SETTLED
    assert groups(session) == there
    refund = session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount_minor) == (RefundState.REQUESTED, 2 * PRICE)
    assert broken(session) == known


def test_the_key_of_the_order_opens_its_replacement_too(session: Session) -> None:
    world, _ = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    stored = session.scalars(
        select(OrderGroup.access_hash)
        .join(Order, Order.group_number == OrderGroup.number)
        .where(Order.number == number)
    ).one()
    claim = claims.open_claim(session, number, damaged(line), at=SOON)
    claim_decisions.approve(session, claim, SELLER, at=SOON)

    group = replacement(session, claim)
    assert bytes(group.access_hash) == bytes(stored)
    with pytest.raises(ShanjiError):
        order_queries.get_group(session, group.number, GroupCaller(key="another"))


def test_a_replacement_is_refunded_by_hand(session: Session) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    claim = claims.open_claim(session, number, damaged(line), at=SOON)
    claim_decisions.approve(session, claim, SELLER, at=SOON)
    again = f"{replacement(session, claim).number}-1"
    (line_again,) = order_queries.list_line_heads(session, order_number=again)

    cancel = Asked(kind=ClaimKind.CANCEL, packs={line_again.line_id: 2}, key="c", actor="guest")
    claims.open_claim(session, again, cancel, at=SOON)

    owed = session.scalars(select(Refund).where(Refund.order_number == again)).one()
    payment = session.get_one(Payment, owed.payment_id)
    assert (payment.provider, owed.amount_minor) == (Provider.EXCHANGE, 2 * PRICE)
    assert broken(session) == known


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=WORKERS + 2)
    yield engine
    engine.dispose()


def test_parallel_clicks_send_goods_or_money_and_never_both(busy: Engine) -> None:
    """Ten packs are on the shelf, six are sold; of six claims at once four can be sent."""
    with Session(busy) as session:
        world, known = a_shop(session)
        number, line = an_order(session, world, 6)
        deliver(session, number)
        ids = [
            claims.open_claim(session, number, damaged(line, 1, f"k{n}"), at=SOON)
            for n in range(6)
        ]
        there, lot = groups(session), world.lots[world.goat.code]
        session.commit()
    acts: list[Callable[[Session, int], None]] = [
        lambda session, claim: claim_decisions.approve(session, claim, SELLER, at=SOON),
        lambda session, claim: claim_decisions.overrule(
            session, claim, SELLER, bearer=Bearer.SELLER, percent=50, at=SOON
        ),
        lambda session, claim: claim_decisions.approve(session, claim, SELLER, at=SOON),
        lambda session, claim: claim_decisions.withdraw(session, claim, BUYER, at=SOON),
    ]

    def click(place: int) -> str:
        with Session(busy) as session:
            try:
                acts[place // len(ids) % len(acts)](session, ids[place % len(ids)])
                session.commit()
            except ConflictError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(click, range(len(ids) * len(acts))))

    assert found.count("done") == len(ids)
    assert set(found) <= {"done", "claim_step_not_allowed", "step_not_allowed"}
    with Session(busy) as session:
        rows = session.execute(
            select(Claim.state, Claim.refund_id, Claim.replacement_number)
        ).all()
        sent = [row for row in rows if row.replacement_number]
        assert all(row.state is ClaimState.EXCHANGED and row.refund_id for row in sent)
        assert len({row.refund_id for row in rows if row.refund_id}) == sum(
            row.refund_id is not None for row in rows
        )
        assert groups(session) == there + len(sent)
        available, held, sold, lost = packs(session, lot)
        assert (available + held + sold + lost, held) == (10, 0)
        assert sold == 6 + len(sent)
        assert broken(session) == known


def test_fresh_goods_are_exchanged_within_their_hours_only(session: Session) -> None:
    world, _ = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    late = DELIVERED + timedelta(hours=25)
    with pytest.raises(ConflictError) as refused:
        claims.open_claim(session, number, damaged(line), at=late)
    assert refused.value.code == "claim_too_late"
