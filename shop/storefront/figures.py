"""The dated figures a page of goods is shown by, asked for at once."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel import policy
from kernel.disclosure import DisclosurePolicy
from orders import queries as order_queries
from orders.values import ClaimTerms
from workflows.checkout import WEIGHED_EXTRA

CODES = (*policy.DISCLOSURE, *order_queries.TERMS, WEIGHED_EXTRA)


@dataclass(frozen=True, slots=True)
class Figures:
    """What may be told of households, what may be claimed, how weighed goods are charged."""

    disclosure: DisclosurePolicy
    claims: ClaimTerms
    weighed_extra_percent: int


def find_figures(session: Session, *, on: date) -> Figures:
    """Return the figures in force on a day, in one statement."""
    found = policy.list_in_force(session, CODES, on=on)
    return Figures(
        policy.disclosure_of(found),
        order_queries.terms_of(found),
        int(found.get(WEIGHED_EXTRA, 0)),
    )
