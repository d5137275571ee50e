"""Sealed columns: text of persons is encrypted before it reaches the database.

The key never enters the database. Faces give it once at start by `use_key`. What is stored
begins with the id of the key that sealed it, so that a key can be changed and its values found.
"""

import hashlib
from collections import deque
from contextvars import ContextVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from kernel.errors import ForbiddenError

SEPARATOR = b":"
REMEMBERED = 512

_keyring: dict[str, MultiFernet] = {}
_ids: list[str] = []
_seen: ContextVar[deque[str] | None] = ContextVar("seen", default=None)


def use_key(*keys: str) -> None:
    """Set the vault's keys, newest first; older ones still open what they sealed.

    Each key is 32 bytes in URL-safe base64, as `Fernet.generate_key` makes them.
    """
    _keyring["current"] = MultiFernet([Fernet(key) for key in keys])
    _ids[:] = [key_id(key) for key in keys]


def key_id(key: str) -> str:
    """Return the public id of a key: eight hexadecimal digits that tell nothing about it."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def newest_key_id() -> str:
    """Return the id of the key that seals now; raises `ForbiddenError` when there is none."""
    _current()
    return _ids[0]


def seal(plain: str) -> bytes:
    """Encrypt one text; raises `ForbiddenError` when no key was given."""
    sealed = _current().encrypt(plain.encode())
    _remember(plain)
    return _ids[0].encode() + SEPARATOR + sealed


def open_sealed(sealed: bytes) -> str:
    """Decrypt one text; raises `ForbiddenError` for a wrong key or a changed value."""
    try:
        plain = _current().decrypt(sealed.rpartition(SEPARATOR)[2]).decode()
    except InvalidToken as error:
        raise ForbiddenError(
            "vault_key_wrong", "the vault key does not open this value"
        ) from error
    _remember(plain)
    return plain


def watch() -> None:
    """Begin to remember what this request or task opens, for `seen`."""
    _seen.set(deque(maxlen=REMEMBERED))


def seen() -> frozenset[str]:
    """Return the texts this request or task has opened or sealed; no journal may carry them."""
    return frozenset(_seen.get() or ())


def _remember(plain: str) -> None:
    texts = _seen.get()
    if texts is not None:
        texts.append(plain)


def seal_bytes(plain: bytes) -> bytes:
    """Encrypt a file; raises `ForbiddenError` when no key was given."""
    sealed = _current().encrypt(plain)
    return _ids[0].encode() + SEPARATOR + sealed


def open_bytes(sealed: bytes) -> bytes:
    """Decrypt a file; raises `ForbiddenError` for a wrong key or a changed value."""
    try:
        return _current().decrypt(sealed.rpartition(SEPARATOR)[2])
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


class SealedBytes(TypeDecorator[bytes]):
    """A column of files sealed by `seal_bytes`; a query opens one by `open_bytes`."""

    impl = LargeBinary
    cache_ok = True
