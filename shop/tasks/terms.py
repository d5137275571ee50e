"""Letters about bills of orders on terms: issued, due soon, overdue."""

from celery import shared_task

from kernel import clock
from kernel.clock import local_date
from kernel.db import unit_of_work
from orders.queries.letters import get_addressee
from payments.events import BillIssued, BillReminded
from payments.queries import terms as queries
from payments.queries import transfers as transfer_queries
from payments.rules.transfers import spoken
from shop.tasks import mail
from shop.tasks.reacting import reaction
from workflows import terms


@shared_task(name="shop.tasks.terms.remind")
def remind() -> int:
    """Record which open bills their buyers are to be told of, and return how many."""
    with unit_of_work() as session:
        return terms.remind(session, at=clock.now())


@reaction(BillIssued)
def tell_bill(fact: BillIssued) -> None:
    """Send the bill of a delivered order: what, until when, whereto, under which code."""
    _write("email/bill_issued.txt", fact.order_number, fact)


@reaction(BillReminded)
def tell_reminder(fact: BillReminded) -> None:
    """Say that a bill is due soon, or overdue; a bill paid meanwhile needs no letter."""
    _write("email/bill_reminder.txt", f"{fact.order_number}-{fact.day}", fact)


def _write(template: str, about: str, fact: BillIssued | BillReminded) -> None:
    with unit_of_work() as session:
        bill = queries.find_bill(session, fact.order_number)
        addressee = get_addressee(session, order_number=fact.order_number)
        account = transfer_queries.find_account(session, on=local_date(fact.occurred_at))
    if bill is None or not bill.open_minor:
        return
    mail.write(
        addressee,
        template,
        about,
        fact.occurred_at,
        bill=bill,
        account=account,
        code=spoken(bill.code),
        is_overdue=local_date(fact.occurred_at) > bill.due_on,
    )
