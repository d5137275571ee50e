"""New versions of limits; an old one is only given its last day."""

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cold_chain.errors import (
    LimitsDateError,
    LimitsSourceMissingError,
    LimitsUnchangedError,
    ProfileNotFoundError,
)
from cold_chain.limits import load_profiles
from cold_chain.models import LimitProfile, LimitRule
from cold_chain.rules.versions import differences, with_rules
from cold_chain.values import NewLimits, Profile
from kernel.clock import local_date

KEPT = frozenset({"version", "source", "clause", "effective_from", "effective_to"})


def publish_limits(session: Session, new: NewLimits) -> int:
    """Put a new version of limits in force from a day to come, and return its number.

    Journeys under way keep the version they were planned with. Raises a `LimitsError` for a
    day that is not to come or already taken, for no change, and without a source.
    """
    newest = session.scalars(
        select(LimitProfile)
        .where(LimitProfile.code == new.profile_code)
        .order_by(LimitProfile.version.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if newest is None:
        raise ProfileNotFoundError(new.profile_code)
    if not new.source.strip() or not new.clause.strip():
        raise LimitsSourceMissingError
    if new.effective_from <= max(local_date(new.at), newest.effective_from):
        raise LimitsDateError
    key = (newest.code, newest.version)
    before = load_profiles(session, [key])[key]
    after = with_rules(before, new.rules)
    if not differences(before, after):
        raise LimitsUnchangedError
    session.execute(
        update(LimitProfile)
        .where(LimitProfile.code == newest.code, LimitProfile.version == newest.version)
        .where(LimitProfile.effective_to.is_(None))
        .values(effective_to=new.effective_from - timedelta(days=1))
    )
    _enter(session, newest, after, new)
    return newest.version + 1


def _enter(session: Session, newest: LimitProfile, after: Profile, new: NewLimits) -> None:
    version = newest.version + 1
    kept = [one.key for one in LimitProfile.__table__.columns if one.key not in KEPT]
    session.execute(
        insert(LimitProfile).values(
            version=version,
            source=new.source.strip(),
            clause=new.clause.strip(),
            effective_from=new.effective_from,
            effective_to=None,
            **{name: getattr(newest, name) for name in kept},
        )
    )
    session.execute(
        insert(LimitRule),
        [
            asdict(rule)
            | {
                "profile_code": newest.code,
                "profile_version": version,
                "source": new.source.strip(),
            }
            for rule in after.rules
        ],
    )
