"""What a buyer organisation pledged, what its paid orders have drawn down, and with whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug.exceptions import Forbidden

from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.queries import GroupCaller, GroupSummary
from pairing import queries as pairing_queries
from pairing.values import PairingRow, PledgeRow
from parties import queries as party_queries
from parties.values import BUYER_ROLES, OrganisationRow
from shop.security import current_actor, requires

pages = Blueprint("purchasing_pledges", __name__)

RECENT = 20


@dataclass(frozen=True, slots=True)
class BuyerSheet:
    """One buyer organisation with its pledges, pairings and newest orders."""

    organisation: OrganisationRow
    pledges: list[PledgeRow]
    pairings: list[PairingRow]
    groups: Sequence[GroupSummary]


@pages.get("/")
@requires(*BUYER_ROLES)
def index() -> str:
    """Show every organisation the person buys for."""
    codes = sorted(current_actor().organisation_codes(*BUYER_ROLES))
    if not codes:
        raise Forbidden
    with unit_of_work() as session:
        organisations = party_queries.list_organisations(session, codes)
        channels = {
            code: (name, name_en)
            for code, name, name_en in party_queries.list_channels(session)
        }
        sheets = [
            BuyerSheet(
                organisation=organisations[code],
                pledges=list(pairing_queries.list_pledges(session, organisation_code=code)),
                pairings=list(pairing_queries.list_pairings(session, organisation_code=code)),
                groups=order_queries.page_groups(
                    session,
                    GroupCaller(organisation_codes=frozenset({code})),
                    key=None,
                    size=RECENT,
                ).rows,
            )
            for code in codes
        ]
    return render_template("purchasing/pledges/index.html", sheets=sheets, channels=channels)
