"""Where a sum goes may be told apart only as far as it tells on no household."""

from hypothesis import given
from hypothesis import strategies as st

from households.values import PartyKind
from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.flows import ORIGIN_KINDS, disclose_flow

SHOWN = DisclosurePolicy(minimum=10, dominance_percent=85)

parts = st.dictionaries(st.sampled_from(PartyKind), st.integers(1, 10**9), min_size=1)
members = st.lists(st.integers(1, 10**6), max_size=40)


def group_of(found: list[int]) -> HouseholdGroup:
    first, second, *_ = (*sorted(found, reverse=True), 0, 0)
    return HouseholdGroup(len(found), sum(found), first, second)


@given(parts, members)
def test_the_parts_add_up_whatever_is_merged(
    parts: dict[PartyKind, int], found: list[int]
) -> None:
    told = disclose_flow(parts, group_of(found), SHOWN)

    assert sum(share.minor for share in told.shares) == sum(parts.values())


@given(parts, members)
def test_households_stand_alone_only_where_the_gate_lets_them(
    parts: dict[PartyKind, int], found: list[int]
) -> None:
    told = disclose_flow(parts, group_of(found), SHOWN)
    kinds = {share.party_kind for share in told.shares}

    if is_safe(group_of(found), SHOWN):
        assert kinds == set(parts)
        assert told.households is not None
    else:
        assert not kinds & ORIGIN_KINDS
        assert told.households is None


def test_many_households_of_whom_one_has_nearly_everything_are_merged() -> None:
    lopsided = HouseholdGroup(30, 100_000, 84_000, 2_000)

    told = disclose_flow({PartyKind.HOUSEHOLD: 100_000, PartyKind.PLATFORM: 5}, lopsided, SHOWN)

    assert [(share.party_kind, share.minor) for share in told.shares] == [
        (None, 100_000),
        (PartyKind.PLATFORM, 5),
    ]
