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


SELLER_ROLES = frozenset({Role.MANAGER, Role.CLERK, Role.PACKER, Role.CASHIER})
BUYER_ROLES = frozenset({Role.BUYER, Role.APPROVER, Role.ACCEPTOR, Role.FINANCE})


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
