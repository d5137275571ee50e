"""Commands about people and organisations: register, sign in, sign out, grant, suspend."""

from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date
from kernel.errors import InvalidError
from parties.errors import LoginTakenError, OrganisationNotFoundError, SignInRefusedError
from parties.models import Membership, Organisation, Person, Reauthentication
from parties.values import PersonId, Scope

MIN_PASSWORD = 10
MAX_EMAIL = 200
PARAM_REAUTHENTICATION = "reauthentication_minutes"
HASHER = PasswordHasher()
_DUMMY_HASH = HASHER.hash("nobody has this password")


def register(
    session: Session, *, login: str, display_name: str, password: str, at: datetime
) -> PersonId:
    """Make a person who can sign in; raises `LoginTakenError` or `InvalidError`."""
    login = login.strip().lower()
    if not login:
        raise InvalidError("login_missing", "a login is needed")
    if len(password) < MIN_PASSWORD:
        raise InvalidError(
            "password_too_short", f"at least {MIN_PASSWORD} characters", minimum=MIN_PASSWORD
        )
    if session.scalar(select(Person.id).where(Person.login == login)) is not None:
        raise LoginTakenError(login)
    person = Person(
        login=login,
        display_name=display_name.strip() or login,
        password_hash=HASHER.hash(password),
        registered_at=at,
    )
    session.add(person)
    session.flush()
    return PersonId(person.id)


def sign_in(session: Session, *, login: str, password: str) -> PersonId:
    """Return the person whose login and password these are; raises `SignInRefusedError`.

    An unknown login costs as much time as a wrong password.
    """
    person = session.scalar(select(Person).where(Person.login == login.strip().lower()))
    stored = person.password_hash if person is not None else _DUMMY_HASH
    try:
        HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError) as error:
        raise SignInRefusedError from error
    if person is None or person.disabled_at is not None:
        raise SignInRefusedError
    if HASHER.check_needs_rehash(stored):
        person.password_hash = HASHER.hash(password)
    return PersonId(person.id)


def prove_password(
    session: Session, person_id: PersonId, password: str, *, at: datetime
) -> datetime:
    """Record that a signed-in person proved their password again; return until when it counts.

    Raises `SignInRefusedError` for a wrong one.
    """
    person = session.get(Person, person_id)
    try:
        HASHER.verify(person.password_hash if person is not None else _DUMMY_HASH, password)
    except (VerificationError, InvalidHashError) as error:
        raise SignInRefusedError from error
    minutes = policy.list_in_force(session, [PARAM_REAUTHENTICATION], on=local_date(at))
    expires_at = at + timedelta(minutes=int(minutes.get(PARAM_REAUTHENTICATION, 1)))
    session.execute(
        insert(Reauthentication).values(person_id=person_id, at=at, expires_at=expires_at)
    )
    return expires_at


def end_sessions(session: Session, person_id: PersonId) -> None:
    """Make every session of a person worthless, also stolen ones."""
    session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(session_epoch=Person.session_epoch + 1)
    )


def set_locale(session: Session, person_id: PersonId, locale: str) -> None:
    """Remember the language a person reads."""
    session.execute(update(Person).where(Person.id == person_id).values(locale=locale))


def link_household(session: Session, person_id: PersonId, household_id: str) -> None:
    """Let a person see the statement of their own household."""
    session.execute(
        update(Person).where(Person.id == person_id).values(household_id=household_id)
    )


def grant(session: Session, person_id: PersonId, scope: Scope, *, valid_from: date) -> None:
    """Give a person a role in an organisation or, for officials, a region."""
    session.add(
        Membership(
            person_id=person_id,
            role=scope.role,
            organisation_code=scope.organisation_code,
            region_code=scope.region_code,
            valid_from=valid_from,
        )
    )
    session.flush()


def suspend(session: Session, code: str, *, at: datetime) -> None:
    """Stop an organisation from selling and buying; repeating keeps the first moment."""
    organisation = session.get(Organisation, code, with_for_update=True)
    if organisation is None:
        raise OrganisationNotFoundError(code)
    organisation.suspended_at = organisation.suspended_at or at


def restore(session: Session, code: str) -> None:
    """Let a suspended organisation sell and buy again; one in good standing stays as it is."""
    organisation = session.get(Organisation, code, with_for_update=True)
    if organisation is None:
        raise OrganisationNotFoundError(code)
    organisation.suspended_at = None


def set_notice_email(session: Session, code: str, email: str) -> None:
    """Say where an organisation is told of what runs out; empty for nowhere."""
    plain = email.strip()
    name, at, host = plain.rpartition("@")
    is_address = bool(name and at and "." in host) and plain.isprintable() and " " not in plain
    if plain and (len(plain) > MAX_EMAIL or not is_address):
        raise InvalidError("email_unfit", "this is no address")
    session.execute(
        update(Organisation).where(Organisation.code == code).values(notice_email=plain or None)
    )


def find_notice_email(session: Session, code: str) -> tuple[str, bool]:
    """Return where an organisation wants to be told, and whether it is of the sample."""
    row = session.execute(
        select(Organisation.notice_email, Organisation.is_sample).where(
            Organisation.code == code
        )
    ).one_or_none()
    return ("", False) if row is None else (row.notice_email or "", row.is_sample)
