"""Joining and leaving a cooperative: proposed, answered by the household, on record."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households.models import (
    Allotment,
    AllotmentInput,
    ContractVersion,
    CooperativeMembership,
    Entitlement,
    Household,
    LinkageContract,
    MembershipMove,
)
from households.rules import membership as rules
from households.service.register import find_phones, join_cooperative, leave_cooperative
from households.values import (
    CLOSED,
    Answerer,
    Decider,
    HouseholdId,
    MoveKind,
    MoveState,
    Stage,
)
from kernel import audit
from kernel.clock import local_date
from kernel.errors import ConflictError, NotFoundError
from parties import queries as party_queries

WEIGHED = ("shares", "capital")
"""Fields of a contract with many in which a member's own stake stands."""


def propose_membership(
    session: Session,
    household_id: HouseholdId,
    organisation_code: str,
    *,
    first_day: date,
    actor: str,
    at: datetime,
) -> int:
    """Ask a household to join and return the proposal's number; nothing holds until it agrees.

    Raises `NotFoundError` for a number nobody has, `ConflictError` for a member and for one
    that is asked already.
    """
    rules.check_day(first_day, today=local_date(at))
    if household_id not in find_phones(session, [household_id]):
        raise NotFoundError("household_unknown", "no household has this number")
    if _is_member_from(session, household_id, organisation_code, first_day):
        raise ConflictError("membership_overlaps", f"{household_id} is a member already")
    move = MembershipMove(
        household_id=household_id,
        organisation_code=organisation_code,
        kind=MoveKind.JOINING,
        state=MoveState.OPEN,
        day=first_day,
        proposed_by=actor,
        proposed_at=at,
    )
    try:
        with session.begin_nested():
            session.add(move)
            session.flush()
    except IntegrityError as error:
        raise ConflictError(
            "membership_proposed", f"{household_id} has not answered the last proposal"
        ) from error
    _audit(session, move, "membership_proposed", actor=actor, at=at)
    return move.id


def answer_membership(
    session: Session,
    move_id: int,
    decider: Decider,
    *,
    agrees: bool,
    words: str = "",
    at: datetime,
) -> date | None:
    """Record a household's answer and return its first day as a member, None for a refusal.

    Who answers on behalf says why and how the household told them. Raises `NotFoundError` for
    a proposal that is not the decider's to answer, `ConflictError` for one that is closed.
    """
    move, village_code = _locked(session, move_id)
    rules.check_decider(
        decider,
        household_id=move.household_id,
        organisation_code=move.organisation_code,
        village_code=village_code,
        proposed_by=move.proposed_by,
        answers_itself=move.household_id in list_answering(session, [move.household_id]),
    )
    _check_open(move)
    if decider.kind is not Answerer.HOUSEHOLD:
        move.reason = rules.check_words(words)
    first = None
    if agrees:
        first = rules.first_day(
            move.day,
            today=local_date(at),
            last_left=_last_day(session, move.household_id, move.organisation_code),
        )
        join_cooperative(session, move.household_id, move.organisation_code, on=first)
    state = MoveState.AGREED if agrees else MoveState.REFUSED
    _close(session, move, state, decider, at=at)
    return first


def withdraw_membership(
    session: Session, move_id: int, decider: Decider, *, at: datetime
) -> None:
    """Take a proposal back before it is answered; only the cooperative's own."""
    move, _village = _locked(session, move_id)
    if move.organisation_code not in decider.organisation_codes:
        raise NotFoundError("membership_move_not_found", "there is no such proposal")
    _check_open(move)
    _close(session, move, MoveState.WITHDRAWN, decider, at=at)


def end_membership(
    session: Session,
    household_id: HouseholdId,
    organisation_code: str,
    decider: Decider,
    *,
    last_day: date,
    words: str,
    at: datetime,
) -> None:
    """Record that a member leaves, by its own will or the cooperative's; history stays.

    What stands in the way is said: sales under way, contracts and shares that go on, a close
    of a period that counts its work.
    """
    rules.check_day(last_day, today=local_date(at))
    said = rules.check_words(words)
    session.execute(
        select(Household.id).where(Household.id == household_id).with_for_update(key_share=True)
    )
    if not _is_member_on(session, household_id, organisation_code, last_day):
        raise NotFoundError("membership_not_found", f"{household_id} is no member to leave")
    check_free(session, household_id, organisation_code, after=last_day)
    leave_cooperative(session, household_id, organisation_code, on=last_day)
    move = MembershipMove(
        household_id=household_id,
        organisation_code=organisation_code,
        kind=MoveKind.LEAVING,
        state=MoveState.AGREED,
        day=last_day,
        proposed_by=decider.actor,
        proposed_at=at,
        closed_by=decider.actor,
        closed_at=at,
        answered_as=decider.kind,
        reason=said,
    )
    session.add(move)
    session.flush()
    _audit(session, move, "membership_ended", actor=decider.actor, at=at)


