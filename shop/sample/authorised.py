"""Authorisations for the brands that the sample's goods carry."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.service import papers
from catalog.values.papers import NewPaper, PaperReview, PaperState
from kernel.clock import local_date

DAY: Final = timedelta(days=1)
SAMPLE: Final = "(样例)"
SINCE_DAYS, FOR_DAYS = 200, 900
REGIONAL, OWN = "BRAND_REGION", "BRAND_OWN"

# What goods call themselves, and the brand of the register of that name.
_CARRIED: Final = text("""
    SELECT p.seller_code, n.code, n.is_regional, p.code AS product_code
    FROM products p
    JOIN brands n ON replace(n.name, :sample, '') = replace(p.brand, :sample, '')
    WHERE NOT EXISTS (
        SELECT FROM paper_subjects s JOIN certificate_papers paper ON paper.id = s.paper_id
        WHERE s.product_code = p.code AND paper.brand_code = n.code
    )
    ORDER BY p.seller_code, n.code, p.code
""")


def load(session: Session, *, by: int, reviewer: int, at: datetime) -> None:
    """Authorise every seller for the brands on their goods, one paper each."""
    goods: defaultdict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for row in session.execute(_CARRIED, {"sample": SAMPLE}):
        goods[row.seller_code, row.code, row.is_regional].append(row.product_code)
    today = local_date(at)
    for place, ((seller, brand, is_regional), products) in enumerate(goods.items(), start=1):
        code = papers.submit(
            session,
            NewPaper(
                type_code=REGIONAL if is_regional else OWN,
                number=f"样例-{brand}-2026-{100 + place}",
                issuer="寻味武隆品牌运营中心(样例)",
                seller_code=seller,
                valid_from=today - SINCE_DAYS * DAY,
                valid_to=today + FOR_DAYS * DAY,
                products=tuple(products),
                brand_code=brand,
                by=by,
                at=at - 2 * DAY,
            ),
        )
        said = PaperReview(code=code, state=PaperState.ACCEPTED, by=reviewer, at=at - DAY)
        papers.review(session, said)
