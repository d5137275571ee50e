"""Claims from asking to being paid: the right party pays, and never more than was bought."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, ShanjiError
from ledger import queries as ledger_queries
from orders import queries as order_queries
from orders.models import Claim, OrderLine
from orders.values import Buyer, ClaimKind, ClaimState, Condition, OrderState
from payments.models import Payment, Refund
from payments.values import Bearer
from reporting.invariants import checks
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo, some_terms
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.people import a_person
from tests.builders.sales import World, a_paid_group, a_world, balances, packs
from workflows import claim_decisions, claims, order_delivered, order_shipped
from workflows.claim_steps import Word
from workflows.claims import Asked
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

DELIVERED = NOON + timedelta(hours=6)
SOON = DELIVERED + timedelta(hours=1)
SELLER, BUYER, STAFF = (
    Word("person:1", "looked at it"),
    Word("guest", "no"),
    Word("person:9", ""),
)
LOGGER = "LOG-1"
PRICE = 9_800
HOUSEHOLD = "L:payable:hh:"


def a_shop(session: Session) -> tuple[World, dict[str, int]]:
    world = a_world(session)
    some_terms(session)
    a_device(session, LOGGER)
    return world, broken(session)


def an_order(
    session: Session, world: World, packs: int = 3, *, person_id: int | None = None
) -> tuple[str, int]:
    """Return a paid order of goat meat and its line."""
    buyer = Buyer(person_id, None, "SHLL", f"person:{person_id}" if person_id else "guest")
    number = f"{a_paid_group(session, {world.goat.code: packs}, buyer=buyer).number}-1"
    (line,) = order_queries.list_line_heads(session, order_number=number)
    return number, line.line_id


def deliver(session: Session, number: str) -> None:
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=LOGGER), at=NOON)
    order_delivered.deliver(session, number, Receipt("person:2", "recipient"), at=DELIVERED)


def broken(session: Session) -> dict[str, int]:
    found = {check.name: checks.ask(session, check).broken for check in checks.CHECKS}
    found |= {one.code: one.figure for one in ledger_queries.audit(session)}
    # The readings of a parcel are not what this is about.
    found.pop("cold-deliveries-judged")
    return {name: count for name, count in found.items() if count}


def spoiled(line: int, packs: int = 1, **more: object) -> Asked:
    wanted: dict[str, object] = {"key": f"k{packs}", "actor": "guest", "percent": 50, **more}
    return Asked(
        kind=ClaimKind.SPOILED,
        packs={line: packs},
        photos=(a_photo(),),
        **wanted,  # type: ignore[arg-type]
    )


def state(session: Session, claim: int) -> ClaimState:
    session.expire_all()
    return session.scalars(select(Claim.state).where(Claim.id == claim)).one()


def owed(session: Session) -> int:
    found = balances(session)
    return -sum(minor for code, minor in found.items() if code.startswith("L:refund:"))


def test_a_cancelled_pack_is_paid_at_once_and_back_on_the_shelf(session: Session) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    asked = Asked(kind=ClaimKind.CANCEL, packs={line: 1}, key="one", actor="guest")

    first, second = (claims.open_claim(session, number, asked, at=NOON) for _ in range(2))

    assert first == second
    assert state(session, first) is ClaimState.SETTLED
    assert owed(session) == PRICE
    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)
    rest = Asked(kind=ClaimKind.CANCEL, packs={line: 2}, key="rest", actor="guest")
    claims.open_claim(session, number, rest, at=NOON)
    order = order_queries.get_order(session, number, seller_code=None)
    assert order.state is OrderState.REFUNDED
    assert owed(session) == 3 * PRICE + 1_800 if order.shipping_minor else 3 * PRICE
    assert broken(session) == known


def test_the_seller_pays_a_graded_share_and_households_give_back_theirs(
    session: Session,
) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    before = balances(session)

    claim = claims.open_claim(session, number, spoiled(line, 2), at=SOON)
    assert state(session, claim) is ClaimState.REQUESTED
    claim_decisions.approve(session, claim, SELLER, at=SOON)

    assert owed(session) == PRICE
    after = balances(session)
    households = sum(
        after.get(code, 0) - before[code] for code in before if code[:13] == HOUSEHOLD
    )
    assert households > 0
    assert broken(session) == known


@pytest.mark.parametrize("bearer", [Bearer.CARRIER, Bearer.PLATFORM])
def test_another_bearer_leaves_what_was_earned_alone(session: Session, bearer: Bearer) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    before = balances(session)
    claim = claims.open_claim(session, number, spoiled(line, 2), at=SOON)

    claim_decisions.reject(session, claim, SELLER, at=SOON)
    claim_decisions.dispute(session, claim, BUYER, at=SOON)
    claim_decisions.overrule(session, claim, SELLER, bearer=bearer, percent=70, at=SOON)

    after = balances(session)
    moved = {
        code: after.get(code, 0) - before.get(code, 0)
        for code in before.keys() | after.keys()
        if after.get(code, 0) != before.get(code, 0) and not code.startswith("L:refund:")
    }
    cost = 2 * PRICE * 70 // 100
    assert sum(moved.values()) == cost == owed(session)
    owner = f"logistics:{CARRIER}" if bearer is Bearer.CARRIER else "E:goodwill"
    assert all(owner in code for code in moved)
    written = session.execute(
        select(OrderLine.refunded_minor, OrderLine.compensated_minor).where(
            OrderLine.id == line
        )
    ).one()
    assert tuple(written) == (0, cost)
    volume = "SELECT sum(minor) FROM volume_events WHERE order_line_id = :line"
    assert session.scalar(text(volume), {"line": line}) == 3 * PRICE
    assert broken(session) == known


def test_small_claims_of_a_buyer_are_granted_at_once_up_to_the_month(session: Session) -> None:
    world, known = a_shop(session)
    person = a_person(session, "buyer")
    number, line = an_order(session, world, 3, person_id=person)
    deliver(session, number)

    # 30 % of a pack is 2,940 fen: twice within 8,000 a month, the third time not.
    found = [
        claims.open_claim(
            session, number, spoiled(line, key=f"c{n}", percent=30, person_id=person), at=SOON
        )
        for n in range(3)
    ]

    assert [state(session, one) for one in found] == [
        ClaimState.SETTLED,
        ClaimState.SETTLED,
        ClaimState.REQUESTED,
    ]
    assert broken(session) == known


def test_a_guest_is_never_paid_without_a_look(session: Session) -> None:
    world, _ = a_shop(session)
    number, line = an_order(session, world, 1)
    deliver(session, number)

    claim = claims.open_claim(session, number, spoiled(line, percent=30), at=SOON)

    assert state(session, claim) is ClaimState.REQUESTED


@pytest.mark.parametrize("condition", list(Condition))
def test_returned_goods_are_paid_when_they_are_back(
    session: Session, condition: Condition
) -> None:
    world, known = a_shop(session)
    some_terms(session)
    number, line = an_order(session, world)
    session.execute(
        text(
            "UPDATE order_lines SET snapshot = snapshot || "
            """'{"category_code": "tea", "storage_code": "AMBIENT"}' WHERE id = :line"""
        ),
        {"line": line},
    )
    deliver(session, number)
    asked = Asked(kind=ClaimKind.RETURN, packs={line: 2}, key="back", actor="guest")

    claim = claims.open_claim(session, number, asked, at=SOON)
    claim_decisions.approve(session, claim, SELLER, at=SOON)
    with pytest.raises(ShanjiError):
        claim_decisions.inspect(session, claim, SELLER, condition=condition, at=SOON)
    claim_decisions.receive(session, claim, SELLER, at=SOON)
    assert owed(session) == 0
    claim_decisions.inspect(session, claim, SELLER, condition=condition, at=SOON)

    assert owed(session) == 2 * PRICE
    shelf = packs(session, world.lots[world.goat.code])
    assert shelf == ((9, 0, 1, 0) if condition is Condition.INTACT else (7, 0, 1, 2))
    assert broken(session) == known


def test_what_cannot_be_claimed_is_refused(session: Session) -> None:
    world, _ = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    late = DELIVERED + timedelta(hours=24, seconds=1)

    for asked, at, code in (
        (spoiled(line), late, "claim_too_late"),
        (spoiled(line, 4), SOON, "claim_exceeds_packs"),
        (spoiled(line, percent=60), SOON, "claim_grade_unknown"),
        (spoiled(line, 0), SOON, "claim_empty"),
        (spoiled(line + 1_000), SOON, "refund_line_unknown"),
        (
            Asked(kind=ClaimKind.SPOILED, packs={line: 1}, key="a", actor="a", percent=30),
            SOON,
            "claim_photo_missing",
        ),
        (
            Asked(kind=ClaimKind.RETURN, packs={line: 1}, key="b", actor="a"),
            SOON,
            "claim_not_offered",
        ),
        (
            Asked(kind=ClaimKind.CANCEL, packs={line: 1}, key="c", actor="a"),
            SOON,
            "step_not_allowed",
        ),
    ):
        with pytest.raises((ConflictError, InvalidError)) as refused, session.begin_nested():
            claims.open_claim(session, number, asked, at=at)
        assert refused.value.code == code
    assert session.scalars(select(Claim.id)).all() == []


def test_a_rejected_claim_frees_its_packs_and_a_dispute_needs_them(session: Session) -> None:
    world, _ = a_shop(session)
    number, line = an_order(session, world, 1)
    deliver(session, number)
    first = claims.open_claim(session, number, spoiled(line), at=SOON)
    with pytest.raises(ConflictError):
        claims.open_claim(session, number, spoiled(line, key="other"), at=SOON)

    claim_decisions.reject(session, first, SELLER, at=SOON)
    claims.open_claim(session, number, spoiled(line, key="other"), at=SOON)

    with pytest.raises(ConflictError):
        claim_decisions.dispute(session, first, BUYER, at=SOON)
    with pytest.raises(InvalidError):
        claim_decisions.reject(session, first, STAFF, at=SOON)


@pytest.mark.parametrize("seed", range(6))
def test_any_series_of_claims_keeps_every_fen(session: Session, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- draws a story, keeps no secret
    world, known = a_shop(session)
    person = a_person(session, "buyer")
    number, line = an_order(session, world, 5, person_id=person)
    delivered_at = chance.randrange(3)
    opened: list[int] = []
    for step in range(24):
        if step == delivered_at:
            order = order_queries.get_order(session, number, seller_code=None)
            if order.state is OrderState.PAID:
                deliver(session, number)
        try:
            with session.begin_nested():
                _act(session, (number, line, person), opened, chance, step)
        except ShanjiError:
            continue
        assert broken(session) == known

    paid, back = session.execute(
        select(Payment.amount_minor, Refund.amount_minor)
        .join(Refund, Refund.payment_id == Payment.id)
        .order_by(Refund.id)
    ).first() or (1, 0)
    total = sum(session.scalars(select(Refund.amount_minor)).all())
    assert 0 <= back <= total <= paid
    assert opened


def _act(
    session: Session,
    what: tuple[str, int, int],
    opened: list[int],
    chance: Random,
    step: int,
) -> None:
    number, line, person = what
    if not opened or chance.random() < 0.4:
        kind = ClaimKind.SPOILED if chance.random() < 0.8 else ClaimKind.CANCEL
        asked = Asked(
            kind=kind,
            packs={line: chance.randint(1, 3)},
            key=f"s{step}",
            actor="guest",
            person_id=person,
            percent=chance.choice([30, 50, 100]) if kind is ClaimKind.SPOILED else 100,
            photos=(a_photo(),) if kind is ClaimKind.SPOILED else (),
        )
        opened.append(claims.open_claim(session, number, asked, at=SOON))
        return
    claim = chance.choice(opened)
    bearer, percent = chance.choice(list(Bearer)), chance.randint(1, 100)
    acts: list[Callable[[], None]] = [
        lambda: claim_decisions.approve(session, claim, SELLER, at=SOON),
        lambda: claim_decisions.reject(session, claim, SELLER, at=SOON),
        lambda: claim_decisions.withdraw(session, claim, BUYER, at=SOON),
        lambda: claim_decisions.dispute(session, claim, BUYER, at=SOON),
        lambda: claim_decisions.dismiss(session, claim, SELLER, at=SOON),
        lambda: claim_decisions.overrule(
            session, claim, SELLER, bearer=bearer, percent=percent, at=SOON
        ),
    ]
    chance.choice(acts)()