def list_answering(
    session: Session, household_ids: Collection[HouseholdId]
) -> set[HouseholdId]:
    """Return which households can answer themselves: by a phone and an account."""
    phones = find_phones(session, household_ids)
    with_account = party_queries.list_household_accounts(session, household_ids)
    return {one for one, has_phone in phones.items() if has_phone and one in with_account}


def check_free(
    session: Session, household_id: HouseholdId, organisation_code: str, *, after: date
) -> None:
    """Raise `ConflictError` with the reason while something keeps a member."""
    contract = _lasting_contract(session, household_id, organisation_code, after=after)
    if contract is not None:
        raise ConflictError(
            "member_has_contract", f"{contract} goes on after {after}", contract=contract
        )
    open_sales = _count_open_sales(session, household_id, organisation_code)
    if open_sales:
        raise ConflictError(
            "member_has_open_sales", f"{open_sales} shares are still expected", count=open_sales
        )
    close = _open_close(session, household_id, organisation_code)
    if close is not None:
        raise ConflictError("member_in_open_close", f"{close} counts its work", allotment=close)


def _lasting_contract(
    session: Session, household_id: HouseholdId, organisation_code: str, *, after: date
) -> str | None:
    """Return a contract of the household's own, or with its stake, that goes on."""
    has_stake = [ContractVersion.terms[field].has_key(household_id) for field in WEIGHED]
    return session.scalar(
        select(func.min(LinkageContract.code))
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(
            LinkageContract.organisation_code == organisation_code,
            ContractVersion.activated_at.is_not(None),
            or_(ContractVersion.effective_to.is_(None), ContractVersion.effective_to > after),
            or_(
                LinkageContract.household_id == household_id,
                and_(LinkageContract.household_id.is_(None), or_(*has_stake)),
            ),
        )
    )


def _count_open_sales(
    session: Session, household_id: HouseholdId, organisation_code: str
) -> int:
    return session.scalars(
        select(func.count())
        .select_from(Entitlement)
        .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            Entitlement.household_id == household_id,
            Entitlement.stage == Stage.EXPECTED,
            LinkageContract.organisation_code == organisation_code,
        )
    ).one()


def _open_close(
    session: Session, household_id: HouseholdId, organisation_code: str
) -> str | None:
    return session.scalar(
        select(func.min(Allotment.code)).where(
            Allotment.organisation_code == organisation_code,
            Allotment.state.not_in(CLOSED),
            exists().where(
                AllotmentInput.allotment_id == Allotment.id,
                AllotmentInput.household_id == household_id,
            ),
        )
    )


def _locked(session: Session, move_id: int) -> tuple[MembershipMove, str]:
    row = session.execute(
        select(MembershipMove, Household.village_code)
        .join(Household, Household.id == MembershipMove.household_id)
        .where(MembershipMove.id == move_id)
        .with_for_update(of=MembershipMove)
    ).one_or_none()
    if row is None:
        raise NotFoundError("membership_move_not_found", "there is no such proposal")
    return row[0], row[1]


def _check_open(move: MembershipMove) -> None:
    if move.state is not MoveState.OPEN:
        raise ConflictError("membership_answered", "this proposal was answered or taken back")


def _close(
    session: Session, move: MembershipMove, state: MoveState, decider: Decider, *, at: datetime
) -> None:
    move.state, move.answered_as = state, decider.kind
    move.closed_by, move.closed_at = decider.actor, at
    session.flush()
    _audit(session, move, f"membership_{state}", actor=decider.actor, at=at)


def _audit(
    session: Session, move: MembershipMove, action: str, *, actor: str, at: datetime
) -> None:
    audit.record(
        session,
        audit.Act(
            actor=actor,
            action=action,
            subject=f"household:{move.household_id}",
            purpose="membership",
            at=at,
            detail={
                "move": move.id,
                "organisation": move.organisation_code,
                "day": move.day.isoformat(),
                "as": str(move.answered_as or Answerer.MANAGER),
            },
        ),
    )


def _is_member_from(
    session: Session, household_id: HouseholdId, organisation_code: str, day: date
) -> bool:
    last = _last_day(session, household_id, organisation_code)
    return last is not None and last >= day


def _is_member_on(
    session: Session, household_id: HouseholdId, organisation_code: str, day: date
) -> bool:
    member = CooperativeMembership
    return bool(
        session.scalar(
            select(
                exists().where(
                    member.household_id == household_id,
                    member.organisation_code == organisation_code,
                    member.valid_from <= day,
                    member.valid_to.is_(None),
                )
            )
        )
    )


def _last_day(
    session: Session, household_id: HouseholdId, organisation_code: str
) -> date | None:
    """Return the last day of the latest membership, the end of time while it goes on."""
    member = CooperativeMembership
    return session.scalar(
        select(func.max(func.coalesce(member.valid_to, date.max))).where(
            member.household_id == household_id, member.organisation_code == organisation_code
        )
    )
