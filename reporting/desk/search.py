"""Which search index is in use, and whether it holds exactly what is on sale."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.search import documents, generations, keeper
from catalog.search.port import Engine, EngineUnavailableError


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index of one engine beside the products on sale."""

    engine: str
    name: str | None
    """Empty while there is none; another engine answers then."""
    built_at: datetime | None
    on_sale: int
    indexed: int
    missing: tuple[str, ...]
    """Codes of products on sale that the index lacks."""
    left_over: tuple[str, ...]
    """Codes in the index that are not on sale any more."""
    is_readable: bool
    size_bytes: int = 0
    waiting: int = 0
    """Goods the writer has still to carry over."""

    @property
    def wrong(self) -> int:
        """Return how many products are missing or left over; all of them if unreadable."""
        if not self.is_readable:
            return max(self.on_sale, 1)
        return len(self.missing) + len(self.left_over)


def find_state(session: Session, engine: Engine, *, at: datetime) -> IndexState:
    """Return the state of an engine's index beside what is on sale."""
    on_sale = documents.list_codes(session, at=at)
    waiting = keeper.count_waiting(session, at=at)
    health = engine.health()
    if health.is_missing:
        return IndexState(
            engine.name, None, None, len(on_sale), 0, (), (), is_readable=True, waiting=waiting
        )
    try:
        stats = engine.stats()
        indexed = set(engine.codes())
    except EngineUnavailableError as error:
        return IndexState(
            engine.name, str(error), None, len(on_sale), 0, (), (), is_readable=False
        )
    return IndexState(
        engine.name,
        stats.generation,
        generations.built_at(stats.generation),
        len(on_sale),
        len(indexed),
        tuple(sorted(on_sale - indexed)),
        tuple(sorted(indexed - on_sale)),
        is_readable=health.is_ready,
        size_bytes=stats.size_bytes,
        waiting=waiting,
    )
