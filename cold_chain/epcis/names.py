"""Names of things in the GS1 system: one canonical form for all ways of writing them.

A thing may be written as a URN (`urn:epc:id:sscc:9521234.0000000001`) or as a web address
(`https://id.gs1.org/00/…`). The canonical form is the web address under `id.gs1.org` with the
finest key alone, as the event hash of CBV 2.0 demands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROOT: Final = "https://id.gs1.org"
PREFIX_LENGTHS: Final = range(6, 13)

SERIAL: Final = r"(?:%[0-9A-Fa-f]{2}|[!')(*+,.0-9:;=A-Za-z_\-])"
PART: Final = r"(?:%[0-9A-Fa-f]{2}|[0-9A-Z\-])"
PATH_TEXT: Final = r"[\"'\-.0-9;<=>?A-Z_a-z]"

ENCODED: Final = {ord(sign): f"%{ord(sign):02X}" for sign in "!()*+,:"}
"""Signs a URN writes plainly and a web address does not."""

KEY_WORDS: Final = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
"""Words web addresses may use for the numbers of keys."""

KEYS: Final = (
    "00", "01", "253", "255", "401", "402", "414", "417",
    "8003", "8004", "8006", "8010", "8017", "8018",
)  # fmt: skip
"""Numbers of the keys that name a thing, in the order in which they are looked for."""

CHECKED: Final = {
    "00": (18, 17),
    "01": (14, 13),
    "253": (13, 12),
    "255": (13, 12),
    "402": (17, 16),
    "414": (13, 12),
    "417": (13, 12),
    "8003": (14, 13),
    "8006": (14, 13),
    "8017": (18, 17),
    "8018": (18, 17),
}
"""Key → how many digits it has at least and where among them its check digit stands."""

FORMS: Final = tuple(
    re.compile(form)
    for form in (
        r"/00/\d{18}",
        rf"/01/\d{{14}}(?:/(?:21|10)/{PATH_TEXT}{{0,20}}|/235/{PATH_TEXT}{{0,28}})?",
        rf"/253/\d{{13}}{PATH_TEXT}{{0,17}}",
        r"/255/\d{13}\d{0,12}",
        rf"/401/{PATH_TEXT}{{0,30}}",
        r"/402/\d{17}",
        rf"/414/\d{{13}}(?:/254/{PATH_TEXT}{{0,20}})?",
        r"/417/\d{13}",
        rf"/8003/\d{{14}}{PATH_TEXT}{{0,16}}",
        rf"/8004/{PATH_TEXT}{{0,30}}",
        rf"/8006/\d{{18}}(?:/(?:21|10)/{PATH_TEXT}{{0,20}})?",
        r"/8010/[#\-/0-9A-Z]{0,30}(?:/8011/\d{0,12})?",
        r"/801[78]/\d{18}",
    )
)

WEB: Final = re.compile(r"https?:(?://[^/?#]*)?(?P<path>/[^?#]*)", re.ASCII)
LEADING_DIGITS: Final = re.compile(r"\d{4}[^/]+", re.ASCII)


def check_digit(digits: str) -> str:
    """Return the digit that completes a key: weights 3 and 1 from the right, up to a ten."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[::-1])
    )
    return str(-total % 10)


def with_check_digit(digits: str) -> str:
    """Return a key completed by its check digit."""
    return digits + check_digit(digits)


def canonical(name: str) -> str | None:
    """Return the canonical web address of a GS1 name, or None for a name of another kind."""
    if name.startswith("urn:epc:"):
        return _from_urn(name)
    return _from_web(name)


def canonical_or_same(name: str) -> str:
    """Return the canonical form of a name; names of other kinds stay as they are."""
    return canonical(name) or name


