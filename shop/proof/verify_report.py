"""Checks the evidence of a cold-chain report without the shop: one file, Python 3.11 alone.

    python3 verify_report.py evidence.zip [--key HEX]

What is checked: that the report is signed; that the raw bytes of every block are those its hash
was made of, and the blocks of a logger follow each other without a hole; that each of them lies
under the signed root of the day it was received on; that the figures which follow from the
readings by counting – how many, the lowest, the highest – are those of the report. With --key
only that public key is believed; without it the key of the file is, and its fingerprint shown,
to be compared with the one known from before. Exit code 0: everything holds, 1: something
does not, and the first is named, 2: not the evidence of a report.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

PURPOSE = "shanji cold-chain report"
SEAL = "shanji raw blocks"
ZEROS = "00" * 32


class Finding(NamedTuple):
    """One thing that was checked."""

    name: str
    holds: bool
    detail: str = ""


def check(evidence: zipfile.ZipFile, trusted: str = "") -> Iterator[Finding]:
    """Yield what is checked, in order; `trusted` is the only public key believed, in hex."""
    written = evidence.read("report.json")
    signed = json.loads(evidence.read("signature.json"))
    key = trusted or signed["public_key"]
    words = f"{PURPOSE}\n{hashlib.sha256(written).hexdigest()}\n".encode()
    yield Finding(
        "report signed",
        signed["public_key"] == key
        and is_signed(bytes.fromhex(key), words, bytes.fromhex(signed["signature"])),
        f"key {hashlib.sha256(bytes.fromhex(key)).hexdigest()[:16]}",
    )
    report = json.loads(written)
    keys = {key} if trusted else set(report["keys"])
    yield from _check_blocks(evidence, report)
    yield from _check_days(report, keys)
    yield from _check_figures(report)


def _check_blocks(evidence: zipfile.ZipFile, report: dict[str, Any]) -> Iterator[Finding]:
    """Yield whether the bytes of each block are its own and follow what is before them."""
    for device, blocks in report["devices"].items():
        bad = _first_bad(evidence, blocks)
        yield Finding(
            f"blocks of {device}",
            bad is None,
            f"{len(blocks)} in a row" if bad is None else f"block {bad} is the first bad one",
        )


def _first_bad(evidence: zipfile.ZipFile, blocks: list[dict[str, Any]]) -> int | None:
    names = set(evidence.namelist())
    before: dict[str, Any] | None = None
    for block in blocks:
        name = f"blocks/{block['sha256']}"
        head = block["seq"].to_bytes(8, "big") + block["received_us"].to_bytes(
            8, "big", signed=True
        )
        chained = bytes.fromhex(block["prev_hash"]) + head + bytes.fromhex(block["sha256"])
        follows = (
            block["seq"] > 1 or block["prev_hash"] == ZEROS
            if before is None
            else (block["seq"], block["prev_hash"]) == (before["seq"] + 1, before["hash"])
        )
        if not (
            name in names
            and hashlib.sha256(evidence.read(name)).hexdigest() == block["sha256"]
            and hashlib.sha256(chained).hexdigest() == block["hash"]
            and follows
        ):
            return int(block["seq"])
        before = block
    return None


def _check_days(report: dict[str, Any], keys: set[str]) -> Iterator[Finding]:
    """Yield whether each day's root is signed, and its blocks lie under it."""
    for day in report["days"]:
        blocks = [
            (device, block)
            for device, blocks in report["devices"].items()
            for block in blocks
            if block["day"] == day["day"]
        ]
        if not day["root"]:
            yield Finding(f"day {day['day']}", holds=True, detail="not sealed yet")
            continue
        words = f"{SEAL}\n{day['day']}\n{day['blocks']}\n{day['root']}\n".encode()
        is_true = day["public_key"] in keys and is_signed(
            bytes.fromhex(day["public_key"]), words, bytes.fromhex(day["signature"])
        )
        outside = [
            f"block {block['seq']} of {device} does not lie under it"
            for device, block in blocks
            if _root(block, int(day["blocks"])) != day["root"]
        ]
        detail = (
            f"{len(blocks)} under the root" if is_true else "the seal is not signed by the key"
        )
        yield Finding(f"day {day['day']}", is_true and not outside, (outside or [detail])[0])


def _root(block: dict[str, Any], size: int) -> str:
    """Return the root that follows from a block and the hashes beside its way up."""
    node = hashlib.sha256(b"\x00" + bytes.fromhex(block["hash"])).digest()
    place, path = int(block["leaf"]), list(block["path"])
    if not 0 <= place < size:
        return ""
    while size > 1:
        if place == size - 1 and size % 2:
            pass  # The odd one goes up as it is.
        elif not path:
            return ""
        else:
            beside = bytes.fromhex(path.pop(0))
            pair = node + beside if place % 2 == 0 else beside + node
            node = hashlib.sha256(b"\x01" + pair).digest()
        place, size = place // 2, (size + 1) // 2
    return "" if path else node.hex()


def _check_figures(report: dict[str, Any]) -> Iterator[Finding]:
    """Yield whether what follows from the readings by counting is what the report says."""
    centis = [centi for _at, centi in report["samples"]]
    counted = {
        "samples": len(centis),
        "min_centi": min(centis, default=None),
        "max_centi": max(centis, default=None),
    }
    wrong = [
        f"{name} is {value}, the report says {report['figures'][name]}"
        for name, value in counted.items()
        if report["figures"][name] != value
    ]
    yield Finding("figures", not wrong, "; ".join(wrong) or f"{len(centis)} readings")


# Ed25519 as RFC 8032, section 6, has it; slow, and without any library.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
KEY_BYTES = 32


def is_signed(public_key: bytes, words: bytes, signature: bytes) -> bool:
    """Say whether an Ed25519 signature of words is by a public key."""
    if len(public_key) != KEY_BYTES or len(signature) != 2 * KEY_BYTES:
        return False
    owner, first = _point(public_key), _point(signature[:KEY_BYTES])
    scalar = int.from_bytes(signature[KEY_BYTES:], "little")
    if owner is None or first is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:KEY_BYTES] + public_key + words).digest()
    factor = int.from_bytes(digest, "little") % ORDER
    return _equal(_times(scalar, _base()), _add(first, _times(factor, owner)))


def _base() -> Point:
    y = 4 * pow(5, P - 2, P) % P
    x = _recover(y, 0) or 0
    return x, y, 1, x * y % P


def _recover(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if not square:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(packed: bytes) -> Point | None:
    y = int.from_bytes(packed, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = _recover(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


def _equal(one: Point, two: Point) -> bool:
    across = (one[0] * two[2] - two[0] * one[2]) % P
    up = (one[1] * two[2] - two[1] * one[2]) % P
    return not across and not up


def main() -> int:
    """Check the file named on the command line, print what was found."""
    parser = argparse.ArgumentParser(description="Check the evidence of a cold-chain report.")
    parser.add_argument("evidence")
    parser.add_argument("--key", default="", help="public key to believe, in hexadecimal")
    asked = parser.parse_args()
    try:
        with zipfile.ZipFile(asked.evidence) as evidence:
            findings = list(check(evidence, asked.key.strip().lower()))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        print(f"not the evidence of a report: {type(error).__name__} {error}")
        return 2
    for one in findings:
        print(f"{'holds' if one.holds else 'FAILS'}  {one.name}: {one.detail}")
    return 0 if all(one.holds for one in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
