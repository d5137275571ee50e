"""Keeps the search index in step with what is on sale."""

from datetime import datetime
from pathlib import Path

from celery import shared_task

from catalog.search import documents, generations
from kernel import clock
from kernel.db import unit_of_work
from shop import operations
from shop.settings import Settings


def index_folder(settings: Settings) -> Path:
    """Return where indexes stand; the folder can be deleted at any time."""
    return settings.data_dir / "search"


@shared_task(name="shop.tasks.search.refresh")
def refresh() -> str | None:
    """Build the index anew if what is on sale has changed; return a new one's name."""
    return refresh_index(at=clock.now())


def refresh_index(*, at: datetime, always: bool = False) -> str | None:
    """Build the index if it is missing, damaged or out of date, or always; return its name."""
    with unit_of_work() as session:
        corpus = documents.read_corpus(session)
    folder = index_folder(operations.settings())
    if always:
        return generations.build(folder, corpus, at=at)
    return generations.refresh(folder, corpus, at=at)
