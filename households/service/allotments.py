"""Carry a period close from its draft to what is final: decided, published, earned.

draft → resolved → on notice → final, or stopped on the way. Models with a contract wage or rent
skip the notice: a second person approves them. Row lock: the allotment, then its entitlements.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from households.models import (
    Allotment,
    AllotmentDocument,
    AllotmentObjection,
    AllotmentWorking,
)
from households.rules import allotments as rules
from households.rules import attribution
from households.service import allotment_figures
from households.service.allotment_states import ensure, lock_allotment, stop, take_back
from households.values import (
    WITHOUT_NOTICE,
    AllotmentPosting,
    AllotmentState,
    LinkageModel,
    ObjectionOutcome,
    PartyKind,
    ResolutionBody,
    Working,
)
from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError

NOTICE_DAYS: Final = "notice_days"
DAY: Final = timedelta(days=1)

INSERT_SHARES = text(
    """
    INSERT INTO entitlements (allotment_id, party_kind, party_code, household_id,
        contract_version_id, weight, amount_minor, stage, expected_at)
    SELECT :allotment, kind, code, CASE WHEN kind = 'household' THEN code END, version, weight,
        minor, 'expected', :at
    FROM unnest(CAST(:kinds AS text[]), CAST(:codes AS text[]), CAST(:versions AS integer[]),
        CAST(:weights AS bigint[]), CAST(:minors AS bigint[]))
        AS new (kind, code, version, weight, minor)
    """
)

EARN = text(
    """
    UPDATE entitlements SET stage = 'earned', earned_at = :at
    WHERE allotment_id = :allotment AND stage = 'expected'
    RETURNING party_kind, party_code, contract_version_id, amount_minor - reversed_minor
        AS minor
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what when; `total_minor` is the total the decision was shown."""

    body: ResolutionBody
    decided_on: date
    by: str
    total_minor: int


def resolve_allotment(
    session: Session, code: str, decision: Decision, *, at: datetime
) -> Working:
    """Freeze a draft as it was decided: every share, its working, who decided and when.

    Raises `ConflictError` `allotment_changed` when the total is not the one that was shown,
    `allotment_same_person` for a payroll approved by who drew it up, and `InvalidError` when
    a paper is missing or nothing would be allotted.
    """
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.DRAFT)
    _check_decision(session, allotment, decision, at)
    working = rules.work_out(
        allotment_figures.gather(session, allotment, on=decision.decided_on)
    )
    if working.total_minor != decision.total_minor:
        raise ConflictError(
            "allotment_changed",
            f"the shares now sum to {working.total_minor} fen",
            total=working.total_minor,
        )
    if working.total_minor == 0 and allotment.reverses_id is None:
        raise InvalidError("allotment_empty", "nothing would be allotted to anybody")
    _write_shares(session, allotment, working, at)
    session.execute(
        update(Allotment)
        .where(Allotment.id == allotment.id)
        .values(
            state=AllotmentState.RESOLVED,
            basis={**allotment.basis, "common": dict(working.common)},
            total_minor=working.total_minor,
            body=decision.body,
            decided_on=decision.decided_on,
            resolved_by=decision.by,
            resolved_at=at,
        )
    )
    session.expire(allotment)
    return working


def publish_allotment(session: Session, code: str, *, at: datetime) -> date:
    """Put a resolved allotment on public notice from today and return the notice's last day."""
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.RESOLVED)
    if allotment.model_code in WITHOUT_NOTICE:
        raise ConflictError(
            "allotment_without_notice", "a wage or rent list is not put on notice", code=code
        )
    first = local_date(at)
    until = first + (policy.get_int(session, NOTICE_DAYS, on=first) - 1) * DAY
    session.execute(
        update(Allotment)
        .where(Allotment.id == allotment.id)
        .values(state=AllotmentState.ON_NOTICE, notice_from=first, notice_until=until)
    )
    session.expire(allotment)
    return until


def finalise_allotment(session: Session, code: str, *, at: datetime) -> AllotmentPosting | None:
    """Make an allotment final: its shares are earned; None when it was final before.

    Raises `ConflictError` `notice_running` before the notice is over and `objection_open`
    while an objection is not decided.
    """
    allotment = lock_allotment(session, code)
    if allotment.state is AllotmentState.FINAL:
        return None
    if allotment.model_code in WITHOUT_NOTICE:
        ensure(allotment, AllotmentState.RESOLVED)
    else:
        ensure(allotment, AllotmentState.ON_NOTICE)
        _check_notice(session, allotment, at)
    session.execute(
        update(Allotment)
        .where(Allotment.id == allotment.id)
        .values(state=AllotmentState.FINAL, finalised_at=at)
    )
    session.expire(allotment)
    taken_back, replaced = _take_back_replaced(session, allotment, at)
    earned = session.execute(EARN, {"allotment": allotment.id, "at": at}).all()
    return AllotmentPosting(
        code=code,
        payer_code=allotment.organisation_code,
        payer_account=allotment.payer_account,
        minor=allotment.total_minor,
        credits=_amounts(allotment, earned, sign=-1),
        reverses_code=replaced,
        taken_back=taken_back,
    )


