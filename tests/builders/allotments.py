"""Short builders of contracts with one household each and of period closes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households import queries, service
from households.service import Decision
from households.values import (
    WITHOUT_NOTICE,
    HouseholdId,
    LinkageModel,
    NewAllotment,
    NewContract,
    NewDocument,
    ResolutionBody,
)
from kernel.policy import PolicyParam
from parties.values import OrganisationKind
from tests.builders.places import VILLAGE, a_household, a_seller

PAYER, COLLECTIVE = "C90", "C91"
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
DRAWN_UP = datetime(2026, 1, 10, 4, 0, tzinfo=UTC)
"""Noon in Shanghai on the day a year's close is drawn up, decided and published."""
AFTER_NOTICE = datetime(2026, 1, 17, 0, 0, tzinfo=UTC)
"""Eight o'clock in Shanghai on the first day after a notice of seven days."""
CLERK, MANAGER = "person:1", "person:2"
PDF = b"%PDF-1.7 minutes"
NUMBERS = {
    "notice_days": 7,
    "coop_patronage_floor_bp": 6000,
    "relief_labour_floor_bp": 1000,
    "relief_labour_floor_special_bp": 1500,
}


def policies(session: Session) -> None:
    """Put the numbers of period closes into force."""
    for code, value in NUMBERS.items():
        session.execute(
            insert(PolicyParam)
            .values(
                code=code,
                value=value,
                unit="",
                valid_from=date(2020, 1, 1),
                basis="test",
                note="",
            )
            .on_conflict_do_nothing()
        )


def a_collective(session: Session, code: str = COLLECTIVE) -> str:
    """Make a village collective."""
    return a_seller(session, code, kind=OrganisationKind.VILLAGE_COLLECTIVE)


def a_single(
    session: Session,
    household: str,
    model: LinkageModel,
    terms: Mapping[str, Any],
    *,
    payer: str = PAYER,
    effective_from: date = date(2025, 1, 1),
) -> str:
    """Put a contract with one household into force."""
    a_seller(session, payer)
    a_household(session, household)
    return _drawn(
        session,
        f"{payer}-{household}-{model}",
        payer,
        model,
        terms,
        effective_from,
        HouseholdId(household),
    )


def a_general(
    session: Session,
    model: LinkageModel,
    terms: Mapping[str, Any],
    *,
    payer: str = PAYER,
    effective_from: date = date(2025, 1, 1),
) -> str:
    """Put a contract with many into force."""
    a_seller(session, payer)
    return _drawn(session, f"{payer}-{model}", payer, model, terms, effective_from, None)


def _drawn(
    session: Session,
    code: str,
    payer: str,
    model: LinkageModel,
    terms: Mapping[str, Any],
    effective_from: date,
    household_id: HouseholdId | None,
) -> str:
    policies(session)
    service.draw_up_contract(
        session,
        NewContract(code=code, organisation_code=payer, model=model, household_id=household_id),
    )
    version = service.draw_up_version(session, code, terms, effective_from=effective_from)
    service.activate_version(session, version, at=DRAWN_UP)
    return code


def a_draft(session: Session, model: LinkageModel, **changes: Any) -> str:
    """Draw up the close of the year 2025 with its paper."""
    values: dict[str, Any] = {
        "organisation_code": PAYER,
        "model": model,
        "period_from": YEAR[0],
        "period_to": YEAR[1],
        "proposed_by": CLERK,
    }
    code = service.draw_up_allotment(
        session, NewAllotment(**(values | changes)), at=changes.pop("at", DRAWN_UP)
    )
    if model not in WITHOUT_NOTICE:
        a_paper(session, code)
    return code


def a_paper(session: Session, code: str) -> str:
    """Put a paper behind a draft."""
    paper = NewDocument(
        title="会议记录", file_name="m.pdf", media_type="application/pdf", content=PDF
    )
    return service.add_document(session, code, paper, by=CLERK, at=DRAWN_UP)


def resolved(session: Session, code: str, *, by: str = MANAGER, at: datetime = DRAWN_UP) -> int:
    """Decide a draft as it is worked out now; return its total."""
    row = queries.get_allotment(session, code)
    payroll = row.model in WITHOUT_NOTICE
    total = service.work_out(session, code, on=at.date()).total_minor
    service.resolve_allotment(
        session,
        code,
        Decision(
            body=ResolutionBody.PAYROLL if payroll else ResolutionBody.MEMBERS_MEETING,
            decided_on=at.date(),
            by=by,
            total_minor=total,
        ),
        at=at,
    )
    return total


def on_notice(session: Session, code: str, *, at: datetime = DRAWN_UP) -> str:
    """Decide a draft and put it on notice."""
    resolved(session, code, at=at)
    service.publish_allotment(session, code, at=at)
    return code


def minors(session: Session, code: str) -> dict[str, int]:
    """Return the fen of every party of an allotment."""
    return {share.party_code: share.minor for share in queries.list_shares(session, code)}


def shares_of(households: Sequence[str], model: LinkageModel = LinkageModel.EQUITY) -> Any:
    """Return terms that give every household one share."""
    assert model is LinkageModel.EQUITY
    return {"reserve_bp": 0, "collective_share_bp": 0, "shares": dict.fromkeys(households, 1)}


VILLAGE_ACCOUNT = f"L:payable:village:{VILLAGE}"
