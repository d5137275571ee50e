"""A deposit is paid once, netted against goods, and closed when its contract has ended."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.models import Sku
from households import queries
from households import service as households
from households.models import GoodsReceipt
from households.queries.advances import list_advances
from households.values import (
    AdvanceMove,
    ContractVersionId,
    HouseholdId,
    LinkageModel,
    NewContract,
)
from kernel.errors import ConflictError, InvalidError
from ledger import service as ledger
from reporting.invariants import checks, purchases
from reporting.invariants.statements import CHECKS as STATEMENTS
from reporting.statements import household
from shop.proof.simulation import judge
from tests.builders.catalog import NOON, TODAY
from tests.builders.ledger import an_entry
from tests.builders.places import a_household, a_seller
from tests.builders.purchases import (
    ACTOR,
    LATER,
    ORDER,
    a_receipt,
    an_open_lot,
    goods_bought,
    receive,
)
from tests.builders.sales import SHOOTS, balances
from workflows import advances, goods_received

HT = f"HT-{SHOOTS}-H1-D"
OPEN = f"A:advance:hh:H1:{HT}"
PAYABLE, CLAIM, COOP = "L:payable:hh:H1", "A:recover:hh:H1", f"L:payable:coop:{SHOOTS}"
ADVANCE = 1_000 * 800 // 10


@pytest.fixture
def sku(session: Session) -> Sku:
    return goods_bought(session)


def draw_up(
    session: Session, household: str | None = "H1", **changes: int
) -> ContractVersionId:
    """Draw up a purchase contract of one season with a tenth paid in advance."""
    a_seller(session, SHOOTS)
    a_household(session, "H1")
    owner = HouseholdId(household) if household else None
    households.draw_up_contract(
        session,
        NewContract(
            code=HT, organisation_code=SHOOTS, model=LinkageModel.ORDER, household_id=owner
        ),
    )
    terms = ORDER | {"deposit_rate": 10} | changes
    return households.draw_up_version(session, HT, terms, effective_from=date(2025, 1, 1))


def begin(session: Session, **changes: int) -> None:
    version = draw_up(session, "H1", **changes)
    advances.activate(session, version, actor=ACTOR, at=NOON)


def end(session: Session) -> None:
    (row,) = queries.find_contract(session, HT)
    assert row.version_id is not None
    households.end_version(session, row.version_id, last_day=TODAY)


def close(session: Session, move: AdvanceMove, reason: str = "没有交货") -> None:
    at = LATER + timedelta(days=1)
    advances.close(session, HT, move, reason, actor=ACTOR, at=at)


def weigh(session: Session, lot: str, weight_g: int) -> str:
    """Record a weighing at the floor price of 8 yuan a kilogram and return its number."""
    one = a_receipt(lot, HT, "H1", weight_g)
    receive(session, one)
    return one.code


def pay_out(session: Session, minor: int) -> None:
    """Take money off the account as a settlement of the household does."""
    ledger.post(session, an_entry("S", (PAYABLE, minor), ("L:payout:inflight:1", -minor)))


def all_hold(session: Session) -> None:
    """Ask every check and identity that meets advances."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    found = [checks.ask(session, check) for check in (*purchases.CHECKS, *STATEMENTS)]
    assert [one.name for one in found if not one.holds] == []
    told = household.read(session, "H1", TODAY.year).reckoning
    paid = -balances(session).get("L:payout:inflight:1", 0)
    assert told.difference_minor == paid
    booked = balances(session)
    for one in list_advances(session, payer=SHOOTS):
        assert one.open_minor == booked.get(OPEN, 0)


def test_a_first_activation_owes_the_advance_and_earns_nothing(session: Session) -> None:
    begin(session)

    assert balances(session) == {OPEN: ADVANCE, PAYABLE: -ADVANCE}
    told = household.read(session, "H1", TODAY.year)
    assert (told.recognised_minor, told.reckoning.advance_minor) == (0, ADVANCE)
    all_hold(session)


def test_activating_again_and_a_later_version_pay_nothing_more(session: Session) -> None:
    version = draw_up(session)
    for _ in range(2):
        advances.activate(session, version, actor=ACTOR, at=NOON)
    terms = ORDER | {"deposit_rate": 30}
    later = households.draw_up_version(session, HT, terms, effective_from=TODAY)

    advances.activate(session, later, actor=ACTOR, at=LATER)

    assert balances(session) == {OPEN: ADVANCE, PAYABLE: -ADVANCE}


