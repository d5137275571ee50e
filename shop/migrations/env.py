"""What Alembic runs: it connects, limits how long a lock may be waited for, and migrates."""

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from shop.migrations.metadata import target

# A migration that waits for a lock makes everybody behind it wait too; it gives up instead.
LOCK_TIMEOUT = "5s"
# Two deployments that migrate at once take turns.
TURN = 7_355_608


def run() -> None:
    """Migrate over the connection given by the runner, or over one of its own."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target(),
        compare_type=True,
        compare_server_default=False,
        include_object=_is_ours,
        transaction_per_migration=True,
    )
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": TURN})
    connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:turn)"), {"turn": TURN})
        connection.commit()


def _is_ours(
    item: object,
    name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001 -- Alembic's signature
    compare_to: object,
) -> bool:
    """Leave out the partitions of a partitioned table: they come and go by date."""
    del item, compare_to
    return not (kind == "table" and reflected and name and name.startswith("readings_"))


run()
