"""Opens the presales of the sample, sets shipping rules and credit lines, plans who buys so.

Every presale comes back each year; on a day those stand that are open or open soon. Commands of
the domains write all of it; what stands already is left alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewPresale, NewSupply
from kernel.clock import SHANGHAI, at_local_midnight, local_date
from orders import service as orders
from orders.values import ShippingRuleTerms
from payments.service import terms
from payments.values.terms import LineVerdict, NewLine
from shop.sample import tables
from shop.sample.checks import Files
from shop.sample.demand import Planner
from shop.sample.schemas_promises import CreditLineEntry, PresaleEntry
from shop.sample.tables import Change
from shop.sample.timeline import Checkout

SOON: Final = timedelta(days=60)
"""How long before its first day a presale is announced."""
PAID_AFTER: Final = timedelta(minutes=4)
EXPIRES_AFTER: Final = timedelta(minutes=16)
ONE_DAY: Final = timedelta(days=1)
GRAMS: Final = 1_000
CITIES: Final = ("渝中区", "成都市", "江北区", "沙坪坝区")
"""Where those live who buy ahead: near enough for the goods that may not travel long."""
MOST_PACKS: Final = 3
CONSUMER: Final = "consumer"
OPERATOR: Final = "operator"
APPROVER: Final = "approver-one"


@dataclass(frozen=True, slots=True)
class Season:
    """A presale of one year."""

    entry: PresaleEntry
    opens_on: date
    closes_on: date
    ships_until: date


def seasons(files: Files, *, today: date) -> list[Season]:
    """Return the presales that are open on a day or open soon, by SKU."""
    found = [_season(entry, today) for entry in files.presales]
    shown = [one for one in found if one.opens_on <= today + SOON]
    return sorted(shown, key=lambda one: one.entry.sku)


def _season(entry: PresaleEntry, today: date) -> Season:
    """Return the next season that has not closed: days follow each other over a new year."""
    closes_on = _on_or_after(entry.closes, today)
    opens_on = _on_or_after(entry.opens, closes_on.replace(year=closes_on.year - 1))
    return Season(entry, opens_on, closes_on, _on_or_after(entry.ships_until, closes_on))


def _on_or_after(month_day: str, day: date) -> date:
    found = date.fromisoformat(f"{day.year}-{month_day}")
    return found if found >= day else found.replace(year=day.year + 1)


def load(session: Session, files: Files, *, at: datetime) -> list[Change]:
    """Write supplies, presales, shipping rules and credit lines that are not there yet."""
    return [
        _presales(session, files, today=local_date(at)),
        _shipping_rules(session, files, at=at),
        _credit_lines(session, files, at=at),
    ]


def _presales(session: Session, files: Files, *, today: date) -> Change:
    sellers = {row.id: row.producer_id for row in files.products}
    given = {row.product: row for row in files.supplies}
    rows, skus = tables.table("presales"), tables.table("skus")
    known = {
        (row.code, row.season)
        for row in session.execute(
            select(skus.c.code, rows.c.season).join(skus, skus.c.id == rows.c.sku_id)
        )
    }
    added = 0
    planned = seasons(files, today=today)
    for one in planned:
        product = one.entry.sku[:4]
        season = one.ships_until.year
        if (one.entry.sku, season) in known:
            continue
        opens_at = at_local_midnight(one.opens_on)
        actor = f"organisation:{sellers[product]}"
        supply = NewSupply(
            product_code=product,
            seller_code=sellers[product],
            year=season,
            weight_g=given[product].weight_kg * GRAMS,
            basis=given[product].basis,
        )
        catalog.set_supply(session, supply, at=opens_at)
        new = NewPresale(
            sku_code=one.entry.sku,
            seller_code=sellers[product],
            season=season,
            cap=one.entry.cap,
            opens_at=opens_at,
            closes_at=at_local_midnight(one.closes_on + ONE_DAY),
            ships_until=one.ships_until,
            is_sample=True,
        )
        catalog.open_presale(session, new, actor=actor, at=opens_at)
        added += 1
    return Change("presales", added, 0, len(planned) - added)


def _shipping_rules(session: Session, files: Files, *, at: datetime) -> Change:
    rows = tables.table("shipping_rules").c
    known = set(session.scalars(select(rows.seller_code).distinct()))
    fresh = [row for row in files.shipping_rules if row.seller not in known]
    for row in fresh:
        new = ShippingRuleTerms(
            rule_id=None,
            seller_code=row.seller,
            temperature=row.temperature,
            provinces=tuple(row.provinces),
            first_g=row.first_g,
            first_minor=row.first_fen,
            step_g=row.step_g,
            step_minor=row.step_fen,
            free_from_minor=row.free_from_fen,
            valid_from=row.valid_from,
        )
        actor = f"organisation:{row.seller}"
        orders.set_shipping_rule(session, new, actor=actor, at=at, is_sample=True)
    return Change("shipping_rules", len(fresh), 0, len(files.shipping_rules) - len(fresh))


def _credit_lines(session: Session, files: Files, *, at: datetime) -> Change:
    """Have lines proposed by the operator and approved by another person."""
    people = tables.table("people").c
    staff = {
        row.login: row.id
        for row in session.execute(
            select(people.login, people.id).where(people.login.in_((OPERATOR, APPROVER)))
        )
    }
    rows = tables.table("credit_lines").c
    known = set(session.scalars(select(rows.organisation_code).distinct()))
    fresh = [row for row in files.credit_lines if row.organisation not in known]
    for row in fresh:
        begins_on = _begins_on(row, local_date(at))
        line_id = terms.propose_line(
            session,
            NewLine(
                organisation_code=row.organisation,
                amount_minor=row.amount_fen,
                days=row.days,
                valid_from=begins_on,
                valid_until=None,
                reason=row.reason,
            ),
            by=staff[OPERATOR],
            at=datetime.combine(begins_on - ONE_DAY, time(10, tzinfo=SHANGHAI)),
        )
        terms.decide_line(
            session,
            line_id,
            LineVerdict.APPROVED,
            by=staff[APPROVER],
            at=datetime.combine(begins_on - ONE_DAY, time(15, tzinfo=SHANGHAI)),
        )
    return Change("credit_lines", len(fresh), 0, len(files.credit_lines) - len(fresh))


def _begins_on(row: CreditLineEntry, today: date) -> date:
    return today - timedelta(days=row.since_days)


def plan(planner: Planner, files: Files, *, until: datetime) -> Iterator[Checkout]:
    """Yield the checkouts of those who have bought ahead by now, evenly since the first day.

    Nothing follows their payment: they wait for the harvest. The demo consumer is the first of
    each presale.
    """
    goods = {good.sku: good for good in planner.goods}
    for one in seasons(files, today=local_date(until)):
        opens_at = at_local_midnight(one.opens_on)
        good = goods.get(one.entry.sku)
        if good is None or opens_at >= until:
            continue
        step = (until - opens_at) / (one.entry.buyers + 1)
        for place in range(one.entry.buyers):
            placed_at = (opens_at + step * (place + 1)).astimezone(SHANGHAI)
            basket = [(good, place % MOST_PACKS + 1)]
            city = CITIES[place % len(CITIES)]
            group = planner.group("SHLL", None, basket, placed_at, city=city)
            yield Checkout(
                group=replace(group, login=None if place else CONSUMER),
                paid_at=placed_at + PAID_AFTER,
                closed_at=placed_at + EXPIRES_AFTER,
                journeys=(),
            )


def on_terms(checkouts: Sequence[Checkout], files: Files, *, until: datetime) -> list[Checkout]:
    """Let the enterprises with a line owe what they bought since it is in force.

    What is taken back later, and goods settled by weight, are paid at once as before.
    """
    begins = {
        row.organisation: at_local_midnight(_begins_on(row, local_date(until)))
        for row in files.credit_lines
    }
    return [
        replace(one, is_on_terms=True)
        if one.paid_at is not None
        and (since := begins.get(one.group.organisation or "")) is not None
        and one.group.placed_at >= since
        and all(part.refunded_at is None for part in one.journeys)
        and not any(good.is_weighed for good, _ in one.group.basket)
        else one
        for one in checkouts
    ]