def test_a_contract_that_ran_before_without_a_deposit_pays_none(session: Session) -> None:
    begin(session, deposit_rate=0)
    terms = ORDER | {"deposit_rate": 30}
    later = households.draw_up_version(session, HT, terms, effective_from=TODAY)

    advances.activate(session, later, actor=ACTOR, at=LATER)

    assert balances(session) == {}


def test_what_the_household_owes_is_set_off_against_the_advance(session: Session) -> None:
    ledger.post(session, an_entry("C", (CLAIM, 30_000), ("A:demo:pending", -30_000)))

    begin(session)

    held = balances(session)
    assert (held[PAYABLE], held.get(CLAIM, 0), held[OPEN]) == (-50_000, 0, ADVANCE)


def test_nobody_in_particular_is_paid_in_advance(session: Session) -> None:
    with pytest.raises(InvalidError) as refused:
        draw_up(session, None)
    assert refused.value.code == "advance_needs_household"


def test_an_advance_beyond_all_amounts_is_refused(session: Session) -> None:
    with pytest.raises(InvalidError) as refused:
        draw_up(session, max_qty_kg=10**12, floor_price=10**12)
    assert refused.value.code == "advance_too_large"


def test_goods_are_netted_first_and_the_rest_is_owed(session: Session, sku: Sku) -> None:
    begin(session)
    lot = an_open_lot(session, sku)

    weigh(session, lot, 60_000)
    assert balances(session)[OPEN] == ADVANCE - 48_000
    weigh(session, lot, 60_000)

    held = balances(session)
    assert (held.get(OPEN, 0), held[PAYABLE]) == (0, -96_000)
    netted = session.query(GoodsReceipt).order_by(GoodsReceipt.id).all()
    assert [(row.pay_minor, row.netted_minor) for row in netted] == [
        (48_000, 48_000),
        (48_000, 32_000),
    ]
    told = household.read(session, "H1", TODAY.year)
    assert told.recognised_minor == 96_000
    all_hold(session)


def test_two_weighings_at_once_net_an_advance_once(session: Session, sku: Sku) -> None:
    begin(session)
    lot = an_open_lot(session, sku)

    receive(session, *(a_receipt(lot, HT, "H1", 75_000) for _ in range(2)))

    held = balances(session)
    assert (held.get(OPEN, 0), held[PAYABLE]) == (0, -120_000)
    all_hold(session)


def test_a_weighing_taken_back_opens_the_advance_again(session: Session, sku: Sku) -> None:
    begin(session)
    pay_out(session, ADVANCE)
    code = weigh(session, an_open_lot(session, sku), 150_000)
    assert balances(session)[PAYABLE] == -40_000

    goods_received.take_back(session, code, seller_code=SHOOTS, actor=ACTOR, at=LATER)

    held = balances(session)
    assert (held[OPEN], held.get(PAYABLE, 0), held.get(CLAIM, 0)) == (ADVANCE, 0, 0)
    all_hold(session)


def test_an_advance_still_owed_is_simply_not_paid(session: Session) -> None:
    begin(session)
    end(session)

    close(session, AdvanceMove.RETURNED)

    assert balances(session) == {}
    all_hold(session)


def test_an_advance_paid_out_is_claimed_from_the_next_goods(session: Session, sku: Sku) -> None:
    begin(session)
    pay_out(session, ADVANCE)
    end(session)

    close(session, AdvanceMove.RETURNED)
    assert balances(session)[CLAIM] == ADVANCE
    weigh(session, an_open_lot(session, sku), 150_000)

    held = balances(session)
    assert (held.get(OPEN, 0), held.get(CLAIM, 0), held[PAYABLE]) == (0, 0, -40_000)
    all_hold(session)


def test_a_waived_advance_is_borne_by_the_payer_and_no_income(session: Session) -> None:
    begin(session)
    pay_out(session, ADVANCE)
    ledger.post(session, an_entry("P", ("A:demo:pending", 30_000), (COOP, -30_000)))
    end(session)

    close(session, AdvanceMove.WAIVED, " 受灾，双方同意 ")

    held = balances(session)
    assert (held.get(OPEN, 0), held.get(CLAIM, 0)) == (0, 0)
    assert (held.get(COOP, 0), held[f"A:recover:coop:{SHOOTS}"]) == (0, ADVANCE - 30_000)
    told = household.read(session, "H1", TODAY.year)
    assert (told.recognised_minor, told.reckoning.waived_minor) == (0, ADVANCE)
    assert told.reckoning.difference_minor == ADVANCE  # in flight outside of settlements
    (one,) = list_advances(session, household_id=HouseholdId("H1"))
    assert (one.waived_minor, one.open_minor) == (ADVANCE, 0)


