"""Letters to buyers, one reaction for each fact they are told."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from flask import current_app
from flask_babel import force_locale

from kernel.clock import local_date
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.events import (
    ClaimMoved,
    LateCaptureBooked,
    LotUnfit,
    OrderDelivered,
    OrderPaid,
    OrderRefunded,
    OrderShipped,
    ShippingLate,
)
from orders.queries import GroupCaller, notices
from orders.queries.letters import Addressee, get_addressee
from payments import queries as payment_queries
from payments.events import TransferChosen
from payments.queries import terms as term_queries
from payments.queries import transfers as transfer_queries
from payments.rules.transfers import spoken
from payments.values import RefundRow, RefundState
from shop import operations
from shop.tasks import post
from shop.tasks.post import Letter
from shop.tasks.reacting import reaction


@reaction(OrderPaid)
def tell_paid(fact: OrderPaid) -> None:
    """Confirm a payment with what was bought and from whom."""
    with unit_of_work() as session:
        addressee = get_addressee(session, group_number=fact.group_number)
        group = order_queries.get_group(
            session, fact.group_number, GroupCaller(may_see_all=True)
        )
        sale = term_queries.find_sale(session, fact.group_number)
    template = "email/order_on_terms.txt" if sale else "email/order_paid.txt"
    write(addressee, template, fact.group_number, fact.occurred_at, group=group, sale=sale)


@reaction(OrderShipped)
def tell_shipped(fact: OrderShipped) -> None:
    """Say that one seller's part is on its way."""
    _write_about_order("email/order_shipped.txt", fact.order_number, fact.occurred_at)


@reaction(OrderDelivered)
def tell_delivered(fact: OrderDelivered) -> None:
    """Say that one seller's part arrived and where its money went can be read."""
    _write_about_order("email/order_delivered.txt", fact.order_number, fact.occurred_at)


@reaction(OrderRefunded)
def tell_refunded(fact: OrderRefunded) -> None:
    """Say that one seller's part is paid back in full."""
    with unit_of_work() as session:
        addressee = get_addressee(session, order_number=fact.order_number)
        order = order_queries.get_order(session, fact.order_number, seller_code=None)
        refunds = payment_queries.list_refunds(session, addressee.group_number)
    refund = _chosen(refunds, fact.refund_id)
    if refund.state is RefundState.APPLIED:
        # Nothing comes back: the letter about the exchange says what does.
        return
    write(
        addressee,
        "email/order_refunded.txt",
        fact.order_number,
        fact.occurred_at,
        order=order,
        refund=refund,
    )


@reaction(TransferChosen)
def tell_transfer(fact: TransferChosen) -> None:
    """Tell account, amount and code to whoever wants to pay by bank transfer."""
    with unit_of_work() as session:
        addressee = get_addressee(session, group_number=fact.group_number)
        transfer = transfer_queries.find_transfer(session, fact.group_number)
        account = transfer_queries.find_account(session, on=local_date(fact.occurred_at))
    if transfer is None or account is None:
        return
    write(
        addressee,
        "email/transfer_chosen.txt",
        fact.group_number,
        fact.occurred_at,
        transfer=transfer,
        account=account,
        code=spoken(transfer.code),
    )


@reaction(LateCaptureBooked)
def tell_late_capture(fact: LateCaptureBooked) -> None:
    """Say that money for a closed order arrived and goes back."""
    with unit_of_work() as session:
        addressee = get_addressee(session, group_number=fact.group_number)
        refunds = payment_queries.list_refunds(session, fact.group_number)
    refund = _chosen(refunds, fact.refund_id)
    write(
        addressee,
        "email/late_capture.txt",
        f"refund-{refund.id}",
        fact.occurred_at,
        refund=refund,
    )


@reaction(ShippingLate)
def tell_shipping_late(fact: ShippingLate) -> None:
    """Say that goods did not leave by the promised day, and that the buyer may step back."""
    _write_about_order("email/shipping_late.txt", fact.order_number, fact.occurred_at)


@reaction(LotUnfit)
def tell_lot_unfit(fact: LotUnfit) -> None:
    """Say that a lot of an order is unfit or called back, and what to do with the goods."""
    with unit_of_work() as session:
        notice = notices.get_notice(session, fact.notice_id)
        addressee = get_addressee(session, group_number=notice.group_number)
    template = "email/lot_unfit.txt"
    write(addressee, template, str(notice.id), fact.occurred_at, notice=notice)


@reaction(ClaimMoved)
def tell_claim(fact: ClaimMoved) -> None:
    """Say which step a claim took, and what comes next."""
    with unit_of_work() as session:
        claim = order_queries.get_claim(session, fact.claim_id)
        addressee = get_addressee(session, group_number=claim.group_number)
    write(
        addressee,
        "email/claim.txt",
        f"{claim.claim_id}-{fact.state}",
        fact.occurred_at,
        claim=claim,
        state=fact.state,
    )


def _chosen(refunds: Sequence[RefundRow], refund_id: int) -> RefundRow:
    return next(refund for refund in refunds if refund.id == refund_id)


def _write_about_order(template: str, order_number: str, at: datetime) -> None:
    with unit_of_work() as session:
        addressee = get_addressee(session, order_number=order_number)
        order = order_queries.get_order(session, order_number, seller_code=None)
    write(addressee, template, order_number, at, order=order)


def write(
    addressee: Addressee, template: str, about: str, at: datetime, **values: object
) -> None:
    """Render and hand in one letter; nobody is written to without an address or for a sample.

    The first line of a template's text is the subject.
    """
    if not addressee.email or addressee.is_sample:
        return
    settings = operations.settings()
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    with force_locale(addressee.locale):
        text = current_app.jinja_env.get_template(template).render(
            number=addressee.group_number,
            address=f"{base.rstrip('/')}/orders/{addressee.group_number}",
            **values,
        )
    subject, _, body = text.strip().partition("\n")
    post.hand_in(
        settings,
        Letter(
            key=f"{Path(template).stem}-{about}",
            to=addressee.email,
            subject=subject.strip(),
            text=f"{body.strip()}\n",
            locale=addressee.locale,
            at=at,
        ),
    )
