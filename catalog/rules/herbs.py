"""Pure decisions about herbs that the law knows as medicine only: no food, no claim of food."""

import re
from collections.abc import Collection, Sequence

NEGATED = "不非勿禁无未忌"
CLAUSE = re.compile(r"[，。；、！？,;.!?\s]+")


def is_medicine_only(
    name: str, kinds: Collection[str], *, words: Sequence[str], herb_kinds: Collection[str]
) -> bool:
    """Say whether goods are an herb that is no food, by their name or their kind."""
    return any(word in name for word in words) or bool(set(kinds) & set(herb_kinds))


def find_food_claim(texts: Sequence[str], words: Sequence[str]) -> str | None:
    """Return the first word that praises goods as food, or None.

    A clause that says the opposite – not to be eaten, no food – is no claim.
    """
    for text in texts:
        for clause in CLAUSE.split(text):
            for word in words:
                at = clause.find(word)
                if at >= 0 and not set(clause[:at]) & set(NEGATED):
                    return word
    return None
