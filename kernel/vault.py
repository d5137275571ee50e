"""Sealed columns: text of persons is encrypted before it reaches the database.

The key never enters the database. Faces give it once at start by `use_key`.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from kernel.errors import ForbiddenError

_keyring: dict[str, MultiFernet] = {}


def use_key(*keys: str) -> None:
    """Set the vault's keys, newest first; older ones still open what they sealed.

    Each key is 32 bytes in URL-safe base64, as `Fernet.generate_key` makes them.
    """
    _keyring["current"] = MultiFernet([Fernet(key) for key in keys])


def seal(plain: str) -> bytes:
    """Encrypt one text; raises `ForbiddenError` when no key was given."""
    return _current().encrypt(plain.encode())


def open_sealed(sealed: bytes) -> str:
    """Decrypt one text; raises `ForbiddenError` for a wrong key or a changed value."""
    try:
        return _current().decrypt(sealed).decode()
    except InvalidToken as error:
        raise ForbiddenError(
            "vault_key_wrong", "the vault key does not open this value"
        ) from error


def seal_bytes(plain: bytes) -> bytes:
    """Encrypt a file; raises `ForbiddenError` when no key was given."""
    return _current().encrypt(plain)


def open_bytes(sealed: bytes) -> bytes:
    """Decrypt a file; raises `ForbiddenError` for a wrong key or a changed value."""
    try:
        return _current().decrypt(sealed)
    except InvalidToken as error:
        raise ForbiddenError(
            "vault_key_wrong", "the vault key does not open this value"
        ) from error


def _current() -> MultiFernet:
    if "current" not in _keyring:
        raise ForbiddenError("vault_locked", "no vault key was given at start")
    return _keyring["current"]


class SealedText(TypeDecorator[str]):
    """A text column that only ever holds ciphertext in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        del dialect
        return None if value is None else seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        del dialect
        return None if value is None else open_sealed(bytes(value))
