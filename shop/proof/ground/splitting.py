"""The splitter against its own promises, over seeded examples."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random

from kernel.money import Weight, allot, reverse

CODES = ("A", "B", "COOP", "H1", "H10", "H2", "HHPOT", "L:1", "b", "村")


def list_broken(examples: int, *, seed: int = 0) -> list[str]:
    """Return a sentence for every promise that an example breaks."""
    chance = Random(f"splitter {seed}")
    return [sentence for number in range(examples) for sentence in _try(chance, number)]


def _try(chance: Random, number: int) -> Iterator[str]:
    weights = [(code, _weight(chance)) for code in chance.sample(CODES, chance.randint(1, 8))]
    whole = sum((Fraction(weight) for _, weight in weights), Fraction(0))
    if not whole:
        return
    total = chance.choice((chance.randint(0, 30), chance.randint(0, 10**6), 10**12 - 1))
    name = f"example {number}: {total} by {weights}"
    parts = allot(total, weights)
    if sum(parts.values()) != total:
        yield f"{name} does not add up: {parts}"
    for code, weight in weights:
        quota = total * Fraction(weight) / whole
        if not quota - 1 < parts[code] < quota + 1:
            yield f"{name} gives {code} {parts[code]} of {quota}"
    if parts != allot(total, chance.sample(weights, len(weights))):
        yield f"{name} depends on the order of the weights"
    yield from _take_back(chance, name, parts)


def _take_back(chance: Random, name: str, parts: dict[str, int]) -> Iterator[str]:
    """Refund in up to four steps, the last one in full: nobody's rest ever grows."""
    left = dict(parts)
    for step in range(4):
        rest = sum(left.values())
        asked = rest if step == 3 else chance.randint(0, rest)  # noqa: PLR2004 -- the last
        taken = reverse(asked, left)
        if sum(taken.values()) != asked or any(
            not 0 <= taken[code] <= minor for code, minor in left.items()
        ):
            yield f"{name} takes {taken} of {left} for {asked}"
        left = {code: minor - taken[code] for code, minor in left.items()}
    if any(left.values()):
        yield f"{name} leaves {left} after a full refund"


def _weight(chance: Random) -> Weight:
    whole = chance.choice((0, chance.randint(1, 20), chance.randint(1, 10**7)))
    return Fraction(whole, chance.choice((1, 2, 3, 7, 20, 64, 1_000)))
