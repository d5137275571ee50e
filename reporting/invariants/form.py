"""What a check is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question: `statement` answers with one row of `checked` and `broken` counts."""

    name: str
    about: str
    """What holds, in one sentence."""
    unit: str
    """What is counted, in the plural."""
    statement: str
    is_cheap: bool = True
    """Whether a page may ask it; the others read everything that was ever recorded."""
