"""What a provider says comes to the same in any order, and repeated."""

import pytest

from shop.proof.experiments import payment_permutations
from shop.proof.experiments.payment_permutations import KINDS, Size
from shop.proof.ground.databases import Ground

pytestmark = pytest.mark.timeout(300)


def test_every_first_and_last_message_is_tried() -> None:
    some = payment_permutations.orders_of(Size(is_all=False))
    every = payment_permutations.orders_of(Size(is_all=True))

    assert {(order[0], order[-1]) for order in some} == {
        (first, last) for first in KINDS for last in KINDS if first != last
    }
    assert len(set(every)) == 720
    assert set(some) <= set(every)


def test_any_order_of_arrival_comes_to_the_same(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = payment_permutations.orders_of(Size(is_all=False))[::5]
    monkeypatch.setattr(payment_permutations, "orders_of", lambda _: some)

    outcome = payment_permutations.permute(ground, Size(is_all=False))

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith(f"{2 * len(some)} of {2 * len(some)} arrivals")
