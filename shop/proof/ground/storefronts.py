"""A served shop with the sample's goods, found by its search, on a copy of the ground."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from kernel import clock
from kernel.db import db
from shop.app import create_app
from shop.proof.ground.databases import Ground
from shop.proof.ground.deliveries import deliver_to
from shop.proof.ground.servers import serving
from shop.proof.ground.storefront_pages import CONSUMER
from shop.settings import Environment
from shop.tasks.search import rebuild_index


@contextmanager
def open_storefront(ground: Ground, purpose: str) -> Iterator[str]:
    """Serve a copy of the ground under the shop's own server; give its address."""
    with ground.copy(purpose) as settings:
        app = create_app(replace(settings, environment=Environment.TEST, redis_url=""))
        with app.app_context():
            rebuild_index(at=clock.now())
            deliver_to(CONSUMER, at=clock.now())
            db.session.remove()
            db.engine.dispose()
        with serving(settings) as shop:
            yield f"http://127.0.0.1:{shop.settings.port}"