def withdraw_allotment(session: Session, code: str, *, reason: str, at: datetime) -> None:
    """Stop an allotment that is not final; its shares are nobody's any more."""
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.DRAFT, AllotmentState.RESOLVED, AllotmentState.ON_NOTICE)
    if not reason.strip():
        raise InvalidError("stop_reason_missing", "say why the allotment is withdrawn")
    stop(session, allotment, AllotmentState.WITHDRAWN, reason=reason.strip(), at=at)


def _check_decision(
    session: Session, allotment: Allotment, decision: Decision, at: datetime
) -> None:
    is_payroll = allotment.model_code in WITHOUT_NOTICE
    if (decision.body is ResolutionBody.PAYROLL) is not is_payroll:
        raise InvalidError("resolution_body_wrong", "this body does not decide that")
    if is_payroll and decision.by == allotment.proposed_by:
        raise ConflictError(
            "allotment_same_person", "a second person approves what the first drew up"
        )
    if not allotment.period_to <= decision.decided_on <= local_date(at):
        raise InvalidError(
            "decided_on_impossible",
            "the decision falls after the period and not after today",
            period_to=allotment.period_to,
        )
    has_paper = session.scalar(
        select(AllotmentDocument.id)
        .where(AllotmentDocument.allotment_id == allotment.id)
        .limit(1)
    )
    if not is_payroll and has_paper is None:
        raise InvalidError("resolution_paper_missing", "the minutes are missing")


def _write_shares(
    session: Session, allotment: Allotment, working: Working, at: datetime
) -> None:
    """Write shares that are worth a fen, and the working of every one."""
    paid = [share for share in working.shares if share.minor]
    if paid:
        session.execute(
            INSERT_SHARES,
            {
                "allotment": allotment.id,
                "at": at,
                "kinds": [share.party_kind.value for share in paid],
                "codes": [share.party_code for share in paid],
                "versions": [share.contract_version_id for share in paid],
                "weights": [share.weight for share in paid],
                "minors": [share.minor for share in paid],
            },
        )
    if working.shares:
        session.execute(
            insert(AllotmentWorking),
            [
                {
                    "allotment_id": allotment.id,
                    "contract_version_id": share.contract_version_id,
                    "party_kind": share.party_kind,
                    "party_code": share.party_code,
                    "figures": dict(share.working),
                }
                for share in working.shares
            ],
        )


def _check_notice(session: Session, allotment: Allotment, at: datetime) -> None:
    until = allotment.notice_until
    if until is None or local_date(at) <= until:
        raise ConflictError("notice_running", f"the notice lasts until {until}", until=until)
    undecided = session.scalar(
        select(AllotmentObjection.id)
        .where(
            AllotmentObjection.allotment_id == allotment.id,
            AllotmentObjection.outcome != ObjectionOutcome.REJECTED,
        )
        .limit(1)
    )
    if undecided is not None:
        raise ConflictError("objection_open", "an objection is not decided yet")


def _take_back_replaced(
    session: Session, allotment: Allotment, at: datetime
) -> tuple[tuple[tuple[str, int], ...], str | None]:
    """Reverse what the allotment earned whose place this one takes."""
    if allotment.reverses_id is None:
        return (), None
    replaced = session.get_one(Allotment, allotment.reverses_id)
    rows = take_back(session, replaced.id, key=f"allot:{allotment.code}", at=at)
    return _amounts(replaced, rows, sign=1), replaced.code


def _amounts(
    allotment: Allotment, rows: Sequence[Any], *, sign: int
) -> tuple[tuple[str, int], ...]:
    """Add up fen by account; a household's wage has an account of its own."""
    is_wage = allotment.model_code in {LinkageModel.WAGE, LinkageModel.RELIEFWORK}
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        kind = PartyKind(row.party_kind)
        account = attribution.account_of(kind, row.party_code)
        if is_wage and kind is PartyKind.HOUSEHOLD:
            account = f"L:wage:{row.party_code}"
        totals[account] += sign * row.minor
    return tuple((code, minor) for code, minor in sorted(totals.items()) if minor)
