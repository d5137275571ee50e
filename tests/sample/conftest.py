"""What the tests of the sample share: its files, and a session on a database that holds it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from kernel import vault
from shop.sample.checks import Files
from shop.sample.files import read_all
from shop.settings import DEMO_VAULT_KEY


@pytest.fixture(scope="session")
def files() -> Files:
    """Every data file of the sample."""
    return read_all()


@pytest.fixture
def stocked(stocked_database_url: str) -> Iterator[Session]:
    """A session on the loaded sample; what the test writes is rolled back."""
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(stocked_database_url, poolclass=NullPool)
    with Session(engine) as session:
        yield session
        session.rollback()
    engine.dispose()
