"""A ground that every proof of this worker copies."""

from collections.abc import Iterator

import pytest

from shop.proof.ground.databases import Ground, laid
from shop.settings import Settings


@pytest.fixture(scope="session")
def ground(settings: Settings) -> Iterator[Ground]:
    """The goods of the sample in a database of their own; runs take copies."""
    with laid(settings) as made:
        yield made
