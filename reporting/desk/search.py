"""Which search index is in use, and whether it holds exactly what is on sale."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session
from whoosh import index

from catalog.search import documents, generations


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index in use beside the products on sale."""

    name: str | None
    """Empty while there is none; searches then go by names in the database."""
    built_at: datetime | None
    on_sale: int
    indexed: int
    missing: tuple[str, ...]
    """Codes of products on sale that the index lacks."""
    left_over: tuple[str, ...]
    """Codes in the index that are not on sale any more."""
    is_readable: bool

    @property
    def wrong(self) -> int:
        """Return how many products are missing or left over; all of them if unreadable."""
        if not self.is_readable:
            return max(self.on_sale, 1)
        return len(self.missing) + len(self.left_over)


def find_state(session: Session, folder: Path) -> IndexState:
    """Return the state of the index below a folder; two statements and one read of the disk."""
    on_sale = {document.code for document in documents.read_corpus(session).documents}
    name = generations.find_current(folder)
    if name is None:
        return IndexState(None, None, len(on_sale), 0, (), (), is_readable=True)
    indexed = _codes(folder / name)
    built_at = _built_at(folder / name)
    if indexed is None:
        return IndexState(name, built_at, len(on_sale), 0, (), (), is_readable=False)
    return IndexState(
        name,
        built_at,
        len(on_sale),
        len(indexed),
        tuple(sorted(on_sale - indexed)),
        tuple(sorted(indexed - on_sale)),
        is_readable=True,
    )


def _codes(folder: Path) -> set[str] | None:
    """Return the codes of every document, or None for an index that cannot be read."""
    try:
        opened = index.open_dir(folder)
        try:
            with opened.searcher() as searcher:
                return {str(fields["code"]) for fields in searcher.documents()}
        finally:
            opened.close()
    except (OSError, index.IndexError, KeyError):
        return None


def _built_at(folder: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    except OSError:
        return None
