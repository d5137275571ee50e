"""Commands on campaigns: begin, stop, use, give back.

Rows of `campaign_skus` are locked by campaign and SKU, before any lot.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import CampaignNotFoundError, SkuNotFoundError
from catalog.models import Campaign, CampaignSku, Product, Sku
from catalog.values import BegunCampaign, CampaignTake, NewCampaign
from kernel.errors import ConflictError
from kernel.orm import UtcDateTime

TAKE = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:campaigns AS text[]), CAST(:lines AS bigint[]),
            CAST(:skus AS integer[]), CAST(:quantities AS integer[]))
            AS w (campaign_code, order_line_id, sku_id, quantity)
    ), moved AS (
        UPDATE campaign_skus SET taken = taken + s.quantity
        FROM (SELECT campaign_code, sku_id, sum(quantity) AS quantity FROM wanted
              GROUP BY campaign_code, sku_id) AS s
        WHERE campaign_skus.campaign_code = s.campaign_code
          AND campaign_skus.sku_id = s.sku_id
    )
    INSERT INTO campaign_uses
        (order_line_id, campaign_code, sku_id, group_number, person_id, quantity, used_at)
    SELECT order_line_id, campaign_code, sku_id, :group_number, :person_id, quantity, :at
    FROM wanted
""").bindparams(bindparam("at", type_=UtcDateTime()))
GIVE_BACK = text("""
    WITH ended AS (
        UPDATE campaign_uses SET returned_at = :at
        WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND returned_at IS NULL
        RETURNING campaign_code, sku_id, quantity
    )
    UPDATE campaign_skus SET taken = taken - s.quantity
    FROM (SELECT campaign_code, sku_id, sum(quantity) AS quantity FROM ended
          GROUP BY campaign_code, sku_id) AS s
    WHERE campaign_skus.campaign_code = s.campaign_code AND campaign_skus.sku_id = s.sku_id
""").bindparams(bindparam("at", type_=UtcDateTime()))
LOCK_USED = text("""
    SELECT 1 FROM campaign_skus c WHERE (c.campaign_code, c.sku_id) IN (
        SELECT u.campaign_code, u.sku_id FROM campaign_uses u
        WHERE u.order_line_id = ANY (CAST(:lines AS bigint[])) AND u.returned_at IS NULL
    ) ORDER BY c.campaign_code, c.sku_id FOR UPDATE
""")


def check_campaign(session: Session, new: NewCampaign) -> None:
    """Refuse what `begin_campaign` would refuse of the terms and the goods; writes nothing."""
    rules.check_campaign(new)
    known = _goods(session, new)
    rules.campaign_prices(new, {code: row.price_minor for code, row in known.items()})


def begin_campaign(session: Session, new: NewCampaign, *, actor: str, at: datetime) -> None:
    """Write a campaign with the price of each SKU.

    With a percentage the prices are reckoned from today's once; a later change of a price does
    not move them. Raises `InvalidError` for prices that are not below today's,
    `SkuNotFoundError` for an unknown SKU and for somebody else's alike.
    """
    rules.check_campaign(new)
    known = _goods(session, new)
    prices = rules.campaign_prices(new, {code: row.price_minor for code, row in known.items()})
    written = session.scalar(
        upsert(Campaign)
        .values(
            code=new.code,
            name=new.name,
            name_en=new.name_en,
            funder=new.funder,
            seller_code=new.seller_code,
            percent=new.percent,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            limit_per_buyer=new.limit_per_buyer,
            created_by=actor,
            created_at=at,
            is_sample=new.is_sample,
        )
        .on_conflict_do_nothing()
        .returning(Campaign.code)
    )
    if written is None:
        raise ConflictError("campaign_code_taken", f"{new.code} is taken", code=new.code)
    session.execute(
        insert(CampaignSku).values(
            [
                {
                    "campaign_code": new.code,
                    "sku_id": known[code].id,
                    "price_minor": minor,
                    "stock": new.stock,
                }
                for code, minor in prices.items()
            ]
        )
    )


