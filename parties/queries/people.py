"""Reads about people and organisations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from parties.errors import OrganisationNotFoundError
from parties.models import Channel, Membership, Organisation, Person, Reauthentication
from parties.values import OrganisationKind, OrganisationRow, Scope, SignedInPerson


def find_signed_in(session: Session, person_id: int, *, on: date) -> SignedInPerson | None:
    """Return a person with today's scopes in one statement, or None when disabled or gone."""
    rows = session.execute(
        select(
            Person.id,
            Person.login,
            Person.display_name,
            Person.locale,
            Person.session_epoch,
            Person.household_id,
            Membership.role,
            Membership.organisation_code,
            Membership.region_code,
        )
        .outerjoin(
            Membership,
            and_(
                Membership.person_id == Person.id,
                Membership.valid_from <= on,
                or_(Membership.valid_to.is_(None), Membership.valid_to >= on),
            ),
        )
        .where(Person.id == person_id, Person.disabled_at.is_(None))
        .order_by(Membership.id)
    ).all()
    if not rows:
        return None
    head = rows[0]
    return SignedInPerson(
        person_id=head.id,
        login=head.login,
        display_name=head.display_name,
        locale=head.locale,
        session_epoch=head.session_epoch,
        household_id=head.household_id,
        scopes=tuple(
            Scope(row.role, row.organisation_code, row.region_code) for row in rows if row.role
        ),
    )


def find_reauthentication(session: Session, person_id: int, *, at: datetime) -> datetime | None:
    """Return when a person last proved their password again, or None once it has expired."""
    return session.scalars(
        select(func.max(Reauthentication.at)).where(
            Reauthentication.person_id == person_id,
            Reauthentication.at <= at,
            Reauthentication.expires_at > at,
        )
    ).one()


def find_logins(session: Session, logins: Collection[str]) -> dict[str, int]:
    """Return who signs in by which of these logins; the unknown and the disabled are absent."""
    rows = session.execute(
        select(Person.login, Person.id).where(
            Person.login.in_(logins), Person.disabled_at.is_(None)
        )
    )
    return {row.login: row.id for row in rows}


def list_staff(session: Session, organisation_code: str, *, on: date) -> set[int]:
    """Return who has a role in an organisation on a day."""
    return set(
        session.scalars(
            select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organisation_code == organisation_code,
                Membership.valid_from <= on,
                or_(Membership.valid_to.is_(None), Membership.valid_to >= on),
                Person.disabled_at.is_(None),
            )
        )
    )


def list_names(session: Session, codes: Sequence[str]) -> Mapping[str, str]:
    """Return the display names of people by `person:<id>`; other codes are absent."""
    ids = {int(code[7:]) for code in codes if code.startswith("person:") and code[7:].isdigit()}
    rows = session.execute(select(Person.id, Person.display_name).where(Person.id.in_(ids)))
    return {f"person:{row.id}": row.display_name for row in rows}


def list_household_accounts(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return the households for which somebody can sign in."""
    rows = session.scalars(
        select(Person.household_id).where(
            Person.household_id.in_(household_ids), Person.disabled_at.is_(None)
        )
    )
    return {household_id for household_id in rows if household_id is not None}


def get_organisation(session: Session, code: str) -> OrganisationRow:
    """Return one organisation; raises `OrganisationNotFoundError`."""
    rows = list_organisations(session, [code])
    if not rows:
        raise OrganisationNotFoundError(code)
    return rows[code]


def list_organisations(session: Session, codes: Sequence[str]) -> Mapping[str, OrganisationRow]:
    """Return organisations by code; unknown codes are absent."""
    rows = session.execute(
        select(
            Organisation.code,
            Organisation.name,
            Organisation.kind,
            Organisation.region_code,
            Organisation.village_code,
            Organisation.channel_code,
            Organisation.suspended_at.is_not(None),
            Organisation.is_sample,
        ).where(Organisation.code.in_(codes))
    )
    return {row.code: OrganisationRow(*row) for row in rows}


def list_village_collectives(session: Session, region_code: str) -> list[OrganisationRow]:
    """Return the village collectives of a region, by code."""
    codes = session.scalars(
        select(Organisation.code)
        .where(
            Organisation.kind == OrganisationKind.VILLAGE_COLLECTIVE,
            Organisation.village_code.startswith(region_code, autoescape=True),
        )
        .order_by(Organisation.code)
    ).all()
    found = list_organisations(session, codes)
    return [found[code] for code in codes]


def list_channels(session: Session) -> Sequence[tuple[str, str, str]]:
    """Return (code, Chinese name, English name) of every channel in its printed order."""
    rows = session.execute(
        select(Channel.code, Channel.name, Channel.name_en).order_by(Channel.sort_order)
    )
    return [(row.code, row.name, row.name_en) for row in rows]
