"""The Merkle tree over the raw blocks of a day, and what a seal signs."""

import hashlib
from collections.abc import Sequence
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

LEAF = b"\x00"
NODE = b"\x01"
"""Leaves and nodes are hashed apart, so that no node can pass for a leaf (RFC 6962)."""

EMPTY = hashlib.sha256(b"").digest()
PURPOSE = "shanji raw blocks"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves in order; an odd one goes up as it is."""
    level = [hashlib.sha256(LEAF + leaf).digest() for leaf in leaves]
    if not level:
        return EMPTY
    while len(level) > 1:
        pairs = [
            hashlib.sha256(NODE + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def sealed_words(day: date, blocks: int, root: bytes) -> bytes:
    """Return what the seal of a day signs."""
    return f"{PURPOSE}\n{day.isoformat()}\n{blocks}\n{root.hex()}\n".encode()


def sign_words(private_key: bytes, words: bytes) -> bytes:
    """Return the Ed25519 signature of words by a raw private key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(words)


def is_signed(public_key: bytes, signature: bytes, words: bytes) -> bool:
    """Say whether a signature of words is by a raw public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, words)
    except (InvalidSignature, ValueError):
        return False
    return True


def new_key() -> tuple[bytes, bytes]:
    """Return a fresh private key and its public key, both raw."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()
