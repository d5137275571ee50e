"""How long goods may be on their way, and how long the way to a place takes: dated rows."""

from datetime import date

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from kernel.postal import Place


def limit_hours(product: str = "p") -> str:
    """Return the hours a product may travel at most: its own, else those of its storage.

    A fragment of SQL with the parameter `:today`; null where nothing is laid down.
    """
    return f"""(
        SELECT lim.hours FROM transit_limits lim
        WHERE (lim.product_code = {product}.code OR lim.storage_code = {product}.storage_code)
          AND lim.valid_from <= :today AND coalesce(lim.valid_to >= :today, true)
        ORDER BY lim.product_code IS NULL, lim.valid_from DESC LIMIT 1
    )"""  # noqa: S608 -- the name of a table or its alias, written in this project


HOURS_TO = text("""
    SELECT way.hours FROM transit_times way
    WHERE way.valid_from <= :today AND coalesce(way.valid_to >= :today, true)
      AND CASE WHEN :province = '' THEN way.city = :city AND :city <> ''
          ELSE way.province = :province AND way.city IN (:city, '') END
    ORDER BY way.city = '', way.valid_from DESC LIMIT 1
""").bindparams(bindparam("today", type_=Date))


def find_hours(session: Session, place: Place, *, on: date) -> int | None:
    """Return the hours from handing over to delivery at a place; None where nobody knows."""
    found = session.scalar(
        HOURS_TO, {"province": place.province, "city": place.city, "today": on}
    )
    return None if found is None else int(found)
