"""The form of a check, how it is asked, and the list of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from reporting.invariants import (
    bookkeeping,
    claims,
    closes,
    editorial,
    goods,
    invoices,
    journeys,
    misfits,
    money,
    offers,
    papers,
    payouts,
    people,
    promises,
    purchases,
    records,
    statements,
    terms,
    transfers,
    weighing,
)
from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    *money.CHECKS,
    *bookkeeping.CHECKS,
    *goods.CHECKS,
    *papers.CHECKS,
    *weighing.CHECKS,
    *claims.CHECKS,
    *offers.CHECKS,
    *editorial.CHECKS,
    *promises.CHECKS,
    *people.CHECKS,
    *purchases.CHECKS,
    *closes.CHECKS,
    *payouts.CHECKS,
    *journeys.CHECKS,
    *statements.CHECKS,
    *transfers.CHECKS,
    *misfits.CHECKS,
    *terms.CHECKS,
    *invoices.CHECKS,
    *records.CHECKS,
)
"""Every check that one statement can answer, in the order in which they are printed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check looked at and what contradicts it."""

    name: str
    about: str
    checked: int
    broken: int
    unit: str

    @property
    def holds(self) -> bool:
        """Say whether nothing contradicts the check."""
        return self.broken == 0

    @property
    def figure(self) -> str:
        """Return the finding in one phrase, such as `0 wrong of 310 lots`."""
        return f"{self.broken:,} wrong of {self.checked:,} {self.unit}"


def ask(session: Session, check: Check) -> Finding:
    """Answer one check with its one statement."""
    row = session.execute(text(check.statement)).one()
    return Finding(check.name, check.about, int(row.checked), int(row.broken), check.unit)


def ask_cheap(session: Session) -> Sequence[Finding]:
    """Answer the checks that may be asked while somebody waits for the page."""
    return [ask(session, check) for check in CHECKS if check.is_cheap]
