"""An advance is quantity times floor times rate; goods net it to nothing and never below."""

from hypothesis import given
from hypothesis import strategies as st

from households.rules import advances
from households.values import LinkageModel, OrderTerms


def test_an_advance_is_a_part_of_what_the_floor_price_would_pay() -> None:
    terms = {"floor_price": 805, "max_qty_kg": 3, "deposit_rate": 10}

    assert advances.advance_of(LinkageModel.ORDER, terms) == 242
    assert advances.advance_of(LinkageModel.ORDER, terms | {"deposit_rate": 0}) == 0
    assert advances.advance_of(LinkageModel.RENT, {}) == 0
    assert advances.minor_of(OrderTerms(floor_minor_per_kg=800, deposit_percent=10)) == 0


def test_a_silent_contract_pays_nothing_in_advance() -> None:
    assert advances.advance_of(LinkageModel.ORDER, {"floor_price": 8, "max_qty_kg": 9}) == 0


ACCOUNTS = st.sampled_from("abc")


@given(
    st.lists(st.tuples(ACCOUNTS, st.integers(0, 10**9))),
    st.dictionaries(ACCOUNTS, st.integers(0, 10**10)),
)
def test_each_pay_takes_what_is_open_and_never_more(
    pays: list[tuple[str, int]], still_open: dict[str, int]
) -> None:
    netted = advances.net(pays, still_open)

    assert all(0 <= taken <= pay for taken, (_, pay) in zip(netted, pays, strict=True))
    for account in "abc":
        both = zip(netted, pays, strict=True)
        mine = [(pay, taken) for taken, (code, pay) in both if code == account]
        owed = sum(pay for pay, _ in mine)
        assert sum(taken for _, taken in mine) == min(owed, still_open.get(account, 0))
        rest = [pay - taken for pay, taken in mine]
        first = next((at for at, minor in enumerate(rest) if minor), len(rest))
        assert not any(taken for _, taken in mine[first + 1 :])
