"""An invoice asked for with an order that is not paid yet: issued as soon as it is.

Row locks: what was asked for, then as issuing takes them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError
from orders.queries import GroupCaller, invoicing
from payments.service import titles
from payments.values.invoices import Title
from workflows import invoice_issued


def ask(session: Session, group_number: str, title: Title, *, at: datetime) -> None:
    """Note for whom an order is to be invoiced once it is paid; the last word holds."""
    titles.ask(session, group_number, title, at=at)


def answer(session: Session, group_number: str, *, at: datetime) -> list[int]:
    """Issue what was asked for with a paid order; told again, nothing happens.

    What cannot be issued is noted with its reason, so that the buyer may ask again.
    """
    title = titles.lock_asked(session, group_number)
    if title is None:
        return []
    parts = invoicing.list_parts(session, GroupCaller(may_see_all=True), [group_number])
    refusal, issued = None, []
    try:
        with session.begin_nested():
            issued = invoice_issued.issue(session, invoice_issued.wish_of(parts, title), at=at)
    except (ConflictError, InvalidError) as refused:
        refusal = refused.code
    titles.answer(session, group_number, refusal=refusal, at=at)
    return issued
