"""The words of the register of certificates: papers, what they are for, where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class PaperState(StrEnum):
    """Where a paper stands; only an accepted one counts, and only within its period."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


PAPER_STEPS: Mapping[PaperState, frozenset[PaperState]] = MappingProxyType(
    {
        PaperState.SUBMITTED: frozenset({PaperState.ACCEPTED, PaperState.REFUSED}),
        PaperState.ACCEPTED: frozenset({PaperState.SUSPENDED, PaperState.REVOKED}),
        PaperState.SUSPENDED: frozenset({PaperState.ACCEPTED, PaperState.REVOKED}),
        PaperState.REFUSED: frozenset(),
        PaperState.REVOKED: frozenset(),
    }
)
"""State → the states it may be followed by."""


class Standing(StrEnum):
    """What a paper is worth on a day, to whoever looks it up."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    FAILED = "failed"
    """A laboratory report that found the goods unfit."""
    UNREVIEWED = "unreviewed"
    REFUSED = "refused"


class LabResult(StrEnum):
    """What a laboratory found."""

    PASS = "pass"  # noqa: S105 -- a result, not a secret
    FAIL = "fail"


RECOGNITION, LABORATORY, PLEDGE = "RECOGNITION", "LAB", "CQHGZ"
BRANDED = frozenset({"BRAND_REGION", "BRAND_OWN"})
"""Types of papers that allow goods to carry a brand."""


class TwinKind(StrEnum):
    """How one file resembles another."""

    SAME = "same"
    """Byte for byte."""
    ALIKE = "alike"
    """The same picture, saved again."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A file as it is kept: cleaned, with what tells it from others."""

    content: bytes
    media_type: str
    digest: str
    """SHA-256 of the bytes that were handed in."""
    look: str | None
    """1,024 bits that say where a picture grows lighter from left to right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaper:
    """A paper a seller or the operator enters."""

    type_code: str
    number: str
    issuer: str
    seller_code: str
    scope: str = ""
    valid_from: date
    valid_to: date | None
    products: tuple[str, ...] = ()
    lots: tuple[str, ...] = ()
    """Codes of lots, for what each lot has of its own."""
    brand_code: str | None = None
    result: LabResult | None = None
    sources: tuple[str, ...] = ()
    """Public codes of the papers of lots that were mixed."""
    scan: Scan | None = None
    by: int
    """The person who enters it."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReview:
    """What whoever reviews decided, and why."""

    code: str
    state: PaperState
    note: str = ""
    by: int
    works_for: frozenset[str] = frozenset()
    """Organisations of the reviewer: nobody reviews papers of their own."""
    at: datetime
