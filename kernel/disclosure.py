"""What may be published of figures that come from households: small cells are withheld.

Default of ten households a cell: spec of reliability 2.1 (counts n ≥ 10), kept as the dated
parameter `disclosure_min_households`.
"""

from dataclasses import dataclass

PARAM_MIN_HOUSEHOLDS = "disclosure_min_households"

ROUNDING_BASE, EXACT_FROM = 5, 100
"""To which base counts are shown to everybody, and from where on they are exact."""


@dataclass(frozen=True, slots=True)
class HouseholdCell:
    """A count of distinct households and the fen that reached them."""

    households: int
    minor: int


@dataclass(frozen=True, slots=True)
class DisclosedCell:
    """A cell as the public may see it; None stands for a withheld figure."""

    households: int | None
    minor: int | None

    @property
    def is_withheld(self) -> bool:
        """Say whether the figures are withheld."""
        return self.households is None


def rounded(households: int) -> int:
    """Return a count as everybody may see it: to the nearest five below a hundred.

    Two rounded counts cannot be subtracted down to a single household.
    """
    if households >= EXACT_FROM:
        return households
    return (households + ROUNDING_BASE // 2) // ROUNDING_BASE * ROUNDING_BASE


def disclose(cell: HouseholdCell, *, minimum: int) -> DisclosedCell:
    """Return the cell, or a withheld one when fewer than `minimum` households stand in it.

    An empty cell discloses nobody and is shown as zero. A caller that also shows a total must
    merge a withheld cell into its neighbour, or the difference would give it away.
    """
    if 0 < cell.households < minimum:
        return DisclosedCell(None, None)
    return DisclosedCell(cell.households, cell.minor)
