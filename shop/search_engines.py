"""The search engines of this installation: which answers first, which stands in for it."""

from contextlib import nullcontext
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.search.port import Engine
from catalog.search.postgres_engine import PostgresEngine
from catalog.search.whoosh_engine import WhooshEngine
from kernel.db import unit_of_work
from shop.settings import SearchEngine, Settings


def index_folder(settings: Settings) -> Path:
    """Return where indexes stand; the folder can be deleted at any time."""
    return settings.data_dir / "search"


def readers(settings: Settings) -> tuple[Engine, ...]:
    """Return the engines that answer, the preferred first."""
    database = PostgresEngine(unit_of_work)
    if settings.search_engine is SearchEngine.POSTGRES:
        return (database,)
    return (_on_disk(index_folder(settings)), database)


def writers(settings: Settings, session: Session) -> tuple[Engine, ...]:
    """Return the engines to keep in step, working in a transaction of the caller's."""
    database = PostgresEngine(lambda: nullcontext(session))
    if settings.search_engine is SearchEngine.POSTGRES:
        return (database,)
    return (_on_disk(index_folder(settings)), database)


@cache
def _on_disk(folder: Path) -> WhooshEngine:
    """Return the one engine of this process over a folder; it holds the index in memory."""
    return WhooshEngine(folder)
