"""The Merkle tree over the raw blocks of a day, and what a seal signs."""

import hashlib
from collections.abc import Iterable, Sequence
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
REPORT = "shanji cold-chain report"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves in order; an odd one goes up as it is."""
    return _levels(leaves)[-1][0] if leaves else EMPTY


def audit_paths(leaves: Sequence[bytes], places: Iterable[int]) -> dict[int, list[bytes]]:
    """Return, by place, the hashes beside the way of leaves up to the root, from below."""
    levels = _levels(leaves)
    return {
        place: [
            level[place >> up ^ 1]
            for up, level in enumerate(levels[:-1])
            if place >> up ^ 1 < len(level)
        ]
        for place in places
    }


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the hashes of the leaves, and of all above them up to the root."""
    levels = [[hashlib.sha256(LEAF + leaf).digest() for leaf in leaves]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [
            hashlib.sha256(NODE + below[at] + below[at + 1]).digest()
            for at in range(0, len(below) - 1, 2)
        ]
        levels.append(pairs + below[len(pairs) * 2 :])
    return levels


def reported_words(digest: bytes) -> bytes:
    """Return what is signed of a report, by the SHA-256 of it."""
    return f"{REPORT}\n{digest.hex()}\n".encode()


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
