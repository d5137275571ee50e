"""What buyers say of goods: states, steps and the words as they come in."""

from dataclasses import dataclass
from enum import StrEnum


class ReviewState(StrEnum):
    """Who reads a review."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    """The operator took it off the page, with a reason; its writer still reads it."""
    WITHDRAWN = "withdrawn"
    """Its writer took it back; words, pictures and name are gone."""


class ReviewStep(StrEnum):
    """What happened to a review."""

    WRITTEN = "written"
    CHANGED = "changed"
    HIDDEN = "hidden"
    SHOWN = "shown"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ReviewPicture:
    """A picture of a review as it is kept: written anew, in two sizes."""

    webp: bytes
    thumb: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a buyer says of goods: stars, words, pictures."""

    rating: int
    words: str = ""
    pictures: tuple[ReviewPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """A review of one order line that is about to be written."""

    order_line_id: int
    product_code: str
    person_id: int | None
    name: str
    """The writer's name; only its masked form is kept."""
    said: Said
