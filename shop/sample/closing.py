"""Carries out the planned closes of the sample through the commands of live closes."""

from collections import deque
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from households import service as households
from households.service import Decision, Ruling
from households.values import (
    WITHOUT_NOTICE,
    AllotmentSource,
    NewAllotment,
    NewDocument,
    ObjectionOutcome,
)
from kernel.clock import SHANGHAI, at_local_midnight, local_date, next_month
from kernel.errors import InvalidError
from ledger import queries as ledger_queries
from shop.sample import contracts
from shop.sample.closes import DISPUTED_PAYER, UNPAID_PAYER, Close
from workflows import allotment_final, receivable_collected
from workflows.receivable_collected import BankReceipt

MORNING: Final = time(10, 0, tzinfo=SHANGHAI)
DAY: Final = timedelta(days=1)
PAPER: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
"""An empty sheet: the sample has no minutes."""
VILLAGE_EARNED: Final = text(
    """
    SELECT -sum(entry.amount_minor)
    FROM ledger_entries entry JOIN ledger_txs tx ON tx.id = entry.tx_id
    JOIN ledger_accounts account ON account.id = entry.account_id
    WHERE account.code = :code AND tx.effective_at >= :since AND tx.effective_at < :until
        AND tx.kind IN ('line_earned', 'terms_line_earned', 'refund_earned')
    """
)


def carry_out(
    session: Session, due: deque[Close], *, until: datetime, before: datetime | None = None
) -> None:
    """Carry out and take away the closes that take effect before a moment, or all there are."""
    while due and (before is None or due[0].effective_on < local_date(before)):
        _carry_out(session, due.popleft(), until=until)


def _carry_out(session: Session, close: Close, *, until: datetime) -> None:
    """Take one close from its draft to where it stands at `until`."""
    at = datetime.combine(close.decided_on, MORNING)
    if at > until:
        return
    code = _draw_up(session, close, at)
    if code is None:
        return
    if close.model in WITHOUT_NOTICE:
        allotment_final.finalise(session, code, at=at)
    else:
        last = households.publish_allotment(session, code, at=at)
        at = datetime.combine(last + DAY, MORNING)
        if close.is_disputed:
            _dispute(session, code, at - 3 * DAY)
            return
        if at > until:
            return
        allotment_final.finalise(session, code, at=at)
    is_late = close.payer == UNPAID_PAYER and next_month(close.period[1].replace(day=1)) >= (
        local_date(until).replace(day=1)
    )
    if not is_late:
        _pay_in(session, code, at + DAY)


def _draw_up(session: Session, close: Close, at: datetime) -> str | None:
    """Draw up and decide a close; None where there is nothing to divide."""
    basis = close.basis | _village_income(session, close)
    code = households.draw_up_allotment(
        session,
        NewAllotment(
            organisation_code=close.payer,
            model=close.model,
            period_from=close.period[0],
            period_to=close.period[1],
            proposed_by=f"clerk:{close.payer}",
            contract_code=close.contract,
            source=close.source,
            basis=basis,
        ),
        at=at,
    )
    if close.attendance:
        households.set_attendance(session, code, close.attendance)
    if close.model not in WITHOUT_NOTICE:
        paper = NewDocument(
            title="决议记录(样例)",
            file_name="minutes.pdf",
            media_type="application/pdf",
            content=PAPER,
        )
        households.add_document(session, code, paper, by=f"clerk:{close.payer}", at=at)
    try:
        total = households.work_out(session, code, on=close.decided_on).total_minor
    except InvalidError:
        total = 0
    if not total:
        households.withdraw_allotment(session, code, reason="本期没有可分配的金额", at=at)
        return None
    decision = Decision(
        body=close.body,
        decided_on=close.decided_on,
        by=f"manager:{close.payer}",
        total_minor=total,
    )
    households.resolve_allotment(session, code, decision, at=at)
    return code


def _village_income(session: Session, close: Close) -> dict[str, Any]:
    """Return what the village earned, where its money is to be divided."""
    if close.source is AllotmentSource.OWN:
        return {}
    fund = ".fund" if close.source is AllotmentSource.FUND else ""
    since, until = close.period
    span = {
        "code": f"L:payable:village:{contracts.VILLAGE_OF_COLLECTIVE}{fund}",
        "since": at_local_midnight(since),
        "until": at_local_midnight(until + DAY),
    }
    return {"income_minor": int(session.scalar(VILLAGE_EARNED, span) or 0)}


def _dispute(session: Session, code: str, at: datetime) -> None:
    objection_id = households.object_to_allotment(
        session,
        code,
        "股份数与股东名册不一致，请核对。",
        by="person:sample",
        household_id=None,
        at=at,
    )
    ruling = Ruling(
        objection_id=objection_id,
        outcome=ObjectionOutcome.UPHELD,
        answer="核对属实，本方案停止，另行制表。",
        by=f"manager:{DISPUTED_PAYER}",
    )
    households.rule_on_objection(session, code, ruling, at=at + DAY)


def _pay_in(session: Session, code: str, at: datetime) -> None:
    """Let the payer pay in what it did not hold."""
    account = allotment_final.receivable_of(code)
    owed = ledger_queries.list_balances(session, [account])[account]
    if owed:
        receipt = BankReceipt(allotment_code=code, reference=f"S-{code}"[:40], minor=owed)
        receivable_collected.record_collection(session, receipt, at=at)
