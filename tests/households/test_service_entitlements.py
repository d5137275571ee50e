"""Entitlements: expected once, earned once, taken back exactly and never beyond."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from households import queries, service
from households.models import Entitlement
from households.rules import attribution
from households.values import LinePosting, PartyKind, Stage
from kernel.errors import ConflictError, InvalidError
from tests.builders.catalog import NOON
from tests.builders.households import CARRIER, SELLER, a_contract, a_line
from tests.builders.places import VILLAGE

LATER = NOON + timedelta(days=2)
AMOUNTS = {
    "I:commission": 300,
    "L:payable:coop:" + SELLER: 1_700,
    "L:payable:hh:H1": 2_975,
    "L:payable:hh:H2": 1_737,
    "L:payable:hh:H3": 1_237,
    "L:payable:logistics:" + CARRIER: 1_200,
    f"L:payable:village:{VILLAGE}": 425,
    f"L:payable:village:{VILLAGE}.poor": 425,
}


def only(postings: list[LinePosting]) -> LinePosting:
    (posting,) = postings
    return posting


def stages(session: Session, line_id: int) -> set[Stage]:
    return set(
        session.scalars(select(Entitlement.stage).where(Entitlement.order_line_id == line_id))
    )


def left(session: Session, line_id: int) -> dict[str, int]:
    session.expire_all()
    rows = session.scalars(select(Entitlement).where(Entitlement.order_line_id == line_id))
    return {
        attribution.split_code(row.party_kind, row.party_code): row.amount_minor
        - row.reversed_minor
        for row in rows
    }


def test_a_delivered_line_is_earned_by_everybody_behind_it(session: Session) -> None:
    a_contract(session)
    line, noise = a_line(session), a_line(session)

    posting = only(service.earn(session, [line.id], at=LATER))

    assert (posting.order_line_id, posting.minor) == (line.id, 9_999)
    assert dict(posting.amounts) == {code: -minor for code, minor in AMOUNTS.items()}
    assert stages(session, line.id) == {Stage.EARNED}
    assert stages(session, noise.id) == {Stage.EXPECTED}


def test_earning_again_posts_nothing(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)

    assert service.earn(session, [line.id], at=LATER) == []


def test_any_number_of_lines_is_expected_and_earned_with_one_statement_each(
    session: Session, statements: list[str]
) -> None:
    a_contract(session)
    lines = [a_line(session) for _ in range(3)]
    shares = [share for line in lines for share in line.shares]
    statements.clear()

    service.expect(session, shares, at=NOON)
    expected = len(statements)
    postings = service.earn(session, [line.id for line in lines], at=LATER)

    assert (expected, len(statements)) == (1, 2)
    assert [posting.order_line_id for posting in postings] == [line.id for line in lines]


def test_expecting_again_changes_nothing(session: Session) -> None:
    a_contract(session)
    line = a_line(session)

    service.expect(session, line.shares, at=LATER)
    service.expect(session, [], at=LATER)

    assert left(session, line.id) == line.minors()


def test_a_household_in_two_lots_is_credited_once_per_account(session: Session) -> None:
    a_contract(session)
    line = a_line(session, lots=[{"H1": 600, "H2": 400}, {"H1": 1_000}])

    posting = only(service.earn(session, [line.id], at=LATER))

    credited = [minor for code, minor in posting.amounts if code == "L:payable:hh:H1"]
    shares = [share.minor for share in line.shares if share.party_code == "H1"]
    assert len(shares) == 2
    assert credited == [-sum(shares)]


def test_a_refund_before_delivery_takes_back_what_was_expected(session: Session) -> None:
    a_contract(session)
    line = a_line(session)

    posting = only(service.void(session, [line.id], at=LATER))

    assert posting == LinePosting(order_line_id=line.id, minor=9_999, amounts=())
    assert stages(session, line.id) == {Stage.REVERSED}
    assert service.earn(session, [line.id], at=LATER) == []
    assert service.void(session, [line.id], at=LATER) == []
    assert service.reverse(session, [line.id], at=LATER) == []


def test_a_full_refund_after_delivery_reverses_exactly_what_was_earned(
    session: Session,
) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)

    posting = only(service.reverse(session, [line.id], at=LATER, refund_key="refund:1"))

    assert posting.minor == 9_999
    assert dict(posting.amounts) == AMOUNTS
    assert set(left(session, line.id).values()) == {0}
    assert service.void(session, [line.id], at=LATER) == []
    assert service.reverse(session, [line.id], at=LATER) == []


def test_three_partial_refunds_leave_nothing(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)
    remains = []
    for number in range(3):
        posting = only(
            service.reverse_parts(
                session, {line.id: 3_333}, at=LATER, refund_key=f"refund:{number}"
            )
        )
        assert posting.minor == sum(minor for _, minor in posting.amounts) == 3_333
        remains.append(left(session, line.id))

    parts = ("COOP", "H1", "H2", "H3", "POOR", "VILLAGE")
    assert [[rest[code] for code in parts] for rest in remains] == [
        [1_133, 1_983, 1_158, 825, 283, 284],
        [566, 991, 579, 413, 142, 142],
        [0, 0, 0, 0, 0, 0],
    ]
    assert stages(session, line.id) == {Stage.REVERSED}


def test_a_refund_delivered_twice_is_booked_once(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)
    refund = {line.id: 3_333}
    service.reverse_parts(session, refund, at=LATER, refund_key="refund:1")

    again = service.reverse_parts(session, refund, at=LATER, refund_key="refund:1")

    assert again == []
    assert sum(left(session, line.id).values()) == 6_666


def test_a_partial_refund_before_delivery_lessens_what_is_earned(session: Session) -> None:
    a_contract(session)
    line = a_line(session)

    refund = only(
        service.reverse_parts(session, {line.id: 3_333}, at=NOON, refund_key="refund:1")
    )
    posting = only(service.earn(session, [line.id], at=LATER))

    assert (refund.minor, refund.amounts) == (3_333, ())
    assert posting.minor == 6_666
    assert dict(posting.amounts)["L:payable:hh:H1"] == -1_983


def test_a_full_refund_after_a_partial_one_takes_the_rest(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)
    service.reverse_parts(session, {line.id: 3_333}, at=LATER, refund_key="refund:1")

    posting = only(service.reverse(session, [line.id], at=LATER, refund_key="refund:2"))

    assert posting.minor == 6_666
    assert {figure for _, _, figure in queries.audit(session)} == {0}


def test_more_than_what_is_left_cannot_be_refunded(session: Session) -> None:
    a_contract(session)
    line = a_line(session)

    with pytest.raises(InvalidError) as refusal:
        service.reverse_parts(session, {line.id: 10_000}, at=LATER, refund_key="refund:1")

    assert refusal.value.code == "reversal_exceeds_rest"
    assert left(session, line.id) == line.minors()


def test_a_contract_that_changed_before_delivery_counts_from_delivery(
    session: Session,
) -> None:
    a_contract(session)
    line = a_line(session)
    even = {"fee_bp": 0, "ratios": {"HHPOT": "1/2", "COOP": "1/2"}}
    version = a_contract(session, even, effective_from=LATER.date())
    assert queries.list_outdated_lines(session, {line.id: NOON.date()}) == []
    assert queries.list_outdated_lines(session, {line.id: LATER.date()}) == [line.id]

    other = a_line(session, at=LATER)
    moved = [
        share.__class__(
            order_line_id=line.id,
            lot_id=line.shares[0].lot_id,
            party_kind=share.party_kind,
            party_code=share.party_code,
            contract_version_id=version,
            weight=share.weight,
            minor=share.minor,
        )
        for share in other.shares
    ]
    service.reattribute(session, moved, at=LATER)

    assert left(session, line.id)["COOP"] == 5_000
    assert queries.list_outdated_lines(session, {line.id: LATER.date()}) == []
    service.earn(session, [line.id], at=LATER)
    with pytest.raises(ConflictError):
        service.reattribute(session, moved, at=LATER)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE entitlements SET amount_minor = amount_minor + 1", "only advance"),
        ("UPDATE entitlements SET party_code = 'H9' WHERE party_code = 'H1'", "only advance"),
        (
            "UPDATE entitlements SET stage = 'expected', earned_at = NULL",
            "only advance",
        ),
        ("UPDATE entitlements SET reversed_minor = amount_minor + 1", "reversed_within"),
        ("UPDATE entitlements SET stage = 'reversed', reversed_at = now()", "its_moment"),
        ("DELETE FROM entitlements", "only an expected"),
        ("TRUNCATE entitlements CASCADE", "are kept"),
        ("DELETE FROM entitlement_reversals", "never changed"),
        ("UPDATE entitlement_reversals SET minor = 1", "never changed"),
    ],
)
def test_the_database_keeps_entitlements_as_they_were_earned(
    session: Session, change: str, reason: str
) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)

    with pytest.raises(DBAPIError, match=reason):
        session.execute(text(change))


def test_entitlements_that_do_not_sum_to_the_line_are_refused(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    session.execute(text("DELETE FROM entitlements"))

    with pytest.raises(DBAPIError, match="do not sum to its gross"):
        service.expect(session, line.shares[:-1], at=NOON)


def test_the_audit_counts_what_raw_sql_broke(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=LATER)
    service.reverse_parts(session, {line.id: 100}, at=LATER, refund_key="refund:1")
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("DELETE FROM entitlement_reversals"))
    session.execute(text("UPDATE entitlements SET amount_minor = amount_minor + 1"))

    figures = [figure for _, _, figure in queries.audit(session)]

    assert figures[0] == 1
    assert figures[1] > 0


def test_a_line_says_whom_each_share_belongs_to(session: Session) -> None:
    a_contract(session)
    line = a_line(session)

    rows = session.execute(
        select(Entitlement.party_kind, Entitlement.household_id).where(
            Entitlement.order_line_id == line.id
        )
    ).all()

    named = {row.household_id for row in rows if row.party_kind is PartyKind.HOUSEHOLD}
    assert named == {"H1", "H2", "H3"}
    assert {row.household_id for row in rows} - named == {None}
