"""Prices and weights written into a query: recognised, taken out, and kept as numbers."""

import re
from dataclasses import dataclass

NUMBER = r"(\d{1,6}(?:\.\d{1,2})?|[零一二两三四五六七八九十百千半]{1,7})"
YUAN = r"(?:元钱?|块钱?|圆|rmb|cny|yuan)"
TO = r"\s*(?:-|~|〜|—|–|到|至|to)\s*"
ABOUT_PERCENT = 20
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "两": 2
}
TENS = {"十": 10, "百": 100, "千": 1_000}
GRAMS = {
    **dict.fromkeys(("kg", "千克", "公斤"), 1_000),
    **dict.fromkeys(("斤", "jin"), 500),
    **dict.fromkeys(("g", "克", "ml", "毫升"), 1),
    **dict.fromkeys(("l", "升"), 1_000),
    **dict.fromkeys(("lb", "磅"), 454),
    "两": 50,
}
BETWEEN = re.compile(rf"¥?\s*{NUMBER}\s*{YUAN}?{TO}¥?\s*{NUMBER}\s*{YUAN}?(?:之间|左右)?")
AT_MOST = re.compile(
    r"(?:under|below|less than|up to|max|低于|不超过|不到|少于|最多|小于|<=?|≤)"
    rf"\s*¥?\s*{NUMBER}\s*{YUAN}?"
    rf"|¥?\s*{NUMBER}\s*{YUAN}?\s*(?:以下|以内|之内|内|封顶|or less)"
)
AT_LEAST = re.compile(
    r"(?:over|above|more than|at least|from|min|高于|超过|大于|至少|不低于|多于|>=?|≥)"
    rf"\s*¥?\s*{NUMBER}\s*{YUAN}?"
    rf"|¥?\s*{NUMBER}\s*{YUAN}?\s*(?:以上|起步|起|or more|\+)"
)
ABOUT = re.compile(
    rf"(?:¥\s*{NUMBER}\s*{YUAN}?|{NUMBER}\s*{YUAN})\s*(?:左右|上下|的|档)?(?![a-z])"
)
WEIGHT = re.compile(
    rf"{NUMBER}\s*({'|'.join(sorted(map(re.escape, GRAMS), key=len, reverse=True))})"
    r"(?:装|重|包|袋|瓶|盒|箱)?(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was taken out of a query, and what is left of it."""

    rest: str
    min_minor: int | None = None
    max_minor: int | None = None
    price: str = ""
    """The words the price was written in."""
    grams: int | None = None
    weight: str = ""


def read(text: str) -> Amounts:
    """Take a price and a weight out of normalised text; the first of each counts."""
    grams, weight, rest = _weight(text)
    low, high, price, rest = _price(rest)
    return Amounts(rest, low, high, price, grams, weight)


def number(written: str) -> float | None:
    """Return what digits or Chinese numerals say; None for nonsense."""
    if written[0].isdigit():
        return float(written)
    if written == "半":
        return 0.5
    total, pending = 0, 0
    for character in written:
        if character in TENS:
            total += (pending or 1) * TENS[character]
            pending = 0
        elif character in DIGITS:
            pending = DIGITS[character]
        else:
            return None
    return float(total + pending)


def _weight(text: str) -> tuple[int | None, str, str]:
    for match in WEIGHT.finditer(text):
        value = number(match.group(1))
        if value:
            grams = round(value * GRAMS[match.group(2)])
            return grams, match.group(0).strip(), _without(text, match)
    return None, "", text


def _price(text: str) -> tuple[int | None, int | None, str, str]:
    for pattern in (BETWEEN, AT_MOST, AT_LEAST, ABOUT):
        match = pattern.search(text)
        bounds = _bounds(pattern, match) if match else None
        if match and bounds:
            return *bounds, match.group(0).strip(), _without(text, match)
    return None, None, "", text


def _bounds(
    pattern: re.Pattern[str], match: re.Match[str]
) -> tuple[int | None, int | None] | None:
    if pattern is BETWEEN:
        low, high = _minor(match, 1), _minor(match, 2)
        return (low, high) if low is not None and high is not None and low <= high else None
    bound = _minor(match, 1, 2)
    if bound is None:
        return None
    spread = bound * ABOUT_PERCENT // 100
    return {
        AT_MOST: (None, bound),
        AT_LEAST: (bound, None),
        ABOUT: (bound - spread, bound + spread),
    }[pattern]


def _minor(match: re.Match[str], *groups: int) -> int | None:
    written = next((match.group(group) for group in groups if match.group(group)), None)
    value = number(written) if written else None
    return None if value is None else round(value * 100)


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"
