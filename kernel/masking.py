"""How names and numbers of persons look where they are not shown in full; one place for all.

The same functions serve pages, exports, letters, the journal and error messages, so that a
value masked here cannot be read two lines further down.
"""

import re
from collections.abc import Iterable

SHOWN_TAIL = 4
PHONE_HEAD = 3
MASK = "…"
SHORTEST = 2

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
BANK_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{16,19}(?![0-9A-Za-z])")
PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])"
)
DETAIL = re.compile(r"DETAIL:[^\n]*")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def mask_name(name: str) -> str:
    """Return a name with its family name only: 张小明 becomes 张**, Anna Li becomes A**."""
    stripped = name.strip()
    return f"{stripped[0]}**" if stripped else ""


def mask_phone(phone: str) -> str:
    """Return a phone number with its ends: 13812345678 becomes 138****5678."""
    digits = "".join(ch for ch in phone if ch.isdigit())
    if len(digits) <= PHONE_HEAD + SHOWN_TAIL:
        return "****"
    return f"{digits[:PHONE_HEAD]}****{digits[-SHOWN_TAIL:]}"


def mask_number(number: str) -> str:
    """Return an id number or a bank account with its last four characters only."""
    packed = "".join(number.split())
    if len(packed) <= 2 * SHOWN_TAIL:
        return "****"
    return f"****{packed[-SHOWN_TAIL:]}"


def mask_street(street: str) -> str:
    """Return nothing of a street but that there is one; the city stands beside it."""
    return "****" if street.strip() else ""


def scrub(text: str, private: Iterable[str] = ()) -> str:
    """Return a text in which numbers of persons are masked wherever they stand.

    `private` are texts known to name somebody; each of them is masked whole. What a database
    tells about the row it refused is left out.
    """
    scrubbed = DETAIL.sub(f"DETAIL: {MASK}", text)
    for known in sorted(private, key=len, reverse=True):
        if len(known) >= SHORTEST:
            scrubbed = scrubbed.replace(known, MASK)
    scrubbed = ID_NUMBER.sub(lambda found: mask_number(found.group()), scrubbed)
    scrubbed = BANK_ACCOUNT.sub(lambda found: mask_number(found.group()), scrubbed)
    scrubbed = PHONE.sub(lambda found: mask_phone(found.group()), scrubbed)
    return EMAIL.sub(_mask_email, scrubbed)


def _mask_email(found: re.Match[str]) -> str:
    return f"{MASK}@{found.group().rpartition('@')[2]}"
