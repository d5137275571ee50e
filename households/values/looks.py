"""The words of looks: who may open whose identity, for which purpose, how it comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LookerKind(StrEnum):
    """In which capacity somebody opens a household's identity."""

    OFFICIAL = "official"
    MANAGER = "manager"
    OPERATOR = "operator"


class IdentityField(StrEnum):
    """What can be opened of a household; each is shown in full only when asked for."""

    NAME = "name"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    BANK_ACCOUNT = "bank_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who wants to look, with everything that may entitle them to."""

    person_id: int
    region_codes: frozenset[str] = frozenset()
    """Regions in which the person is an official."""
    organisation_codes: frozenset[str] = frozenset()
    """Organisations the person manages."""
    is_operator: bool = False

    @property
    def code(self) -> str:
        """Return how the person stands in histories."""
        return f"person:{self.person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why somebody looks: a code of the list in force, and words of their own."""

    purpose: str
    words: str
    fields: frozenset[IdentityField] = frozenset()
    """What is to be shown in full; the rest comes masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One permitted purpose of a look."""

    code: str
    name: str
    name_en: str
    kinds: frozenset[LookerKind]
    """Who may look for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The right a look is made by: as what, and in whose name."""

    kind: LookerKind
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPolicy:
    """The numbers of looks on one day."""

    looks_per_hour: int
    purposes: Mapping[str, Purpose]
