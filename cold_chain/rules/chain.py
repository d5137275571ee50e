"""Fingerprints: the hash chain of raw blocks, and the version of the data behind a verdict."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cold_chain.rules.verdict import RULES_VERSION
from cold_chain.values import Sample, Span

GENESIS = b"\x00" * 32


class Link(NamedTuple):
    """One raw block as the chain sees it."""

    seq: int
    received_us: int
    sha256: bytes
    prev_hash: bytes
    hash: bytes


def block_hash(prev_hash: bytes, seq: int, received_us: int, sha256: bytes) -> bytes:
    """Return the chain hash of a block: it fixes body, number, time and all before it."""
    head = seq.to_bytes(8, "big") + received_us.to_bytes(8, "big", signed=True)
    return hashlib.sha256(prev_hash + head + sha256).digest()


def find_break(links: Iterable[Link], *, last_seq: int, last_hash: bytes) -> int | None:
    """Return the number of the first block that does not follow, or None for a whole chain.

    `last_seq` and `last_hash` are what the device's register remembers, so that blocks cut
    off at the end are missed as well.
    """
    seq, prev_hash = 0, GENESIS
    for link in links:
        seq += 1
        expected = block_hash(prev_hash, seq, link.received_us, link.sha256)
        if link.seq != seq or link.prev_hash != prev_hash or link.hash != expected:
            return seq
        prev_hash = link.hash
    return None if (seq, prev_hash) == (last_seq, last_hash) else seq + 1


def data_version(
    samples: Sequence[Sample],
    custody: Span,
    doors: Sequence[Span],
    background: Sequence[tuple[int | str, ...]] = (),
) -> bytes:
    """Return the SHA-256 of everything a verdict depends on besides the profile.

    `samples` are those of the custody in order, as `verdict.arrange` returns them;
    `background` is who held the goods, where certificates had run out, and which models of
    shelf life were asked.
    """
    text = "|".join(
        (
            str(RULES_VERSION),
            _join(custody),
            ";".join(_join(sample) for sample in samples),
            ";".join(_join(door) for door in sorted(doors)),
            ";".join(_join(one) for one in background),
        )
    )
    return hashlib.sha256(text.encode()).digest()


def _join(numbers: tuple[int | str, ...]) -> str:
    return ",".join(map(str, numbers))