def test_the_judge_of_the_simulation_counts_advances(session: Session, sku: Sku) -> None:
    begin(session)
    weigh(session, an_open_lot(session, sku), 60_000)
    assert [one for one in judge.list_wrong(session) if "earned" in one] == []
    end(session)

    close(session, AdvanceMove.WAIVED)

    assert [one for one in judge.list_wrong(session) if "earned" in one] == []
    ledger.post(session, an_entry("X", (PAYABLE, 1), ("L:refund:1", -1)))
    assert [one for one in judge.list_wrong(session) if "hh:H1 earned" in one]


def test_an_advance_is_closed_once_and_only_after_the_end(session: Session) -> None:
    begin(session)
    for reason, code in (("因故", "advance_contract_runs"), ("  ", "advance_reason_missing")):
        with pytest.raises((ConflictError, InvalidError)) as refused:
            close(session, AdvanceMove.WAIVED, reason)
        assert refused.value.code == code
    end(session)
    close(session, AdvanceMove.WAIVED)

    with pytest.raises(ConflictError) as again:
        close(session, AdvanceMove.RETURNED)

    assert again.value.code == "advance_not_open"


def test_what_was_done_about_an_advance_is_never_changed(session: Session) -> None:
    begin(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE contract_advances SET minor = 1"))
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("DELETE FROM contract_advances"))


def test_an_advance_that_the_books_do_not_know_is_found(session: Session) -> None:
    begin(session)
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger minds
    session.execute(text("UPDATE contract_advances SET minor = minor + 1"))

    (check,) = [one for one in purchases.CHECKS if one.name == "advances"]

    assert checks.ask(session, check).broken == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("weigh"), st.integers(1, 90_000)),
        st.tuples(st.just("back"), st.integers(0, 5)),
        st.tuples(st.just("pay"), st.just(0)),
        st.tuples(st.sampled_from(["returned", "waived"]), st.just(0)),
    ),
    max_size=8,
)


@pytest.fixture
def ground(session: Session, sku: Sku) -> Iterator[Session]:
    begin(session)
    end(session)
    yield session
    session.expire_all()


@given(steps=STEPS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_in_any_order_nothing_is_lost_or_paid_twice(
    ground: Session, sku: Sku, steps: list[tuple[str, int]]
) -> None:
    save = ground.begin_nested()
    codes: list[str] = []
    paid = 0
    for step, value in steps:
        held = balances(ground)
        if step == "weigh":
            codes.append(weigh(ground, an_open_lot(ground, sku), value))
        elif step == "back" and codes:
            code = codes.pop(value % len(codes))
            goods_received.take_back(
                ground, code, seller_code=SHOOTS, actor=ACTOR, at=LATER + timedelta(days=1)
            )
        elif step == "pay" and held.get(PAYABLE):
            paid -= held[PAYABLE]
            lines = ((PAYABLE, -held[PAYABLE]), ("L:payout:inflight:1", held[PAYABLE]))
            ledger.post(ground, an_entry(f"S{paid}-{len(codes)}-{held}"[:60], *lines))
        elif step in set(AdvanceMove) and held.get(OPEN):
            close(ground, AdvanceMove(step))
        _identity(ground, paid)
    save.rollback()
    ground.expire_all()


def _identity(session: Session, paid: int) -> None:
    """Earned, and what was waived, is payable + paid − to be recovered − open advance."""
    held = balances(session)
    told = household.read(session, "H1", TODAY.year)
    earned = sum(
        row.pay_minor * (-1 if row.reverses_id else 1) for row in session.query(GoodsReceipt)
    )
    assert told.recognised_minor == earned
    payable, claim = -held.get(PAYABLE, 0), held.get(CLAIM, 0)
    assert min(payable, claim) == 0
    assert held.get(OPEN, 0) >= 0
    waived = told.reckoning.waived_minor
    assert earned + waived == payable + paid - claim - held.get(OPEN, 0)
    all_hold(session)
