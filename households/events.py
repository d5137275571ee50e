"""What happened in the register, told to whoever has to know."""

from dataclasses import dataclass

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LookLimitReached(Fact):
    """Somebody opened as many identities as one hour allows."""

    alert_id: int
    looker: str
    office: str
    looks: int
