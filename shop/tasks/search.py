"""Keeps the search in step with what is on sale: the one writer of its indexes."""

from datetime import datetime

import structlog
from celery import shared_task

from catalog.search import keeper
from catalog.search.keeper import Done, Keeper, Watch
from kernel import clock
from kernel.db import unit_of_work
from shop import operations
from shop.search_engines import writers

AT_ONCE = 20
"""Runs of the writer one task carries out, when very much was changed."""

log = structlog.get_logger()

_KEEPER = Keeper()


@shared_task(name="shop.tasks.search.refresh")
def refresh() -> int:
    """Carry changes of the last second over to every index; return how many goods changed."""
    changed = 0
    for _ in range(AT_ONCE):
        done = refresh_index(at=clock.now())
        changed += done.changed
        if not done.is_more:
            break
    return changed


@shared_task(name="shop.tasks.search.compare")
def compare() -> int:
    """Note what no trigger told of; the next run of the writer carries it over."""
    with unit_of_work() as session:
        differing = keeper.compare(session, at=clock.now())
    if differing:
        log.info("search_differs", products=differing)
    return differing


@shared_task(name="shop.tasks.search.rebuild")
def rebuild() -> int:
    """Build every index anew, so that words and goods of long ago are gone from it."""
    return rebuild_index(at=clock.now()).changed


def refresh_index(*, at: datetime) -> Done:
    """Carry over what waits, at most some hundred goods; build anew what cannot answer."""
    with unit_of_work() as session:
        done = _KEEPER.keep(session, writers(operations.settings(), session), at=at)
    if done.rebuilt:
        log.warning("search_rebuilt", engines=done.rebuilt, products=done.changed)
    return done


def rebuild_index(*, at: datetime, watch: Watch = lambda *_: None) -> Done:
    """Build every index anew; searches use the old ones until then."""
    with unit_of_work() as session:
        engines = writers(operations.settings(), session)
        return _KEEPER.rebuild(session, engines, at=at, watch=watch)
