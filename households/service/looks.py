"""Opening a household's identity: by right, for a purpose, on record, and not too often."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from households.events import LookLimitReached
from households.models import (
    CooperativeMembership,
    Household,
    HouseholdIdentity,
    IdentityLook,
    LookAlert,
)
from households.rules import looks as rules
from households.values import (
    Capacity,
    HouseholdId,
    Identity,
    Looker,
    LookerKind,
    LookPolicy,
    Reason,
)
from kernel import audit, outbox, policy
from kernel.clock import local_date
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from parties import queries as party_queries

PARAM_LOOKS = "looks_per_hour"
PARAM_PURPOSES = "look_purposes"
HOUR = timedelta(hours=1)
PAYOUT = "payout"
PAYOUT_FIELDS = ["name", "bank_account"]
PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Admitted:
    """By which right somebody looks, and how often in this hour with this look."""

    capacity: Capacity
    looks: int
    is_last: bool
    """Whether the next one needs the password."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look showed of whom, as it stands on record."""

    household_id: HouseholdId
    fields: Collection[str]
    action: str = "identity_looked_at"
    detail: Mapping[str, int] = field(default_factory=dict)


def look(
    session: Session,
    household_id: HouseholdId,
    looker: Looker,
    reason: Reason,
    *,
    at: datetime,
) -> Identity:
    """Open who a household is; what the reason does not ask for in full comes masked.

    The look and its audit row are written in the caller's transaction, or nothing is opened.
    The look that reaches the hour's limit raises an alert; the next one is refused with
    `look_needs_password` until the looker has proved the password again. Looks of one person
    wait for each other.
    """
    capacities = _capacities(session, household_id, looker, on=local_date(at))
    admitted = admit(session, looker, reason, capacities, at=at)
    identity = _opened(session, household_id)
    seen = Seen(household_id, reason.fields)
    record_look(session, looker, reason, admitted, seen, at=at)
    return rules.masked(identity, reason.fields)


def admit(
    session: Session,
    looker: Looker,
    reason: Reason,
    capacities: Sequence[Capacity],
    *,
    at: datetime,
) -> Admitted:
    """Say by which right somebody looks now; raises without one, and when it is too often."""
    in_force = find_policy(session, on=local_date(at))
    capacity = rules.choose_capacity(reason, in_force, capacities)
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"looks:{looker.code}", 0)))
    )
    looked = _count_looks(session, looker, at=at)
    if looked >= in_force.looks_per_hour:
        raise ForbiddenError(
            "look_needs_password",
            f"{in_force.looks_per_hour} looks in one hour: the password is needed again",
            limit=in_force.looks_per_hour,
        )
    return Admitted(capacity, looked + 1, is_last=looked + 1 == in_force.looks_per_hour)


def open_for_payout(
    session: Session,
    household_ids: Sequence[HouseholdId],
    *,
    batch_code: str,
    actor: str,
    at: datetime,
) -> Mapping[HouseholdId, Identity]:
    """Open names and bank accounts for one approved payout batch; the erased are absent.

    Each household gets its row of who looked, the batch one audit row. These looks do not
    count towards the hour's limit: the batch was approved by two people.
    """
    identity = HouseholdIdentity
    rows = session.execute(
        select(identity.household_id, identity.name, identity.bank_account).where(
            identity.household_id.in_(household_ids), identity.name.is_not(None)
        )
    ).all()
    if not rows:
        return {}
    common = {
        "looker": actor,
        "looker_kind": LookerKind.OPERATOR,
        "office": PLATFORM,
        "purpose": PAYOUT,
        "words": batch_code,
        "fields": PAYOUT_FIELDS,
        "is_counted": False,
        "at": at,
    }
    session.execute(
        insert(IdentityLook), [common | {"household_id": row.household_id} for row in rows]
    )
    audit.record(
        session,
        audit.Act(
            actor=actor,
            action="identities_opened_for_payout",
            subject=f"batch:{batch_code}",
            purpose=PAYOUT,
            at=at,
            detail={"households": len(rows)},
        ),
    )
    return {
        row.household_id: Identity(name=row.name, bank_account=row.bank_account) for row in rows
    }


def open_phone(
    session: Session, household_id: HouseholdId, *, actor: str, at: datetime
) -> str | None:
    """Open a household's phone for a message it asked for itself; None for the erased.

    The household gets its row of who looked; the look does not count towards the limit.
    """
    identity = HouseholdIdentity
    phone = session.scalar(select(identity.phone).where(identity.household_id == household_id))
    if phone is None:
        return None
    session.execute(
        insert(IdentityLook).values(
            household_id=household_id,
            looker=actor,
            looker_kind=LookerKind.OPERATOR,
            office=PLATFORM,
            purpose=PAYOUT,
            words=PAYOUT,
            fields=["phone"],
            is_counted=False,
            at=at,
        )
    )
    act = audit.Act(
        actor=actor,
        action="phone_opened_for_notice",
        subject=f"household:{household_id}",
        purpose=PAYOUT,
        at=at,
        detail={},
    )
    audit.record(session, act)
    return phone


def open_own_identity(session: Session, household_id: HouseholdId) -> Identity | None:
    """Open a household's own record for itself; the caller has made sure that it is its own."""
    try:
        return _opened(session, household_id)
    except (ConflictError, NotFoundError):
        return None


