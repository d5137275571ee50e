"""Reads of pairings and pledges."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from kernel.regions import Region
from pairing.models import Drawdown, Pairing, Pledge
from pairing.values import PairingRow, PledgeRow
from parties.models import Organisation


def list_pledges(
    session: Session, *, organisation_code: str | None = None, year: int | None = None
) -> Sequence[PledgeRow]:
    """Return pledges with what paid orders, net of refunds, have drawn down; one statement."""
    drawn = (
        select(cast(func.coalesce(func.sum(Drawdown.amount_minor), 0), BigInteger))
        .where(Drawdown.pledge_id == Pledge.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Pledge.id,
            Pledge.organisation_code,
            Organisation.name,
            Pledge.village_code,
            Region.name,
            Pledge.year,
            Pledge.kind,
            Pledge.amount_minor,
            drawn,
        )
        .join(Organisation, Organisation.code == Pledge.organisation_code)
        .outerjoin(Region, Region.code == Pledge.village_code)
        .order_by(Pledge.year.desc(), Pledge.organisation_code, Pledge.id)
    )
    if organisation_code is not None:
        statement = statement.where(Pledge.organisation_code == organisation_code)
    if year is not None:
        statement = statement.where(Pledge.year == year)
    return [PledgeRow(*row) for row in session.execute(statement)]


def list_pairings(
    session: Session, *, organisation_code: str | None = None, scope: str = ""
) -> Sequence[PairingRow]:
    """Return live pairings of one buyer or of the villages in a scope."""
    statement = (
        select(
            Pairing.organisation_code,
            Organisation.name,
            Pairing.village_code,
            Region.name,
            Pairing.since,
        )
        .join(Organisation, Organisation.code == Pairing.organisation_code)
        .join(Region, Region.code == Pairing.village_code)
        .where(Pairing.until.is_(None))
        .order_by(Pairing.organisation_code, Pairing.village_code)
    )
    if organisation_code is not None:
        statement = statement.where(Pairing.organisation_code == organisation_code)
    if scope:
        statement = statement.where(Pairing.village_code.startswith(scope))
    return [PairingRow(*row) for row in session.execute(statement)]
