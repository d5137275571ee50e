"""Keep the table of weekly market prices."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog import rules
from catalog.values import WeekPrice

RECORD = text("""
    INSERT INTO market_prices (product_code, week_on, minor_per_kg, source)
    SELECT * FROM unnest(CAST(:products AS text[]), CAST(:weeks AS date[]),
        CAST(:minors AS bigint[]), CAST(:sources AS text[]))
    ON CONFLICT (product_code, week_on)
        DO UPDATE SET minor_per_kg = excluded.minor_per_kg, source = excluded.source
        WHERE (market_prices.minor_per_kg, market_prices.source)
            <> (excluded.minor_per_kg, excluded.source)
""")


def record_market_prices(session: Session, prices: Sequence[WeekPrice]) -> None:
    """Write weekly prices with one statement; a week written again has the newer price.

    What a receipt was paid at stands on the receipt and does not follow. Raises
    `InvalidError` for a week that does not begin on a Monday and a price that is not positive.
    """
    rules.check_week_prices(prices)
    if prices:
        session.execute(
            RECORD,
            {
                "products": [price.product_code for price in prices],
                "weeks": [price.week_on for price in prices],
                "minors": [price.minor_per_kg for price in prices],
                "sources": [price.source for price in prices],
            },
        )