def wrong_check_digit(name: str) -> str | None:
    """Return what the check digit of a web address should have been, or None if it is right.

    URNs carry no check digit, and names of other kinds none that could be known.
    """
    segments = _key_segments(name)
    if segments is None or segments[0] not in CHECKED:
        return None
    length, place = CHECKED[segments[0]]
    key = segments[1]
    if segments[0] == "01":
        key = key.zfill(length)
    digits = key[: place + 1]
    if len(digits) <= place or not (digits.isascii() and digits.isdigit()):
        return "?"
    expected = check_digit(digits[:place])
    return None if digits[place] == expected else expected


def is_class(name: str) -> bool:
    """Tell whether a canonical name is one of a kind of things rather than of one thing."""
    return name.startswith(f"{ROOT}/01/") and "/21/" not in name and "/235/" not in name


def _encoded(text: str) -> str:
    return text.translate(ENCODED)


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How one kind of URN is read: how many digits, what follows, what it becomes."""

    digits: int
    """Of company prefix and reference together."""
    rest: str
    """A pattern of what follows the reference, dot included."""
    build: Callable[[str, str, str], str]
    """From company prefix, reference and the rest to the path."""


def _item(prefix: str, reference: str) -> str:
    return with_check_digit(reference[0] + prefix + reference[1:])


def _serial(rest: str) -> str:
    return _encoded(rest[1:])


def _place(prefix: str, reference: str, rest: str) -> str:
    base = f"/414/{with_check_digit(prefix + reference)}"
    return base if rest == ".0" else f"{base}/254/{_serial(rest)}"


def _pieces(prefix: str, reference: str, rest: str) -> str:
    parts = rest[1:].split(".", 2)
    base = f"/8006/{_item(prefix, reference)}{parts[0]}{parts[1]}"
    return base if parts[2] == "*" else f"{base}/21/{_encoded(parts[2])}"


def _part(prefix: str, reference: str, rest: str) -> str:
    del reference
    number, _, serial = rest[1:].rpartition(".")
    return f"/8010/{_encoded(prefix + number)}/8011/{serial}"


def _item_only(prefix: str, reference: str, rest: str) -> str:
    del rest
    return f"/01/{_item(prefix, reference)}"


SCHEMES: Final[dict[str, _Scheme]] = {
    "id:sgtin": _Scheme(
        13, rf"\.{SERIAL}{{1,20}}", lambda p, r, x: f"/01/{_item(p, r)}/21/{_serial(x)}"
    ),
    "id:sscc": _Scheme(17, "", lambda p, r, _: f"/00/{_item(p, r)}"),
    "id:sgln": _Scheme(12, rf"\.{SERIAL}{{1,20}}", _place),
    "id:pgln": _Scheme(12, "", lambda p, r, _: f"/417/{with_check_digit(p + r)}"),
    "id:grai": _Scheme(
        12,
        rf"\.{SERIAL}{{1,16}}",
        lambda p, r, x: f"/8003/{with_check_digit('0' + p + r)}{_serial(x)}",
    ),
    "id:giai": _Scheme(0, rf"\.{SERIAL}{{1,24}}", lambda p, _, x: f"/8004/{p}{_serial(x)}"),
    "id:gsrn": _Scheme(17, "", lambda p, r, _: f"/8018/{with_check_digit(p + r)}"),
    "id:gsrnp": _Scheme(17, "", lambda p, r, _: f"/8017/{with_check_digit(p + r)}"),
    "id:gdti": _Scheme(
        12,
        rf"\.{SERIAL}{{1,17}}",
        lambda p, r, x: f"/253/{with_check_digit(p + r)}{_serial(x)}",
    ),
    "id:cpi": _Scheme(0, rf"\.{PART}{{1,24}}\.\d{{1,12}}", _part),
    "id:sgcn": _Scheme(
        12, r"\.\d{1,12}", lambda p, r, x: f"/255/{with_check_digit(p + r)}{_serial(x)}"
    ),
    "id:ginc": _Scheme(0, rf"\.{SERIAL}{{1,24}}", lambda p, _, x: f"/401/{p}{_serial(x)}"),
    "id:gsin": _Scheme(16, "", lambda p, r, _: f"/402/{with_check_digit(p + r)}"),
    "id:itip": _Scheme(13, rf"\.\d{{2}}\.\d{{2}}\.{SERIAL}{{1,20}}", _pieces),
    "id:upui": _Scheme(
        13, rf"\.{SERIAL}{{1,28}}", lambda p, r, x: f"/01/{_item(p, r)}/235/{_serial(x)}"
    ),
    "class:lgtin": _Scheme(
        13, rf"\.{SERIAL}{{1,20}}", lambda p, r, x: f"/01/{_item(p, r)}/10/{_serial(x)}"
    ),
    "idpat:sgtin": _Scheme(13, r"\.\*", _item_only),
    "idpat:grai": _Scheme(
        12, r"\.\*", lambda p, r, _: f"/8003/{with_check_digit('0' + p + r)}"
    ),
    "idpat:gdti": _Scheme(12, r"\.\*", lambda p, r, _: f"/253/{with_check_digit(p + r)}"),
    "idpat:sgcn": _Scheme(12, r"\.\*", lambda p, r, _: f"/255/{with_check_digit(p + r)}"),
    "idpat:itip": _Scheme(13, r"\.\d{2}\.\d{2}\.\*", _pieces),
    "idpat:upui": _Scheme(13, r"\.\*", _item_only),
}


def _from_urn(name: str) -> str | None:
    kind, _, text = name.removeprefix("urn:epc:").rpartition(":")
    # A serial may hold colons of its own.
    parts = name.split(":", 4)
    if len(parts) == len(("urn", "epc", "id", "kind", "text")):
        kind, text = ":".join(parts[2:4]), parts[4]
    scheme = SCHEMES.get(kind)
    prefix, dot, after = text.partition(".")
    if scheme is None or not dot or not _is_digits(prefix) or len(prefix) not in PREFIX_LENGTHS:
        return None
    if scheme.digits == 0:
        reference, rest = "", f".{after}"
    else:
        wanted = scheme.digits - len(prefix)
        reference, rest = after[:wanted], after[wanted:]
        if len(reference) != wanted or (wanted and not _is_digits(reference)):
            return None
    if re.fullmatch(scheme.rest, rest) is None:
        return None
    return ROOT + scheme.build(prefix, reference, rest)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _key_segments(name: str) -> list[str] | None:
    """Return key number, key and what follows of a web address, words made numbers."""
    found = WEB.match(name)
    if found is None:
        return None
    segments = [KEY_WORDS.get(one, one) for one in found["path"].split("/")[1:]]
    for key in KEYS:
        for place in range(len(segments) - 1):
            if segments[place] == key and LEADING_DIGITS.fullmatch(segments[place + 1]):
                return segments[place:]
    return None


def _from_web(name: str) -> str | None:
    if "." not in name or "#" in name:
        return None
    segments = _key_segments(name)
    if segments is None:
        return None
    key, number, *qualifiers = segments
    if key == "01" and _is_digits(number) and len(number) in {8, 12, 13}:
        number = number.zfill(14)
    if key in {"01", "8006"}:
        qualifiers = _finest(qualifiers)
    path = "/".join(["", key, number, *qualifiers])
    return ROOT + path if any(form.fullmatch(path) for form in FORMS) else None


def _finest(qualifiers: list[str]) -> list[str]:
    """Leave the variant out, and the lot where there is a serial number."""
    pairs = list(zip(qualifiers[::2], qualifiers[1::2], strict=False))
    if len(pairs) * 2 != len(qualifiers):
        return qualifiers
    pairs = [pair for pair in pairs if pair[0] != "22"]
    if any(pair[0] == "21" for pair in pairs):
        pairs = [pair for pair in pairs if pair[0] != "10"]
    return [part for pair in pairs for part in pair]
