"""Pure decisions about parcels: what travels together, what it costs, whether it arrives."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kernel.money import allot
from kernel.postal import Place
from orders.values import (
    QuotedLine,
    QuotedParcel,
    ShippingRuleTerms,
    ShippingTerms,
    Temperature,
)

AMBIENT = "AMBIENT"

Travel = tuple[str, str]
"""Storage class and, where its default will not do, the limit profile."""


def travel_of(
    storage_code: str, limit_profile: str | None, *, needs_cold_chain: bool
) -> Travel:
    """Return with what else goods may share a parcel; all that keeps without cold may."""
    return (storage_code, limit_profile or "") if needs_cold_chain else (AMBIENT, "")


def temperature_of(max_centi_celsius: int | None, *, needs_cold_chain: bool) -> Temperature:
    """Return how a storage class is charged: below freezing, cooled, or neither."""
    if not needs_cold_chain:
        return Temperature.AMBIENT
    is_frozen = max_centi_celsius is not None and max_centi_celsius < 0
    return Temperature.FROZEN if is_frozen else Temperature.CHILLED


def parcels(lines: Iterable[QuotedLine]) -> tuple[QuotedParcel, ...]:
    """Put the lines of one order into parcels, in the order in which these are numbered.

    Goods that weigh nothing, such as vouchers, are not sent.
    """
    found: dict[Travel, QuotedParcel] = {}
    for line in lines:
        if line.net_weight_g <= 0:
            continue
        travel = travel_of(
            line.storage_code, line.limit_profile, needs_cold_chain=line.needs_cold_chain
        )
        known = found.get(travel) or QuotedParcel(*travel, line.temperature, 0)
        weight_g = known.weight_g + line.net_weight_g * line.quantity
        found[travel] = replace(known, weight_g=weight_g)
    return tuple(found[travel] for travel in sorted(found))


def parcel_number(line: QuotedLine, packed: Sequence[QuotedParcel]) -> int | None:
    """Return the number of the parcel a line travels in; None for what is not sent."""
    if line.net_weight_g <= 0:
        return None
    travel = travel_of(
        line.storage_code, line.limit_profile, needs_cold_chain=line.needs_cold_chain
    )
    return [one.travel for one in packed].index(travel) + 1


def charge(
    packed: Sequence[QuotedParcel], goods_minor: int, seller_code: str, terms: ShippingTerms
) -> tuple[QuotedParcel, ...]:
    """Say of each parcel what it costs.

    A rule of the seller decides where one fits. For the parcels without one the platform's fee
    is charged once an order, and divided among them by weight.
    """
    rules = terms.rules.get(seller_code, ())
    ruled = {one.travel: find_rule(rules, one.temperature, terms.place) for one in packed}
    rest = [one for one in packed if ruled[one.travel] is None]
    shares = _platform_shares(rest, goods_minor, terms)
    charged = []
    for one in packed:
        rule = ruled[one.travel]
        charged.append(
            replace(
                one, shipping_minor=shares[_code(one)], free_from_minor=terms.free_from_minor
            )
            if rule is None
            else replace(
                one,
                shipping_minor=cost(rule, one.weight_g, goods_minor),
                rule_id=rule.rule_id,
                free_from_minor=rule.free_from_minor,
            )
        )
    return tuple(charged)


def _platform_shares(
    rest: Sequence[QuotedParcel], goods_minor: int, terms: ShippingTerms
) -> dict[str, int]:
    is_cold = any(one.temperature is not Temperature.AMBIENT for one in rest)
    fee = terms.cold_minor if is_cold else terms.ambient_minor
    if not rest or goods_minor >= terms.free_from_minor:
        fee = 0
    return allot(fee, [(_code(one), one.weight_g) for one in rest])


def _code(parcel: QuotedParcel) -> str:
    return "/".join(parcel.travel)


def find_rule(
    rules: Iterable[ShippingRuleTerms], temperature: Temperature, place: Place
) -> ShippingRuleTerms | None:
    """Return the rule for a temperature and a place: one that names the province first."""
    fitting = [one for one in rules if one.temperature is temperature]
    named = [one for one in fitting if place.province and place.province in one.provinces]
    general = [one for one in fitting if not one.provinces]
    found = named or general
    return max(found, key=lambda one: (one.valid_from, one.rule_id or 0)) if found else None


def cost(rule: ShippingRuleTerms, weight_g: int, goods_minor: int) -> int:
    """Return what a parcel of a weight costs under a rule; begun steps count whole."""
    if rule.free_from_minor is not None and goods_minor >= rule.free_from_minor:
        return 0
    over = max(0, weight_g - rule.first_g)
    return rule.first_minor + -(-over // rule.step_g) * rule.step_minor


def missing_for_free(charged: Iterable[QuotedParcel], goods_minor: int) -> int | None:
    """Return the fen of goods missing until nothing is charged; None where that never comes."""
    paid = [one.free_from_minor for one in charged if one.shipping_minor]
    known = [one for one in paid if one is not None]
    if not paid or len(known) < len(paid):
        return None
    return max(known) - goods_minor


def mark_reach(line: QuotedLine, terms: ShippingTerms) -> QuotedLine:
    """Say of a line whether it would arrive in time; as long as nobody said where, it may."""
    if line.limit_hours is None or not terms.place or line.net_weight_g <= 0:
        return line
    is_late = terms.hours is None or terms.hours > line.limit_hours
    return replace(line, is_out_of_reach=is_late)
