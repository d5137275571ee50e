"""What buyers, banks and wallets do to a fake Stripe: pay, fail, dispute, send money back."""

from typing import Any

from shop.proof.ground.stripe_fake import StripeFake

FEE_PERCENT = 3
DISPUTE_FEE = 1_500

Item = dict[str, Any]


def begin(fake: StripeFake, session_id: str, method: str = "alipay") -> Item:
    """Let the buyer choose a way to pay and stand before the wallet or the code."""
    with fake.lock:
        session = fake.sessions[session_id]
        intent = fake.intents.get(session["payment_intent"] or "")
        if intent is None:
            name = fake.number("pi", len(fake.intents))
            intent = fake.intents[name] = {
                "id": name,
                "object": "payment_intent",
                "status": "requires_payment_method",
                "amount": session["amount_total"],
                "amount_received": 0,
                "currency": session["currency"],
                "latest_charge": None,
                "last_payment_error": None,
                "metadata": dict(session["metadata"]),
                "created": fake.now,
            }
            session["payment_intent"] = name
            fake.tell("payment_intent.created", intent)
        intent["status"] = "requires_action"
        intent["method"] = method
        fake.tell("payment_intent.requires_action", intent)
        return intent


def fail(fake: StripeFake, session_id: str, code: str = "card_declined") -> Item:
    """Let a try fail; the buyer may try again on the same page."""
    with fake.lock:
        intent = _intent(fake, session_id)
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {"code": code, "type": "card_error"}
        fake.tell("payment_intent.payment_failed", intent)
        return intent


def pay(
    fake: StripeFake,
    session_id: str,
    *,
    method: str = "alipay",
    minor: int | None = None,
    currency: str | None = None,
    is_fee_known: bool = True,
) -> Item:
    """Let a try succeed; `minor` and `currency` differ from what was asked for on demand."""
    with fake.lock:
        session = fake.sessions[session_id]
        intent = _intent(fake, session_id)
        amount = session["amount_total"] if minor is None else minor
        money = currency or session["currency"]
        name = fake.number("ch", len(fake.charges))
        charge = fake.charges[name] = {
            "id": name,
            "object": "charge",
            "status": "succeeded",
            "amount": amount,
            "amount_refunded": 0,
            "currency": money,
            "payment_intent": intent["id"],
            "payment_method_details": {"type": method},
            "balance_transaction": None,
            "disputed": False,
            "created": fake.now,
        }
        intent |= {
            "status": "succeeded",
            "amount_received": amount,
            "currency": money,
            "latest_charge": name,
        }
        session |= {"status": "complete", "payment_status": "paid"}
        fake.tell("payment_intent.succeeded", intent)
        fake.tell("charge.succeeded", charge)
        fake.tell("checkout.session.completed", session)
        if is_fee_known:
            tell_fee(fake, name)
        return charge


def tell_fee(fake: StripeFake, charge_id: str) -> Item:
    """Let the account know what Stripe keeps of a charge."""
    with fake.lock:
        charge = fake.charges[charge_id]
        minor = charge["amount"]
        charge["balance_transaction"] = fake.move(
            minor, fee=minor * FEE_PERCENT // 100, currency=charge["currency"]
        )
        fake.tell("charge.updated", charge)
        return charge


def wait(fake: StripeFake, session_id: str) -> Item:
    """Let the buyer be done while the money is still on its way."""
    with fake.lock:
        session = fake.sessions[session_id]
        intent = _intent(fake, session_id)
        intent["status"] = "processing"
        session["status"] = "complete"
        fake.tell("payment_intent.processing", intent)
        fake.tell("checkout.session.completed", session)
        return session


def arrive(fake: StripeFake, session_id: str, *, is_there: bool) -> Item:
    """Let the money that was on its way arrive, or not."""
    with fake.lock:
        session = fake.sessions[session_id]
        if is_there:
            pay(fake, session_id)
            fake.tell("checkout.session.async_payment_succeeded", session)
        else:
            fail(fake, session_id, "payment_method_provider_decline")
            fake.tell("checkout.session.async_payment_failed", session)
        return session


def finish_refund(fake: StripeFake, refund_id: str, *, reason: str = "") -> Item:
    """Let a refund arrive, or fail for a reason; one that arrived may still come back."""
    with fake.lock:
        refund = fake.refunds[refund_id]
        minor = refund["amount"]
        if not reason:
            refund["status"] = "succeeded"
            refund["balance_transaction"] = fake.move(-minor)
            fake.tell("refund.updated", refund)
            return refund
        refund |= {"status": "failed", "failure_reason": reason}
        fake.charges[refund["charge"]]["amount_refunded"] -= minor
        if refund["balance_transaction"]:
            refund["failure_balance_transaction"] = fake.move(minor)
        fake.tell("refund.failed", refund)
        return refund


def dispute(fake: StripeFake, charge_id: str, *, minor: int | None = None) -> Item:
    """Let the buyer's bank take money back, all of a charge or part of it."""
    with fake.lock:
        charge = fake.charges[charge_id]
        amount = charge["amount"] if minor is None else minor
        name = fake.number("du", len(fake.disputes))
        found = fake.disputes[name] = {
            "id": name,
            "object": "dispute",
            "status": "needs_response",
            "amount": amount,
            "currency": charge["currency"],
            "charge": charge_id,
            "payment_intent": charge["payment_intent"],
            "reason": "fraudulent",
            "balance_transactions": [],
            "created": fake.now,
        }
        charge["disputed"] = True
        fake.tell("charge.dispute.created", found)
        found["balance_transactions"] = [fake.move(-amount, fee=DISPUTE_FEE)]
        fake.tell("charge.dispute.funds_withdrawn", found)
        return found


def decide(fake: StripeFake, dispute_id: str, *, is_won: bool) -> Item:
    """Let the bank decide."""
    with fake.lock:
        found = fake.disputes[dispute_id]
        found["status"] = "won" if is_won else "lost"
        if is_won:
            found["balance_transactions"] = [
                *found["balance_transactions"],
                fake.move(found["amount"]),
            ]
            fake.tell("charge.dispute.funds_reinstated", found)
        fake.charges[found["charge"]]["disputed"] = False
        fake.tell("charge.dispute.closed", found)
        return found


def pay_out(fake: StripeFake, minor: int) -> Item:
    """Let Stripe pay out to the bank."""
    with fake.lock:
        name = fake.number("po", len(fake.payouts))
        made = fake.payouts[name] = {
            "id": name,
            "object": "payout",
            "status": "paid",
            "amount": minor,
            "currency": "cny",
            "arrival_date": fake.now,
            "created": fake.now,
        }
        fake.tell("payout.paid", made)
        return made


def _intent(fake: StripeFake, session_id: str) -> Item:
    found = fake.sessions[session_id]["payment_intent"]
    return fake.intents[found] if found else begin(fake, session_id)
