"""The bank's files are written here, and codes that acknowledge a payment are sent."""

from flask_babel import force_locale
from flask_babel import gettext as _

from households import service as households
from households.values import HouseholdId
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError
from payments import service as payments
from payments.events import PayoutCodeRequested, SettlementApproved
from shop import operations
from shop.tasks import notices
from shop.tasks.reacting import reaction
from workflows import payout_run

SENDER = "task:payouts"


@reaction(SettlementApproved)
def write_file(fact: SettlementApproved) -> None:
    """Write the bank's file of an approved settlement; one that is written stays."""
    with unit_of_work() as session:
        payout_run.write_file(session, fact.batch_code, at=clock.now())


@reaction(PayoutCodeRequested)
def send_code(fact: PayoutCodeRequested) -> None:
    """Send a code to the household's phone, outside of any transaction, and wipe it.

    Raises `ConflictError` while no gateway is installed: the code waits until it is too old.
    """
    gateway = notices.find_gateway(operations.settings())
    if gateway is None:
        raise ConflictError("notice_gateway_missing", "no gateway for short messages")
    at = clock.now()
    with unit_of_work() as session:
        unsent = payments.take_unsent(session, fact.code_id, at=at)
        phone = unsent and households.open_phone(
            session, HouseholdId(unsent.household_id), actor=SENDER, at=at
        )
    if unsent is None or not phone:
        return
    with force_locale("zh_CN"):
        body = _(
            "【山集】您的收款确认码是 %(code)s，%(minutes)s 分钟内有效。请不要告诉别人。",
            code=unsent.code,
            minutes=unsent.period_minutes,
        )
    gateway.send(phone, body, key=f"payout-code-{fact.code_id}")
    with unit_of_work() as session:
        payments.mark_sent(session, fact.code_id, at=clock.now())
