"""Opens and closes attempts at providers: asks between two transactions, never inside one."""

import structlog

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, NotFoundError
from orders import service as orders
from orders.errors import GoodsUnfitError
from orders.values import GroupState
from payments import service as payments
from payments.errors import GatewayRefusedError
from payments.gateway import Checkout, CheckoutOrder, Gateway
from payments.service import Attempt
from payments.values import AttemptReading, Provider
from shop import gateways, operations
from shop.settings import Settings
from workflows import checkout, paying, payment_received

CLOSED = (GroupState.EXPIRED, GroupState.CANCELLED)

TITLE = "山集 Shanji"

log = structlog.get_logger()


def pay_at(provider: Provider, group_number: str, *, locale: str) -> str:
    """Begin to pay a group; return the address of the provider's page, empty for the demo's.

    The demo provider has no page: it says at once that the group was paid. Beginning again
    while a page is open gives the same one. Raises `NotFoundError` for a provider that is
    switched off, `GoodsUnfitError` when goods of it may no longer be sold – the order is
    closed then – and what `open_at` raises.
    """
    if gateways.find(provider) is None:
        raise NotFoundError("provider_missing", f"{provider} is switched off")
    with unit_of_work() as session:
        group = orders.lock_group(session, group_number)
        if group.state in CLOSED:
            raise ConflictError("order_closed", group.state, number=group_number)
        is_unfit = checkout.stop_unfit(session, group_number, at=clock.now())
    if is_unfit:
        raise GoodsUnfitError(group_number)
    if provider is not Provider.DEMO:
        return open_at(provider, group_number, locale=locale)
    at = clock.now()
    with unit_of_work() as session:
        row_id = payment_received.store_demo_payment(
            session, group_number, amount_minor=group.total_minor, at=at
        )
    if row_id is not None:
        with unit_of_work() as session:
            payment_received.apply_event(session, row_id, at=at)
    return ""


def open_at(provider: Provider, group_number: str, *, locale: str) -> str:
    """Return the address of the provider's page on which a group is paid.

    Raises `ConflictError` of `paying.begin`, `GatewayAwayError` when the provider does not
    answer: the order stays as it is and the buyer may try again.
    """
    gateway = gateways.get(provider)
    with unit_of_work() as session:
        attempt = paying.begin(session, group_number, provider, at=clock.now())
    if attempt.is_open_there and attempt.url:
        return attempt.url
    page = _open(gateway, attempt, locale)
    with unit_of_work() as session:
        paying.opened(session, attempt, page)
    return page.url


def close_all(group_number: str) -> None:
    """Let no provider take money for a group any more, and free its goods once none does."""
    with unit_of_work() as session:
        attempts = payments.list_open(session, group_number)
    for attempt in attempts:
        look_after(attempt, is_closed=True)
    with unit_of_work() as session:
        paying.finish_closing(session, group_number, at=clock.now())


def look_after(attempt: Attempt, *, is_closed: bool = False) -> None:
    """Ask where an attempt stands, closing it on demand, and apply the answer."""
    gateway = gateways.get(attempt.provider)
    reference = _reference(gateway, attempt)
    found: AttemptReading | None = None
    if reference:
        ask = gateway.close if is_closed else gateway.fetch
        found = ask(reference, at=clock.now())
    with unit_of_work() as session:
        at = clock.now()
        if found is None:
            payments.record_unknown(session, attempt.payment_id, at=at)
            paying.finish_closing(session, attempt.group_number, at=at)
        elif found.is_ours:
            payment_received.apply_attempt(session, found, at=at)


def _reference(gateway: Gateway, attempt: Attempt) -> str:
    """Return the provider's number of an attempt; empty where it was never opened.

    An attempt whose answer was lost is opened again under its key, which gives its number.
    """
    if attempt.is_open_there:
        return attempt.reference
    try:
        page = _open(gateway, attempt, "zh_CN")
    except GatewayRefusedError:
        log.info("attempt_never_opened", group=attempt.group_number, attempt=attempt.attempt)
        return ""
    with unit_of_work() as session:
        paying.opened(session, attempt, page)
    return page.reference


def _open(gateway: Gateway, attempt: Attempt, locale: str) -> Checkout:
    base = address_of(operations.settings())
    page = f"{base}/pay/{attempt.group_number}"
    return gateway.open_checkout(
        CheckoutOrder(
            group_number=attempt.group_number,
            attempt=attempt.attempt,
            amount_minor=attempt.amount_minor,
            title=f"{TITLE} {attempt.group_number}",
            return_url=f"{page}/back",
            cancel_url=page,
            expires_at=attempt.expires_at,
            locale=locale,
        )
    )


def address_of(settings: Settings) -> str:
    """Return the address people reach the shop under."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"
