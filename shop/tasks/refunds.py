"""Asks buyers for an account when a refund goes by bank transfer."""

from kernel.db import unit_of_work
from orders.queries.letters import get_addressee
from payments.events import RefundAccountNeeded
from payments.queries import byhand as queries
from payments.values import RefundState
from shop.tasks import mail
from shop.tasks.reacting import reaction


@reaction(RefundAccountNeeded)
def ask_for_account(fact: RefundAccountNeeded) -> None:
    """Ask for the account, once for each transfer; nobody who gave it or has the money."""
    with unit_of_work() as session:
        refund = queries.get_refund(session, fact.refund_id)
        hand = queries.list_by_hand(session, [fact.refund_id]).get(fact.refund_id)
        addressee = get_addressee(session, group_number=refund.group_number)
    if hand is None or hand.account or refund.state is not RefundState.MANUAL_BANK:
        return
    about = f"{fact.refund_id}-{len(hand.bounces)}" if hand.bounces else f"{fact.refund_id}"
    mail.write(
        addressee,
        "email/refund_account.txt",
        about,
        fact.occurred_at,
        refund=refund,
        hand=hand,
    )
