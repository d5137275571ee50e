"""A settlement period is closed: what is owed at its end becomes lines that never change.

Row locks: the period, ledger balances by account.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ledger import service as ledger
from ledger.values import Line
from payments import service as payments
from payments.values import PeriodState


def close(session: Session, code: str, *, at: datetime) -> None:
    """Close an open settlement; closing it again changes nothing.

    What over-paid parties owe back is first taken from what they are owed, so that nobody is
    paid who owes.
    """
    period = payments.lock_period(session, code)
    if period.state is not PeriodState.OPEN:
        return
    claimed = payments.list_claimed(session)
    recovery = ledger.recovery_entry(
        session,
        [Line(account, minor) for account, minor in claimed],
        key=f"settlement:{code}:set-off",
        source=f"settlement:{code}",
        effective_at=at,
    )
    if recovery is not None:
        ledger.post(session, recovery)
    payments.close(session, period, at=at)
