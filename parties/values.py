"""Roles, kinds of organisation and the frozen rows other storeys see."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", int)
OrganisationCode = NewType("OrganisationCode", str)


class OrganisationKind(StrEnum):
    """What an organisation is, in the field's terms."""

    COOPERATIVE = "cooperative"
    FAMILY_FARM = "family_farm"
    AGRICULTURAL_ENTERPRISE = "agricultural_enterprise"
    PROCESSOR = "processor"
    VILLAGE_COLLECTIVE = "village_collective"
    SUPPLY_COOPERATIVE = "supply_cooperative"
    REGIONAL_OPERATOR = "regional_operator"
    PRIVATE_ENTERPRISE = "private_enterprise"
    BUDGET_UNIT = "budget_unit"
    UNION = "union"
    PAIRING_UNIT = "pairing_unit"
    TRADER = "trader"
    CARRIER = "carrier"
    PLATFORM = "platform"


SELLER_KINDS = frozenset(
    {
        OrganisationKind.COOPERATIVE,
        OrganisationKind.FAMILY_FARM,
        OrganisationKind.AGRICULTURAL_ENTERPRISE,
        OrganisationKind.PROCESSOR,
        OrganisationKind.VILLAGE_COLLECTIVE,
        OrganisationKind.SUPPLY_COOPERATIVE,
        OrganisationKind.REGIONAL_OPERATOR,
    }
)


class Role(StrEnum):
    """What a membership lets a person do inside its scope."""

    OPERATOR = "operator"
    MANAGER = "manager"
    CLERK = "clerk"
    PACKER = "packer"
    CASHIER = "cashier"
    BUYER = "buyer"
    APPROVER = "approver"
    ACCEPTOR = "acceptor"
    FINANCE = "finance"
    OFFICIAL = "official"
    CITY_REVIEWER = "city_reviewer"
    """Checks recognitions of a whole city again; sees nothing else of its places."""


SELLER_ROLES = frozenset({Role.MANAGER, Role.CLERK, Role.PACKER, Role.CASHIER})
BUYER_ROLES = frozenset({Role.BUYER, Role.APPROVER, Role.ACCEPTOR, Role.FINANCE})
TITLE_ROLES = frozenset({Role.BUYER, Role.FINANCE})
"""Who keeps the invoice titles that every buyer of an organisation chooses from."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One role inside one organisation, or inside one region for officials."""

    role: Role
    organisation_code: str | None
    region_code: str | None


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """A person with every scope that is valid today."""

    person_id: int
    login: str
    display_name: str
    locale: str
    session_epoch: int
    household_id: str | None
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation as pages see it."""

    code: str
    name: str
    kind: OrganisationKind
    region_code: str | None
    village_code: str | None
    channel_code: str | None
    is_suspended: bool
    is_sample: bool


class ConsentScope(StrEnum):
    """What a person or household agreed to; each is given and withdrawn on its own."""

    PROCESSING = "processing"
    """That their data is kept and used to run sale and settlement."""
    SENSITIVE = "sensitive"
    """Separately: id number, bank account, income (PIPL 29)."""
    PUBLISHING = "publishing"
    """Separately: that something about them is shown to the public (PIPL 25)."""
    SHARING = "sharing"
    """Separately: that bank and carrier receive what they need (PIPL 23)."""


class ConsentChannel(StrEnum):
    """How a consent was given."""

    PAGE = "page"
    PAPER = "paper"
    PHONE = "phone"


class RequestKind(StrEnum):
    """What somebody may ask for about their own data (PIPL 44 to 47)."""

    ACCESS = "access"
    CORRECTION = "correction"
    DELETION = "deletion"
    WITHDRAWAL = "withdrawal"


class RequestState(StrEnum):
    """Where a request about one's own data stands."""

    RECEIVED = "received"
    HELD = "held"
    """Granted, and partly carried out; the rest waits for what `hold_reason` says."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: exactly one of a person with an account and a household."""

    person_id: int | None = None
    household_id: str | None = None

    @property
    def code(self) -> str:
        """Return how the subject stands in the audit record."""
        if self.household_id is not None:
            return f"household:{self.household_id}"
        return f"person:{self.person_id}"
