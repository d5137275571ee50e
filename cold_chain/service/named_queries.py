"""Questions partners give a name, to ask them again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.epcis.errors import QueryInUseError, QueryNameTakenError, QueryNotFoundError
from cold_chain.models import EpcisQuery, EpcisSubscription


def name_query(
    session: Session, owner_code: str, name: str, question: Mapping[str, Any], *, at: datetime
) -> None:
    """Keep a question under a name; the name of another of one's own is refused."""
    added = session.execute(
        insert(EpcisQuery)
        .values(owner_code=owner_code, name=name, question=dict(question), created_at=at)
        .on_conflict_do_nothing()
        .returning(EpcisQuery.name)
    ).one_or_none()
    if added is None:
        raise QueryNameTakenError(name)


def drop_query(session: Session, owner_code: str, name: str) -> None:
    """Forget a question nobody is told the answers to any more."""
    told = session.scalar(
        select(EpcisSubscription.id)
        .where(EpcisSubscription.owner_code == owner_code, EpcisSubscription.query_name == name)
        .limit(1)
    )
    if told is not None:
        raise QueryInUseError(name)
    gone = session.execute(
        delete(EpcisQuery)
        .where(EpcisQuery.owner_code == owner_code, EpcisQuery.name == name)
        .returning(EpcisQuery.name)
    ).one_or_none()
    if gone is None:
        raise QueryNotFoundError(name)
