"""Keys of partners' machines: given once, kept as a hash, taken back for good."""

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cold_chain.epcis.errors import ClientKeyWrongError
from cold_chain.models import EpcisClient
from cold_chain.values.epcis import ClientKey
from parties.errors import OrganisationNotFoundError
from parties.models import Organisation

SECRET_BYTES = 32
MAX_TOKEN = 128


def give_client_key(
    session: Session,
    organisation_code: str,
    *,
    label: str,
    may_capture: bool,
    actor: str,
    at: datetime,
) -> str:
    """Make a key for a machine of an organisation and return it, this one time only."""
    check_organisation(session, organisation_code)
    code = f"k-{secrets.token_hex(6)}"
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        EpcisClient(
            code=code,
            organisation_code=organisation_code,
            label=label,
            secret_sha256=_hashed(secret),
            may_capture=may_capture,
            created_at=at,
            created_by=actor,
        )
    )
    session.flush()
    return f"{code}.{secret}"


def authenticate_client(session: Session, token: str) -> ClientKey:
    """Return whose machine sent a key; raises `ClientKeyWrongError` for any other.

    Unknown, wrong and revoked keys are told the same.
    """
    code, _, secret = token[:MAX_TOKEN].partition(".")
    if not code.isascii() or not code.isprintable():
        raise ClientKeyWrongError
    row = session.execute(
        select(
            EpcisClient.code,
            EpcisClient.organisation_code,
            EpcisClient.may_capture,
            EpcisClient.secret_sha256,
        ).where(EpcisClient.code == code, EpcisClient.revoked_at.is_(None))
    ).one_or_none()
    known = row.secret_sha256 if row is not None else bytes(32)
    if not hmac.compare_digest(known, _hashed(secret)) or row is None:
        raise ClientKeyWrongError
    return ClientKey(row.code, row.organisation_code, row.may_capture)


def revoke_client_key(session: Session, code: str, *, at: datetime) -> None:
    """Take a key back; one that was taken back before stays so."""
    session.execute(
        update(EpcisClient)
        .where(EpcisClient.code == code, EpcisClient.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def check_organisation(session: Session, code: str) -> None:
    """Raise `OrganisationNotFoundError` for a code nobody has."""
    if session.get(Organisation, code) is None:
        raise OrganisationNotFoundError(code)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
