"""Returns, offers, the clock: every wait ends, and goods are sold again only if they may."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.errors import ConflictError, InvalidError
from orders import ddl
from orders import queries as order_queries
from orders.models import Claim
from orders.rules import claims as rules
from orders.values import (
    ClaimCause,
    ClaimKind,
    ClaimState,
    Condition,
    FreightBearer,
    Waybill,
)
from payments.values import Bearer
from tests.builders.sales import packs
from tests.workflows.test_claims import (
    BUYER,
    PRICE,
    SELLER,
    SOON,
    a_shop,
    an_order,
    broken,
    deliver,
    owed,
    spoiled,
    state,
)
from workflows import claim_decisions, claims
from workflows.claims import Asked

PARCEL = Waybill("顺丰速运", "SF1234567890")
LATE = SOON + timedelta(days=30)


def a_return(
    session: Session, cause: ClaimCause = ClaimCause.NO_REASON
) -> tuple[int, dict[str, int], str]:
    """Ask to send two packs of tea back; return the claim, what was broken before, the lot."""
    world, known = a_shop(session)
    number, line = an_order(session, world)
    tea = '{"category_code": "tea", "storage_code": "AMBIENT"}'
    session.execute(
        text(
            "UPDATE order_lines SET snapshot = snapshot || CAST(:tea AS jsonb) WHERE id = :line"
        ),
        {"line": line, "tea": tea},
    )
    deliver(session, number)
    asked = Asked(
        kind=ClaimKind.RETURN, packs={line: 2}, key="back", actor="guest", cause=cause
    )
    return (
        claims.open_claim(session, number, asked, at=SOON),
        known,
        world.lots[world.goat.code],
    )


def due(session: Session, claim: int) -> bool:
    return claim in order_queries.list_due(session, at=LATE, limit=10)


def test_the_database_knows_the_steps_the_rules_know() -> None:
    told = {str(one): {str(after) for after in rules.CLAIM_STEPS[one]} for one in ClaimState}
    assert {one: set(ddl.CLAIM_STEPS.get(one, ())) for one in told} == told


@pytest.mark.parametrize(
    ("cause", "bearer"),
    [
        (ClaimCause.NO_REASON, FreightBearer.BUYER),
        (ClaimCause.DAMAGED, FreightBearer.SELLER),
        (ClaimCause.WRONG_GOODS, FreightBearer.SELLER),
    ],
)
def test_who_pays_the_postage_is_the_rule_of_the_day(
    session: Session, cause: ClaimCause, bearer: FreightBearer
) -> None:
    claim, _known, _lot = a_return(session, cause)
    assert order_queries.get_claim(session, claim).freight_bearer is bearer


@pytest.mark.parametrize(
    ("condition", "is_past_its_day", "shelf"),
    [
        (Condition.INTACT, False, (9, 0, 1, 0)),
        (Condition.INTACT, True, (7, 0, 1, 2)),
        (Condition.USED, False, (7, 0, 1, 2)),
    ],
)
def test_goods_that_came_back_are_sold_again_only_if_they_may(
    session: Session, condition: Condition, shelf: tuple[int, ...], *, is_past_its_day: bool
) -> None:
    claim, known, lot = a_return(session)
    claim_decisions.approve(session, claim, SELLER, at=SOON)
    with pytest.raises(InvalidError):
        claim_decisions.send_back(session, claim, BUYER, Waybill("顺丰", "1"), at=SOON)
    claim_decisions.send_back(session, claim, BUYER, PARCEL, at=SOON)
    claim_decisions.receive(session, claim, SELLER, at=SOON)
    if is_past_its_day:
        yesterday = (SOON - timedelta(days=1)).date()
        session.execute(update(Lot).values(best_before=yesterday))

    claim_decisions.inspect(session, claim, SELLER, condition=condition, at=SOON)

    assert owed(session) == 2 * PRICE
    assert packs(session, lot) == shelf
    assert broken(session) == known
    assert not due(session, claim)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ((), ClaimState.AWAITING_RETURN),
        (("approve",), ClaimState.LAPSED),
        (("approve", "send"), ClaimState.DISPUTED),
        (("approve", "send", "receive"), ClaimState.SETTLED),
        (("approve", "send", "receive", "offer"), ClaimState.SETTLED),
    ],
)
def test_every_wait_of_a_return_ends_by_the_clock(
    session: Session, steps: tuple[str, ...], end: ClaimState
) -> None:
    claim, known, _lot = a_return(session)
    acts = {
        "approve": lambda: claim_decisions.approve(session, claim, SELLER, at=SOON),
        "send": lambda: claim_decisions.send_back(session, claim, BUYER, PARCEL, at=SOON),
        "receive": lambda: claim_decisions.receive(session, claim, SELLER, at=SOON),
        "offer": lambda: claim_decisions.offer(session, claim, SELLER, percent=40, at=SOON),
    }
    for step in steps:
        acts[step]()

    assert not claim_decisions.run_out(session, claim, at=SOON + timedelta(hours=1))
    assert due(session, claim)
    assert claim_decisions.run_out(session, claim, at=LATE)

    assert state(session, claim) is end
    paid = {ClaimState.SETTLED: 2 * PRICE * (40 if "offer" in steps else 100) // 100}
    assert owed(session) == paid.get(end, 0)
    assert broken(session) == known


def test_a_silent_seller_agrees_and_a_carrier_s_cost_is_for_the_platform(
    session: Session,
) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    first, second = (
        claims.open_claim(session, number, spoiled(line, key=key), at=SOON)
        for key in ("first", "second")
    )
    session.execute(update(Claim).where(Claim.id == second).values(bearer=Bearer.CARRIER))
    for claim in (first, second):
        assert claim_decisions.run_out(session, claim, at=LATE)
        assert not claim_decisions.run_out(session, claim, at=LATE)

    assert [state(session, one) for one in (first, second)] == [
        ClaimState.SETTLED,
        ClaimState.DISPUTED,
    ]
    assert broken(session) == known


def test_an_offer_is_taken_once_or_goes_to_the_platform(session: Session) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    first, second = (
        claims.open_claim(session, number, spoiled(line, key=key, percent=100), at=SOON)
        for key in ("first", "second")
    )
    for claim in (first, second):
        claim_decisions.offer(session, claim, SELLER, percent=30, at=SOON)
    claim_decisions.accept_offer(session, first, BUYER, at=SOON)
    with pytest.raises(ConflictError):
        claim_decisions.accept_offer(session, first, BUYER, at=SOON)
    claim_decisions.dispute(session, second, BUYER, at=SOON)
    with pytest.raises(ConflictError):
        claim_decisions.accept_offer(session, second, BUYER, at=SOON)
    claim_decisions.overrule(
        session, second, SELLER, bearer=Bearer.PLATFORM, percent=80, at=SOON
    )

    percents = session.scalars(select(Claim.percent).order_by(Claim.id)).all()
    assert percents == [30, 80]
    assert owed(session) == PRICE * 30 // 100 + PRICE * 80 // 100
    assert broken(session) == known


def judged(session: Session, monkeypatch: pytest.MonkeyPatch, key: str = "warm") -> int:
    """Open a claim of goods whose carrier is to blame."""
    world, _known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    monkeypatch.setattr(claims, "_suggest_bearer", lambda *_: Bearer.CARRIER)
    return claims.open_claim(session, number, spoiled(line, key=key), at=SOON)


def test_what_the_carrier_pays_goes_to_the_platform_at_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state(session, judged(session, monkeypatch)) is ClaimState.DISPUTED
    assert owed(session) == 0


@pytest.mark.parametrize("bearer", [Bearer.CARRIER, Bearer.PLATFORM])
def test_a_seller_decides_nothing_others_pay(session: Session, bearer: Bearer) -> None:
    world, known = a_shop(session)
    number, line = an_order(session, world)
    deliver(session, number)
    claim = claims.open_claim(session, number, spoiled(line), at=SOON)
    session.execute(update(Claim).values(bearer=bearer))

    acts: tuple[Callable[[], None], ...] = (
        lambda: claim_decisions.approve(session, claim, SELLER, at=SOON),
        lambda: claim_decisions.reject(session, claim, SELLER, at=SOON),
        lambda: claim_decisions.offer(session, claim, SELLER, percent=40, at=SOON),
    )
    for act in acts:
        with pytest.raises(ConflictError) as refusal:
            act()
        assert refusal.value.code == "claim_not_sellers_cost"
    assert state(session, claim) is ClaimState.REQUESTED
    assert owed(session) == 0
    assert broken(session) == known


@pytest.mark.parametrize("percent", [100, 70])
def test_what_the_platform_decides_of_a_return_is_paid_when_the_goods_are_back(
    session: Session, percent: int
) -> None:
    claim, known, _lot = a_return(session)
    claim_decisions.overrule(
        session, claim, SELLER, bearer=Bearer.SELLER, percent=percent, at=SOON
    )
    assert state(session, claim) is ClaimState.AWAITING_RETURN
    assert order_queries.get_claim(session, claim).percent == percent
    claim_decisions.send_back(session, claim, BUYER, PARCEL, at=SOON)
    claim_decisions.receive(session, claim, SELLER, at=SOON)
    claim_decisions.inspect(session, claim, SELLER, condition=Condition.INTACT, at=SOON)

    assert owed(session) == 2 * PRICE * percent // 100
    assert broken(session) == known
