"""The declarative base, the names of constraints and the column types every model shares."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Date, DateTime, Enum, Integer, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as timestamptz and always handed out in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment before it reaches the database."""
        del dialect
        if value is not None and value.tzinfo is None:
            msg = "a stored moment must be aware"
            raise ValueError(msg)
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Hand out UTC whatever the session's time zone is."""
        del dialect
        return None if value is None else value.astimezone(UTC)


def enum_column(states: type[E]) -> Enum:
    """Return a VARCHAR column type with a CHECK over the values of a StrEnum."""
    return Enum(
        states,
        native_enum=False,
        create_constraint=True,
        name=_snake(states.__name__),
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def _snake(name: str) -> str:
    return "".join(f"_{ch.lower()}" if ch.isupper() else ch for ch in name).lstrip("_")


class Base(DeclarativeBase):
    """The base of every mapped class."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            str: Text,
            int: Integer,
            date: Date,
            datetime: UtcDateTime,
        },
    )


Minor = BigInteger
"""Column type of an amount in fen."""

Code = String(64)
"""Column type of a natural key."""
