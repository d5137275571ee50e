"""What people decided about their own data, told to whoever keeps copies."""

from dataclasses import dataclass

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectErased(Fact):
    """Somebody's identity was destroyed; copies outside the database have to go too."""

    subject: str
    """`person:<id>` or `household:<id>`."""
    group_numbers: list[str]
    """Orders whose letters named the person."""
