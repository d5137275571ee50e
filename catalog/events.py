"""Facts about certificates that others react to after the commit."""

from dataclasses import dataclass

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEnding(Fact):
    """The holder of a paper is to be told that it ends within some days."""

    paper_id: int
    days: int
