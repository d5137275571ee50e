"""The gate before every published figure that comes from households.

A figure stands for enough households, and no two of them make up nearly all of it. The numbers
are dated: `kernel.policy.find_disclosure`. Tables whose figures can be subtracted from each
other need `reporting.rules.disclosure` beside it.
"""

from dataclasses import dataclass

FLOOR = 5
"""No policy shows fewer households than this."""

ROUNDING_BASE, EXACT_FROM = 5, 100
"""To which base counts are shown to everybody, and from where on they are exact."""


@dataclass(frozen=True, slots=True)
class HouseholdGroup:
    """Distinct households, what they have together, and the two largest parts of it.

    What they have is fen, or the parts of a lot that fen are divided by.
    """

    households: int = 0
    minor: int = 0
    largest_minor: int = 0
    second_minor: int = 0

    def __add__(self, other: "HouseholdGroup") -> "HouseholdGroup":
        """Join two groups that have no household in common."""
        first, second = sorted(
            (self.largest_minor, self.second_minor, other.largest_minor, other.second_minor),
            reverse=True,
        )[:2]
        return HouseholdGroup(
            self.households + other.households, self.minor + other.minor, first, second
        )


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """What may be shown: at least so many households, and no two of them nearly all of it."""

    minimum: int
    dominance_percent: int


def is_safe(group: HouseholdGroup, policy: DisclosurePolicy) -> bool:
    """Say whether a figure gives away none of its households; nobody gives nobody away."""
    if group.households == 0:
        return True
    largest = group.largest_minor + group.second_minor
    # A month of refunds is below zero.
    is_dominated = largest * 100 > policy.dominance_percent * abs(group.minor)
    return group.households >= policy.minimum and not is_dominated


def count_shown(group: HouseholdGroup, policy: DisclosurePolicy) -> int | None:
    """Return how many households everybody may be told of, or None where it is withheld."""
    return rounded(group.households) if is_safe(group, policy) else None


def rounded(households: int) -> int:
    """Return a count as everybody may see it: to the nearest five below a hundred.

    Two rounded counts cannot be subtracted down to a single household.
    """
    if households >= EXACT_FROM:
        return households
    return (households + ROUNDING_BASE // 2) // ROUNDING_BASE * ROUNDING_BASE
