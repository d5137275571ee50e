"""A household joins when it says so, leaves when nothing keeps it, and every step is kept."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from households import queries, service
from households.models import ContractVersion, CooperativeMembership, MembershipMove
from households.queries import memberships
from households.values import (
    Answerer,
    Attendance,
    ContractVersionId,
    Decider,
    HouseholdId,
    Identity,
    LinkageModel,
    MoveState,
    NewContract,
)
from kernel.audit import AuditRow
from kernel.clock import local_date
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.builders.allotments import a_draft, a_single, shares_of
from tests.builders.catalog import NOON
from tests.builders.households import SELLER, THREE, a_contract, a_line
from tests.builders.looks import a_sealed_household
from tests.builders.people import a_person
from tests.builders.places import VILLAGE, a_household, a_seller

TODAY = local_date(NOON)
H1 = HouseholdId("H1")
MANAGER = Decider(
    kind=Answerer.MANAGER, actor="person:1", organisation_codes=frozenset({"C90"})
)
CLERK = Decider(kind=Answerer.CLERK, actor="person:2", organisation_codes=frozenset({"C90"}))
OFFICIAL = Decider(kind=Answerer.OFFICIAL, actor="person:3", village_codes=frozenset({VILLAGE}))
OWN = Decider(kind=Answerer.HOUSEHOLD, actor="person:4", household_id=H1)
WORDS = "本人当面答应，没有电话"


@pytest.fixture(autouse=True)
def places(session: Session) -> None:
    a_seller(session, "C90")
    a_sealed_household(session, "H1")


def propose(session: Session, household: str = "H1", *, first_day: date = TODAY) -> int:
    return service.propose_membership(
        session, HouseholdId(household), "C90", first_day=first_day, actor="person:1", at=NOON
    )


def answer(
    session: Session,
    move: int,
    decider: Decider = OWN,
    *,
    agrees: bool = True,
    at: datetime = NOON,
) -> date | None:
    return service.answer_membership(session, move, decider, agrees=agrees, words=WORDS, at=at)


def leave(
    session: Session, decider: Decider = MANAGER, *, last_day: date = TODAY, words: str = WORDS
) -> None:
    service.end_membership(session, H1, "C90", decider, last_day=last_day, words=words, at=NOON)


def members(session: Session, on: date = TODAY) -> list[HouseholdId]:
    return queries.list_member_numbers(session, "C90", on=on)


def audited(session: Session) -> list[str]:
    return list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))


def test_a_proposal_alone_makes_nobody_a_member(session: Session) -> None:
    propose(session)

    assert members(session) == []
    assert memberships.count_asked(session, H1) == 1
    assert audited(session) == ["membership_proposed"]


def test_who_agrees_is_a_member_from_the_later_of_both_days(session: Session) -> None:
    soon = TODAY + timedelta(days=10)
    assert answer(session, propose(session, first_day=soon)) == soon
    assert (members(session), members(session, soon)) == ([], ["H1"])

    a_sealed_household(session, "H2")
    other = Decider(kind=Answerer.HOUSEHOLD, actor="person:5", household_id=HouseholdId("H2"))
    first = answer(session, propose(session, "H2"), other, at=NOON + timedelta(days=3))

    assert first == TODAY + timedelta(days=3)
    assert audited(session)[-2:] == ["membership_proposed", "membership_agreed"]


def test_a_refusal_changes_nothing_and_may_be_followed_by_another_proposal(
    session: Session,
) -> None:
    assert answer(session, propose(session), agrees=False) is None
    assert members(session) == []

    propose(session)

    states = [row.state for row in memberships.list_moves(session, household_id="H1", limit=9)]
    assert states == [MoveState.OPEN, MoveState.REFUSED]


def test_an_answer_is_given_once(session: Session) -> None:
    move = propose(session)
    answer(session, move)

    with pytest.raises(ConflictError, match="answered or taken back"):
        answer(session, move, agrees=False)
    with pytest.raises(ConflictError, match="answered or taken back"):
        service.withdraw_membership(session, move, MANAGER, at=NOON)


@pytest.mark.parametrize(
    ("household", "first_day", "kind"),
    [
        ("NOBODY", TODAY, NotFoundError),
        ("H1", TODAY - timedelta(days=1), InvalidError),
        ("H1", TODAY + timedelta(days=400), InvalidError),
    ],
)
def test_what_cannot_be_proposed(
    session: Session, household: str, first_day: date, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        propose(session, household, first_day=first_day)

    assert session.scalars(select(MembershipMove.id)).all() == []


def test_nobody_is_asked_twice_at_once_nor_as_a_member(session: Session) -> None:
    move = propose(session)
    with pytest.raises(ConflictError, match="has not answered"):
        propose(session)
    answer(session, move)
    with pytest.raises(ConflictError, match="is a member"):
        propose(session)


def test_an_erased_household_is_not_asked(session: Session) -> None:
    service.destroy_identity(session, H1, at=NOON)

    with pytest.raises(NotFoundError):
        propose(session)


def test_a_proposal_is_not_there_for_strangers(session: Session) -> None:
    move = propose(session)
    a_household(session, "H2")
    strangers = [
        Decider(kind=Answerer.HOUSEHOLD, actor="person:9", household_id=HouseholdId("H2")),
        Decider(kind=Answerer.CLERK, actor="person:9", organisation_codes=frozenset({"C91"})),
        Decider(
            kind=Answerer.OFFICIAL, actor="person:9", village_codes=frozenset({VILLAGE[:9]})
        ),
        MANAGER,
    ]
    for stranger in strangers:
        with pytest.raises(NotFoundError):
            answer(session, move, stranger)
    with pytest.raises(NotFoundError):
        service.withdraw_membership(session, move, strangers[1], at=NOON)


@pytest.mark.parametrize("decider", [CLERK, OFFICIAL])
def test_others_answer_for_a_household_without_phone_or_account(
    session: Session, decider: Decider
) -> None:
    service.seal_identity(
        session, H1, Identity(name="张小明", phone=None, id_number=None, bank_account=None)
    )
    a_person(session, "own", household_id="H1")
    move = propose(session)
    with pytest.raises(InvalidError):
        service.answer_membership(session, move, decider, agrees=True, words="", at=NOON)

    answer(session, move, decider)

    assert members(session) == ["H1"]
    kept = session.execute(
        select(MembershipMove.answered_as, MembershipMove.reason, MembershipMove.closed_by)
    ).one()
    assert tuple(kept) == (decider.kind, WORDS, decider.actor)


def test_nobody_answers_for_a_household_that_can_do_so(session: Session) -> None:
    a_person(session, "own", household_id="H1")

    with pytest.raises(ConflictError, match="phone and an account"):
        answer(session, propose(session), OFFICIAL)


def test_a_clerk_does_not_answer_an_own_proposal(session: Session) -> None:
    move = service.propose_membership(
        session, H1, "C90", first_day=TODAY, actor=CLERK.actor, at=NOON
    )

    with pytest.raises(ForbiddenError):
        answer(session, move, CLERK)


def test_a_cooperative_takes_its_proposal_back(session: Session) -> None:
    move = propose(session)

    service.withdraw_membership(session, move, MANAGER, at=NOON)

    with pytest.raises(ConflictError):
        answer(session, move)
    assert audited(session)[-1] == "membership_withdrawn"


@pytest.mark.parametrize("decider", [MANAGER, OWN])
def test_leaving_ends_the_membership_and_keeps_its_history(
    session: Session, decider: Decider
) -> None:
    answer(session, propose(session))
    last = TODAY + timedelta(days=5)

    leave(session, decider, last_day=last)

    assert (members(session, last), members(session, last + timedelta(days=1))) == (["H1"], [])
    row = session.execute(
        select(CooperativeMembership.valid_from, CooperativeMembership.valid_to)
    ).one()
    assert tuple(row) == (TODAY, last)
    with pytest.raises(NotFoundError):
        leave(session, decider, last_day=last)

    # Whoever comes back begins after the last day.
    move = propose(session, first_day=last + timedelta(days=30))
    assert answer(session, move) == last + timedelta(days=30)


def test_leaving_needs_words_and_a_possible_day(session: Session) -> None:
    answer(session, propose(session))

    for day, words in [(TODAY, " "), (TODAY - timedelta(days=1), WORDS)]:
        with pytest.raises(InvalidError):
            leave(session, last_day=day, words=words)
    assert members(session) == ["H1"]


def test_sales_under_way_keep_a_member(session: Session) -> None:
    answer(session, propose(session))
    a_contract(session, seller=SELLER)
    for household in THREE:
        a_household(session, household)
    line = a_line(session)

    with pytest.raises(ConflictError) as refused:
        leave(session)
    assert (refused.value.code, members(session)) == ("member_has_open_sales", ["H1"])

    service.earn(session, [line.id], at=NOON)
    leave(session)


@pytest.mark.parametrize(
    ("model", "household", "terms"),
    [
        (LinkageModel.ORDER, "H1", {"floor_price": 800, "max_qty_kg": 1_000}),
        (
            LinkageModel.EQUITY,
            None,
            shares_of(["H1", "H2"]),
        ),
    ],
)
def test_contracts_and_shares_that_go_on_keep_a_member(
    session: Session, model: LinkageModel, household: str | None, terms: dict[str, object]
) -> None:
    answer(session, propose(session))
    a_household(session, "H2")
    service.draw_up_contract(
        session,
        NewContract(
            code="X1",
            organisation_code="C90",
            model=model,
            household_id=HouseholdId(household) if household else None,
        ),
    )
    version = service.draw_up_version(session, "X1", terms, effective_from=date(2026, 1, 1))
    service.activate_version(session, version, at=NOON)

    with pytest.raises(ConflictError) as refused:
        leave(session)
    assert (refused.value.code, refused.value.params) == (
        "member_has_contract",
        {"contract": "X1"},
    )

    service.end_version(session, version, last_day=TODAY)
    leave(session)


def test_work_in_an_open_close_keeps_a_member(session: Session) -> None:
    answer(session, propose(session))
    code = a_payroll(session)

    with pytest.raises(ConflictError) as refused:
        leave(session)
    assert refused.value.params == {"allotment": code}


def a_payroll(session: Session) -> str:
    """Draw up wages of the household for a year whose contract has ended since."""
    a_single(session, "H1", LinkageModel.WAGE, {"day_rate_fen": 20_000})
    version = session.scalars(select(ContractVersion.id)).one()
    service.end_version(session, ContractVersionId(version), last_day=date(2025, 12, 31))
    code = a_draft(session, LinkageModel.WAGE)
    service.set_attendance(session, code, [Attendance(household_id=H1, half_days=2)])
    return code


def test_the_database_keeps_answers_as_they_were_given(session: Session) -> None:
    move = propose(session)
    answer(session, move)
    changes = [
        update(MembershipMove).values(state=MoveState.REFUSED),
        update(MembershipMove).values(day=TODAY + timedelta(days=1)),
        delete(MembershipMove),
    ]
    for change in changes:
        with pytest.raises((IntegrityError, DBAPIError)), session.begin_nested():
            session.execute(change)


def test_only_households_of_the_village_that_are_free_are_offered(session: Session) -> None:
    a_household(session, "H2")
    a_household(session, "H3")
    a_household(session, "H4", "500156204204")
    answer(session, propose(session))
    propose(session, "H2")

    offered = memberships.list_possible(session, "C90", VILLAGE, on=TODAY, after="", limit=20)

    assert offered == ["H3"]
    assert [code for code, _ in memberships.list_villages(session, "C90", on=TODAY)] == [
        VILLAGE
    ]
