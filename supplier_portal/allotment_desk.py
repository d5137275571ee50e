"""What the pages of period closes show, for payers and for officials of a village alike.

The views of both faces say who may enter and for which payers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import request
from sqlalchemy.orm import Session

from households import queries
from households import service as households
from households.queries import AllotmentRow, ShareRow
from households.values import (
    ALLOTTED,
    WITHOUT_NOTICE,
    AllotmentShare,
    AllotmentState,
    LinkageModel,
    PartyKind,
    Working,
)
from kernel import audit, clock
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import (
    NotFoundError,
    ShanjiError,
)
from ledger import queries as ledger_queries
from shop.errors import sentence
from supplier_portal import allotment_forms as forms
from supplier_portal.access import actor_code
from supplier_portal.workings import WorkingLine, lines_of, step_of, trade_of
from workflows import allotment_final

DAY: Final = timedelta(days=1)
SHOWN_SHARES: Final = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose closes a person sees, where the pages stand, and whether they may change any."""

    base: str
    payers: dict[str, str]
    """Names by code."""
    village_payers: frozenset[str]
    """Payers that are village collectives and may divide village money."""
    purpose: str
    notes_looks: bool = False
    """Whether it is recorded who looked at single shares."""


@dataclass(frozen=True, slots=True)
class Line:
    """One share as the page shows it."""

    party_kind: PartyKind
    party_code: str
    minor: int
    step: str
    """The common step a village's part is the result of."""
    lines: list[WorkingLine]
    trade: list[tuple[str, int]]


def index(desk: Desk) -> dict[str, Any]:
    """Return the closes of the desk's payers, the latest period first."""
    with unit_of_work() as session:
        rows = queries.list_allotments(session, desk.payers)
    return {"desk": desk, "rows": rows}


def new(desk: Desk) -> dict[str, Any]:
    """Return what can be closed, with the last month as the period to begin with."""
    with unit_of_work() as session:
        contracts = queries.list_payer_contracts(session, list(desk.payers), ALLOTTED)
    today = clock.local_date(clock.now())
    last = today.replace(day=1) - DAY
    return {
        "desk": desk,
        "options": forms.contract_options(contracts, desk.payers, desk.village_payers),
        "period_from": last.replace(day=1),
        "period_to": last,
    }


def show(desk: Desk, code: str, *, wrong_attendance: str = "") -> dict[str, Any]:
    """Return one close with every share and how it is worked out, resolved or not."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        row = own(session, desk, code)
        if desk.notes_looks:
            note(session, desk, "allotment_seen", code, clock.now())
        working, refusal = _preview(session, row, today)
        return {
            "desk": desk,
            "row": row,
            "today": today,
            "shares": _shares(session, row, working),
            "shown": SHOWN_SHARES,
            "refusal": refusal,
            "total_minor": working.total_minor if working else row.total_minor,
            "common": lines_of(working.common if working else row.basis.get("common", {})),
            "documents": queries.list_documents(session, code),
            "objections": queries.list_objections(session, code),
            "fields": forms.declared_fields(row.model),
            "wrong_attendance": wrong_attendance,
            "attendance": request.form.get("attendance", "")
            if wrong_attendance
            else _attendance(session, row),
            "bodies": forms.bodies(row.model),
            "receivable_minor": _receivable(session, code),
            "held_minor": -ledger_queries.list_balances(session, [row.payer_account])[
                row.payer_account
            ],
            "is_own_draft": row.proposed_by == actor_code(),
            "is_payroll": row.model in WITHOUT_NOTICE,
        }


def own(session: Session, desk: Desk, code: str) -> AllotmentRow:
    """Return a close of the desk's payers; nobody else's can be asked for."""
    row = queries.get_allotment(session, code)
    if row.organisation_code not in desk.payers:
        raise NotFoundError("allotment_not_found", f"no allotment {code}", code=code)
    return row


def _preview(
    session: Session, row: AllotmentRow, today: date
) -> tuple[Working | None, str | None]:
    if row.state is not AllotmentState.DRAFT:
        return None, None
    try:
        return households.work_out(session, row.code, on=today), None
    except ShanjiError as error:
        return None, sentence(error)


def _shares(session: Session, row: AllotmentRow, working: Working | None) -> list[Line]:
    if working is not None:
        shown = [(one, one.working) for one in working.shares]
        return [_line(one, figures) for one, figures in shown]
    return [_line(one, one.figures) for one in queries.list_shares(session, row.code)]


def _line(one: AllotmentShare | ShareRow, figures: Mapping[str, Any]) -> Line:
    return Line(
        one.party_kind,
        one.party_code,
        one.minor,
        step_of(figures),
        lines_of(figures),
        trade_of(figures),
    )


def _attendance(session: Session, row: AllotmentRow) -> str:
    entered = queries.list_attendance(session, row.code)
    if row.model not in {LinkageModel.WAGE, LinkageModel.RELIEFWORK}:
        return ""
    if entered:
        return forms.write_attendance(entered)
    names = queries.list_payroll_households(session, row.organisation_code, row.model)
    return forms.write_attendance({name: {} for name in names})


def _receivable(session: Session, code: str) -> int:
    account = allotment_final.receivable_of(code)
    return ledger_queries.list_balances(session, [account])[account]


def note(session: Session, desk: Desk, action: str, code: str, at: datetime) -> None:
    """Record who did what to a close."""
    audit.record(
        session,
        Act(
            actor=actor_code(),
            action=action,
            subject=f"allotment:{code}"[:64],
            purpose=desk.purpose,
            at=at,
            detail={},
        ),
    )