def find_policy(session: Session, *, on: date) -> LookPolicy:
    """Return how often and for which purposes one may look on a day.

    A figure above the limit of the law counts as the limit; without a list nobody may look.
    """
    values = policy.list_in_force(session, [PARAM_LOOKS, PARAM_PURPOSES], on=on)
    return rules.look_policy(values.get(PARAM_LOOKS), values.get(PARAM_PURPOSES))


def review_alert(
    session: Session, alert_id: int, *, finding: str, reviewer: str, at: datetime
) -> None:
    """Note what came of an alert, once; raises for an alert about the reviewer."""
    if not finding.strip():
        raise InvalidError("finding_missing", "say what was found")
    alert = session.get(LookAlert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFoundError("alert_not_found", "there is no such alert")
    if alert.looker == reviewer:
        raise ForbiddenError("alert_is_own", "nobody reviews an alert about themselves")
    if alert.reviewed_at is not None:
        raise ConflictError("alert_reviewed", "this alert was reviewed already")
    alert.reviewed_at, alert.reviewed_by, alert.finding = at, reviewer, finding
    session.flush()
    audit.record(
        session,
        audit.Act(
            actor=reviewer,
            action="look_alert_reviewed",
            subject=f"alert:{alert_id}",
            purpose="review",
            at=at,
            detail={"looker": alert.looker},
        ),
    )


def _capacities(
    session: Session, household_id: HouseholdId, looker: Looker, *, on: date
) -> list[Capacity]:
    """Return by which rights somebody may look at a household, the narrowest first."""
    row = session.execute(
        select(
            Household.village_code,
            select(func.min(CooperativeMembership.organisation_code))
            .where(
                CooperativeMembership.household_id == household_id,
                CooperativeMembership.organisation_code.in_(looker.organisation_codes),
                CooperativeMembership.valid_from <= on,
                or_(
                    CooperativeMembership.valid_to.is_(None),
                    CooperativeMembership.valid_to >= on,
                ),
            )
            .scalar_subquery()
            .label("organisation_code"),
        ).where(Household.id == household_id)
    ).one_or_none()
    if row is None:
        return []
    capacities = []
    if row.village_code in looker.region_codes:
        capacities.append(Capacity(kind=LookerKind.OFFICIAL, office=row.village_code))
    if row.organisation_code is not None:
        capacities.append(Capacity(kind=LookerKind.MANAGER, office=row.organisation_code))
    if looker.is_operator:
        capacities.append(Capacity(kind=LookerKind.OPERATOR, office=PLATFORM))
    return capacities


def _count_looks(session: Session, looker: Looker, *, at: datetime) -> int:
    """Return the looks of the last hour, or those since the password was proved again."""
    proved_at = party_queries.find_reauthentication(session, looker.person_id, at=at)
    since = at - HOUR if proved_at is None else max(at - HOUR, proved_at)
    return session.scalars(
        select(func.count()).where(
            IdentityLook.looker == looker.code,
            IdentityLook.is_counted,
            IdentityLook.at > since,
        )
    ).one()


def _opened(session: Session, household_id: HouseholdId) -> Identity:
    row = session.execute(
        select(
            HouseholdIdentity.name,
            HouseholdIdentity.phone,
            HouseholdIdentity.id_number,
            HouseholdIdentity.bank_account,
        ).where(HouseholdIdentity.household_id == household_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("identity_not_found", "no identity is stored for this household")
    if row.name is None:
        raise ConflictError("identity_erased", "the identity of this household was erased")
    return Identity(
        name=row.name, phone=row.phone, id_number=row.id_number, bank_account=row.bank_account
    )


def record_look(
    session: Session,
    looker: Looker,
    reason: Reason,
    admitted: Admitted,
    seen: Seen,
    *,
    at: datetime,
) -> None:
    """Put a look on record with its audit row; the one that reaches the limit is told on."""
    fields, capacity = sorted(seen.fields), admitted.capacity
    look_id = session.scalars(
        insert(IdentityLook)
        .values(
            household_id=seen.household_id,
            looker=looker.code,
            looker_kind=capacity.kind,
            office=capacity.office,
            purpose=reason.purpose,
            words=reason.words.strip(),
            fields=fields,
            at=at,
        )
        .returning(IdentityLook.id)
    ).one()
    audit.record(
        session,
        audit.Act(
            actor=looker.code,
            action=seen.action,
            subject=f"household:{seen.household_id}",
            purpose=reason.purpose,
            at=at,
            detail={
                "look": look_id,
                "as": capacity.kind,
                "office": capacity.office,
                "fields": fields,
                **seen.detail,
            },
        ),
    )
    if admitted.is_last:
        _raise_alert(session, looker, capacity, looks=admitted.looks, at=at)


def _raise_alert(
    session: Session, looker: Looker, capacity: Capacity, *, looks: int, at: datetime
) -> None:
    alert_id = session.scalars(
        insert(LookAlert)
        .values(
            looker=looker.code,
            looker_kind=capacity.kind,
            office=capacity.office,
            looks=looks,
            raised_at=at,
        )
        .returning(LookAlert.id)
    ).one()
    outbox.record(
        session,
        LookLimitReached(
            occurred_at=at,
            alert_id=alert_id,
            looker=looker.code,
            office=capacity.office,
            looks=looks,
        ),
    )
