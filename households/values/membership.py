"""The words of joining and leaving: what somebody asks for, and who answered it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from households.values.register import HouseholdId


class MoveKind(StrEnum):
    """Which way a household goes."""

    JOINING = "joining"
    LEAVING = "leaving"


class MoveState(StrEnum):
    """How far it is; only an open one can change."""

    OPEN = "open"
    """Proposed; nothing holds before the household agrees."""
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back by the cooperative before there was an answer."""


class Answerer(StrEnum):
    """As what somebody decided."""

    HOUSEHOLD = "household"
    OFFICIAL = "official"
    """An official of the household's village, for one that cannot answer itself."""
    CLERK = "clerk"
    """A clerk of the cooperative who did not propose it, for one that cannot answer itself."""
    MANAGER = "manager"


ON_BEHALF = frozenset({Answerer.OFFICIAL, Answerer.CLERK})
"""Those who answer for a household and say why and how it told them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Who decides, and as what."""

    kind: Answerer
    actor: str
    """`person:<id>`."""
    household_id: HouseholdId | None = None
    organisation_codes: frozenset[str] = frozenset()
    """Organisations the clerk or manager works for."""
    village_codes: frozenset[str] = frozenset()
    """Villages the official looks after."""


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A joining or leaving as pages see it; a household stands under its number."""

    move_id: int
    household_id: HouseholdId
    village_code: str
    village_name: str
    organisation_code: str
    organisation_name: str
    kind: MoveKind
    state: MoveState
    day: date
    """First day of a joining as proposed, last day of a leaving."""
    proposed_by: str
    proposed_at: datetime
    closed_at: datetime | None
    answered_as: Answerer | None
