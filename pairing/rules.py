"""Pure decisions about pledges: which of a buyer's pledges a purchased line counts for."""

from collections.abc import Iterable

from pairing.values import PledgeRow, PurchasedLine


def choose_pledge(line: PurchasedLine, pledges: Iterable[PledgeRow]) -> PledgeRow | None:
    """Return the pledge for the line's own village, else the one for the whole district.

    A purchase is credited to the paired village when the goods come from it (plan 003:217),
    otherwise it counts for a pledge that names no village.
    """
    general = None
    for pledge in pledges:
        if pledge.village_code is None:
            general = general or pledge
        elif pledge.village_code == line.village_code:
            return pledge
    return general
