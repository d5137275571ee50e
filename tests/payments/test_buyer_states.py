"""States of attempts, refunds and disputes: joins of readings, steps in rules and database."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import ddl
from payments.errors import StateStepError
from payments.rules import buyers as rules
from payments.values import (
    Capture,
    DisputeState,
    MisfitKind,
    PaymentState,
    Provider,
    RefundState,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
READ = [*sorted(rules.OPEN), PaymentState.CANCELED, PaymentState.SUCCEEDED]
SEEN = st.tuples(
    st.sampled_from(READ), st.integers(0, 5).map(lambda n: NOON + timedelta(minutes=n))
)


@given(st.lists(SEEN, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_readings_in_any_order_any_number_of_times_come_to_the_same(
    readings: list[rules.Seen], chance: object
) -> None:
    again = [*readings, *readings]
    chance.shuffle(again)  # type: ignore[attr-defined]  # hypothesis gives a Random

    assert reduce(rules.join_payment, again) == reduce(rules.join_payment, readings)


@given(st.lists(SEEN, min_size=1, max_size=6))
def test_money_wins_and_an_ended_attempt_stays_ended(readings: list[rules.Seen]) -> None:
    states = {state for state, _ in readings}

    state, _ = reduce(rules.join_payment, readings)

    if PaymentState.SUCCEEDED in states:
        assert state is PaymentState.SUCCEEDED
    elif PaymentState.CANCELED in states:
        assert state is PaymentState.CANCELED
    else:
        latest = max(at for _, at in readings)
        assert state in {one for one, at in readings if at == latest}


def test_a_failed_try_is_forgotten_when_the_buyer_tries_again() -> None:
    tries = [
        (PaymentState.CREATED, NOON),
        (PaymentState.FAILED, NOON + timedelta(minutes=1)),
        (PaymentState.REQUIRES_ACTION, NOON + timedelta(minutes=2)),
    ]

    ends = {reduce(rules.join_payment, order)[0] for order in permutations(tries)}

    assert ends == {PaymentState.REQUIRES_ACTION}


@given(st.lists(st.sampled_from(sorted(rules.REFUND_STEPS)), min_size=1, max_size=5))
def test_refunds_join_in_any_order(states: list[RefundState]) -> None:
    ends = {
        rules._REFUND_RANK.get(reduce(rules.join_refund, order), 0)
        for order in permutations(states)
    }

    assert len(ends) == 1


def test_money_that_came_back_counts_more_than_money_that_arrived() -> None:
    assert rules.join_refund(RefundState.SUCCEEDED, RefundState.FAILED) is RefundState.FAILED
    assert rules.join_refund(RefundState.FAILED, RefundState.SUCCEEDED) is RefundState.FAILED


@given(st.lists(st.sampled_from(sorted(DisputeState)), min_size=1, max_size=5))
def test_disputes_join_in_any_order(states: list[DisputeState]) -> None:
    assert len({reduce(rules.join_dispute, order) for order in permutations(states)}) == 1


@pytest.mark.parametrize(
    ("table", "steps"),
    [
        ("payments", rules.PAYMENT_STEPS),
        ("refunds", rules.REFUND_STEPS),
        ("payment_disputes", rules.DISPUTE_STEPS),
    ],
)
def test_the_database_takes_the_steps_of_the_rules(
    table: str, steps: dict[StrEnum, frozenset[StrEnum]]
) -> None:
    known = ddl.STEPS_NOW[table]
    written = {(state, to) for state, tos in known.items() for to in tos if to != state}

    assert written == {(str(state), str(to)) for state, tos in steps.items() for to in tos}


@pytest.mark.parametrize("ended", [PaymentState.SUCCEEDED, PaymentState.LATE])
def test_what_is_paid_takes_no_step(ended: PaymentState) -> None:
    with pytest.raises(StateStepError):
        rules.check_payment_step("cs_1", ended, PaymentState.CANCELED)


def test_each_way_not_to_fit_has_its_name() -> None:
    fits = Capture(Provider.STRIPE, "cs_1", "G1", 100, "CNY", NOON)

    def kind_of(capture: Capture) -> MisfitKind | None:
        return rules.find_misfit(
            capture, group_number="G1", expected_minor=100, expected_currency="CNY"
        )

    assert kind_of(fits) is None
    assert kind_of(Capture(Provider.STRIPE, "cs_1", "G2", 100, "CNY", NOON)) is MisfitKind.ORDER
    assert kind_of(Capture(Provider.STRIPE, "cs_1", "G1", 99, "CNY", NOON)) is MisfitKind.AMOUNT
    assert kind_of(Capture(Provider.STRIPE, "cs_1", "G1", 100, "USD", NOON)) is (
        MisfitKind.CURRENCY
    )