def _goods(session: Session, new: NewCampaign) -> dict[str, Row[str, int, int]]:
    wanted = (
        select(Sku.code, Sku.id, Sku.price_minor)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code.in_(new.skus))
    )
    if new.seller_code is not None:
        wanted = wanted.where(Product.seller_code == new.seller_code)
    rows = session.execute(wanted)
    known = {row.code: row for row in rows}
    if missing := sorted(set(new.skus) - known.keys()):
        raise SkuNotFoundError(missing[0])
    return known


def stop_campaign(
    session: Session, code: str, *, seller_code: str | None, at: datetime
) -> None:
    """End a campaign now; repeating keeps the first moment.

    With a seller only that seller's. Orders that were placed keep their price.
    """
    statement = update(Campaign).where(Campaign.code == code)
    if seller_code is not None:
        statement = statement.where(Campaign.seller_code == seller_code)
    found = session.execute(
        statement.values(stopped_at=func.coalesce(Campaign.stopped_at, at)).returning(
            Campaign.code
        )
    ).first()
    if found is None:
        raise CampaignNotFoundError(code)


def lock_unmeasured(session: Session, *, at: datetime, most: int) -> list[BegunCampaign]:
    """Lock campaigns that have begun and whose prices before were not looked up yet."""
    codes = session.scalars(
        select(Campaign.code)
        .where(Campaign.measured_at.is_(None), Campaign.starts_at <= at)
        .order_by(Campaign.starts_at, Campaign.code)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not codes:
        return []
    rows = session.execute(
        select(Campaign.code, Campaign.starts_at, func.array_agg(CampaignSku.sku_id))
        .join(CampaignSku, CampaignSku.campaign_code == Campaign.code)
        .where(Campaign.code.in_(codes))
        .group_by(Campaign.code)
        .order_by(Campaign.code)
    )
    return [BegunCampaign(code, starts_at, tuple(skus)) for code, starts_at, skus in rows]


def record_before(
    session: Session, code: str, lowest: Mapping[int, int], *, at: datetime
) -> None:
    """Write the lowest price paid for a pack of each SKU before a campaign, in fen."""
    for sku_id, minor in sorted(lowest.items()):
        session.execute(
            update(CampaignSku)
            .where(CampaignSku.campaign_code == code, CampaignSku.sku_id == sku_id)
            .values(before_minor=minor)
        )
    session.execute(update(Campaign).where(Campaign.code == code).values(measured_at=at))


def lock_campaigns(session: Session, wanted: Collection[tuple[str, int]]) -> None:
    """Lock (campaign, SKU id) rows whose packs are counted."""
    codes, skus = {code for code, _ in wanted}, {sku for _, sku in wanted}
    session.execute(
        select(CampaignSku.sku_id)
        .where(CampaignSku.campaign_code.in_(codes), CampaignSku.sku_id.in_(skus))
        .order_by(CampaignSku.campaign_code, CampaignSku.sku_id)
        .with_for_update()
    )


def take_campaigns(
    session: Session,
    group_number: str,
    takes: Sequence[CampaignTake],
    *,
    person_id: int | None,
    at: datetime,
) -> None:
    """Count packs of order lines as bought at the prices of campaigns."""
    if takes:
        session.execute(
            TAKE,
            {
                "campaigns": [one.campaign_code for one in takes],
                "lines": [one.order_line_id for one in takes],
                "skus": [one.sku_id for one in takes],
                "quantities": [one.quantity for one in takes],
                "group_number": group_number,
                "person_id": person_id,
                "at": at,
            },
        )


def lock_campaigns_used(session: Session, line_ids: Sequence[int]) -> None:
    """Lock what lines that may come to nothing have used of campaigns."""
    session.execute(LOCK_USED, {"lines": list(line_ids)})


def give_back_campaigns(session: Session, line_ids: Sequence[int], *, at: datetime) -> None:
    """Let others buy at the price what lines that came to nothing had taken."""
    lock_campaigns_used(session, line_ids)
    session.execute(GIVE_BACK, {"lines": list(line_ids), "at": at})
