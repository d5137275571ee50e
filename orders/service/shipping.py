"""Commands on sellers' shipping rules and on parcels."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.postal import PROVINCES
from orders.models import OrderParcel, ShippingRule
from orders.values import ShippingRuleTerms

MAX_GRAMS = 1_000_000
MAX_MINOR = 10_000_000
CARRIER_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{5,31}")

TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def set_shipping_rule(
    session: Session,
    new: ShippingRuleTerms,
    *,
    actor: str,
    at: datetime,
    is_sample: bool = False,
) -> int:
    """Let a rule hold from a day on and end the one it replaces the day before.

    A rule begins tomorrow at the earliest: what somebody is shown today is what they pay today.
    Setting it again for a day that has not come replaces it. Rules of one seller and
    temperature that name the same province are refused, unless they name the same ones.
    """
    today = local_date(at)
    if new.valid_from <= today and not is_sample:
        raise InvalidError("shipping_rule_today", "a rule begins tomorrow at the earliest")
    provinces = _check(new)
    # Two forms of one seller take turns, so that neither passes the check beside the other.
    session.execute(TAKE_TURN, {"key": f"shipping:{new.seller_code}"})
    _make_room(session, new, provinces)
    rule = ShippingRule(
        seller_code=new.seller_code,
        temperature=new.temperature,
        provinces=provinces,
        first_g=new.first_g,
        first_minor=new.first_minor,
        step_g=new.step_g,
        step_minor=new.step_minor,
        free_from_minor=new.free_from_minor,
        valid_from=new.valid_from,
        valid_to=None,
        created_by=actor,
        created_at=at,
        is_sample=is_sample,
    )
    session.add(rule)
    session.flush()
    return rule.id


def _make_room(session: Session, new: ShippingRuleTerms, provinces: list[str]) -> None:
    """End what a new rule replaces; refuse a province that stands in another rule."""
    same: list[ShippingRule] = []
    others: list[ShippingRule] = []
    for row in _later_than(session, new):
        (same if sorted(row.provinces) == provinces else others).append(row)
    for row in others:
        if shared := set(row.provinces) & set(provinces):
            raise ConflictError(
                "shipping_rule_overlaps", "a province stands twice", province=min(shared)
            )
    for row in same:
        if row.valid_from >= new.valid_from:
            session.delete(row)
        else:
            row.valid_to = new.valid_from - timedelta(days=1)
    session.flush()


def _check(new: ShippingRuleTerms) -> list[str]:
    unknown = sorted(set(new.provinces) - set(PROVINCES))
    if unknown:
        raise InvalidError("province_unknown", f"no province {unknown[0]}", name=unknown[0])
    if not (0 < new.first_g <= MAX_GRAMS and 0 < new.step_g <= MAX_GRAMS):
        raise InvalidError("shipping_weight_unfit", "grams above zero", maximum=MAX_GRAMS)
    amounts = (new.first_minor, new.step_minor)
    if any(not 0 <= minor <= MAX_MINOR for minor in amounts) or (
        new.free_from_minor is not None and not 0 < new.free_from_minor <= MAX_MINOR
    ):
        raise InvalidError("shipping_amount_unfit", "fen of zero or more")
    return sorted(set(new.provinces))


def _later_than(session: Session, new: ShippingRuleTerms) -> list[ShippingRule]:
    """Return the seller's rules of the temperature that hold on the day or after it."""
    return list(
        session.scalars(
            select(ShippingRule)
            .where(
                ShippingRule.seller_code == new.seller_code,
                ShippingRule.temperature == new.temperature,
                func.coalesce(ShippingRule.valid_to >= new.valid_from, True),
            )
            .order_by(ShippingRule.id)
            .with_for_update()
        )
    )


def end_shipping_rule(
    session: Session, rule_id: int, *, seller_code: str, at: datetime
) -> date:
    """End a seller's rule after today and return its last day; one to come is taken away."""
    rule = session.scalars(
        select(ShippingRule)
        .where(ShippingRule.id == rule_id, ShippingRule.seller_code == seller_code)
        .with_for_update()
    ).one_or_none()
    if rule is None:
        raise NotFoundError("shipping_rule_not_found", f"no rule {rule_id}")
    today = local_date(at)
    if rule.valid_from > today:
        session.execute(delete(ShippingRule).where(ShippingRule.id == rule_id))
    elif rule.valid_to is None or rule.valid_to > today:
        rule.valid_to = today
    session.flush()
    return today


def pack_parcels(
    session: Session, order_number: str, *, number: int | None, actor: str, at: datetime
) -> bool:
    """Mark one parcel of a locked order as packed, or all; say whether none is left.

    Raises `NotFoundError` for a parcel the order does not have. Repeating changes nothing.
    """
    own = OrderParcel.order_number == order_number
    if number is not None:
        known = session.scalar(
            select(OrderParcel.number).where(own, OrderParcel.number == number)
        )
        if known is None:
            raise NotFoundError("parcel_not_found", f"{order_number} has no parcel {number}")
    wanted = own if number is None else own & (OrderParcel.number == number)
    session.execute(
        update(OrderParcel)
        .where(wanted, OrderParcel.packed_at.is_(None))
        .values(packed_at=at, packed_by=actor)
    )
    left = select(OrderParcel.number).where(own, OrderParcel.packed_at.is_(None)).limit(1)
    return session.scalar(left) is None


def note_carrier_numbers(
    session: Session, order_number: str, numbers: Mapping[int, str]
) -> None:
    """Write under which number the carrier knows each parcel of a locked order.

    Raises `InvalidError` `carrier_number_unfit`, `NotFoundError` for a parcel the order does
    not have, `ConflictError` `carrier_number_taken` for a number another parcel carries.
    """
    if not numbers:
        return
    for told in numbers.values():
        if not CARRIER_NUMBER.fullmatch(told):
            raise InvalidError("carrier_number_unfit", "letters, digits and hyphens", name=told)
    own = {
        row.number: row
        for row in session.scalars(
            select(OrderParcel).where(OrderParcel.order_number == order_number)
        )
    }
    if unknown := sorted(set(numbers) - set(own)):
        number = unknown[0]
        raise NotFoundError("parcel_not_found", f"{order_number} has no parcel {number}")
    taken = session.scalar(
        select(OrderParcel.carrier_number)
        .where(
            OrderParcel.carrier_number.in_(numbers.values()),
            OrderParcel.order_number != order_number,
        )
        .limit(1)
    )
    if taken is None and len(set(numbers.values())) < len(numbers):
        taken = max(numbers.values(), key=list(numbers.values()).count)
    if taken is not None:
        raise ConflictError("carrier_number_taken", f"{taken} is on another", name=taken)
    for number, told in numbers.items():
        own[number].carrier_number = told
    session.flush()
