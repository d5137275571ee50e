"""Who helps this region: assistance groups, paired buyers, promises to buy."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties import queries as party_queries
from parties.values import Role
from reporting import assistance, volumes
from reporting.assistance import GroupRow, PairingRow, PledgeRow
from reporting.values import DEFINITION
from shop.i18n import bilingual
from shop.oversight.definitions import pledge_definition, volume_definition
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_pairings", __name__)

PARTS = ("pledges", "villages", "groups")


@pages.get("/pairings")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show pledges, pairings with the year's purchases, or groups; three statements."""
    scope = current_scope()
    part = request.args.get("part", PARTS[0])
    if part not in PARTS:
        raise InvalidError("report_filter_invalid", "there is no such part", field="part")
    now = clock.now()
    year = local_date(now).year
    with unit_of_work() as session:
        region = volumes.list_places(session, scope.code)[0]
        channels = party_queries.list_channels(session)
        pledges, pairings, groups = _read(session, part, scope.code, year=year, as_of=now)
    return render_template(
        "oversight/pairings/show.html",
        scope=scope,
        part=part,
        region=region,
        channels={code: bilingual(name, english) for code, name, english in channels},
        groups=groups,
        pairings=pairings,
        pledges=pledges,
        year=year,
        as_of=now,
        is_sample=any(row.is_sample for row in pairings)
        or any(row.is_sample for row in pledges),
        definition=DEFINITION,
        volume_words=volume_definition(),
        pledge_words=pledge_definition(),
    )


def _read(
    session: Session, part: str, scope: str, *, year: int, as_of: datetime
) -> tuple[Sequence[PledgeRow], Sequence[PairingRow], Sequence[GroupRow]]:
    """Return the one list that is asked for, the others empty."""
    if part == "pledges":
        return assistance.list_pledges(session, scope, year=year, as_of=as_of), (), ()
    if part == "villages":
        return (), assistance.list_pairings(session, scope, year=year, as_of=as_of), ()
    return (), (), assistance.list_groups(session, scope)
