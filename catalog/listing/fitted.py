"""Statements cut down to what is asked, so that the database can keep their plans.

A condition that counts only where its parameter is given is written `(:name IS NULL OR …)`, a
switch `(NOT :name OR …)`. With such a condition left in, one plan serves no two readers and the
database plans anew each time, which takes longer than the reading.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, TextClause, text

OPTIONAL = re.compile(r"\(\s*(?::(\w+) IS NULL|NOT :(\w+))\s+OR\s")
NAMES = re.compile(r"(?<!:):(\w+)")


def fit(statement: str, given: Collection[str]) -> str:
    """Return a statement without the conditions whose parameters are not given."""
    done = 0
    while found := OPTIONAL.search(statement, done):
        end = _closing(statement, found.start())
        rest = statement[found.end() : end]
        kept = f"({rest})" if (found[1] or found[2]) in given else "true"
        statement = statement[: found.start()] + kept + statement[end + 1 :]
        # A condition inside the one that was kept is looked at next.
        done = found.start() + (kept != "true")
    return statement


def fitter(statement: str, binds: Collection[BindParameter[Any]]) -> Callable[..., TextClause]:
    """Return what gives the statement for some parameters; each form of it is made once."""
    kept = {bind.key: bind for bind in binds}

    @lru_cache(maxsize=1024)
    def fitted(given: frozenset[str]) -> TextClause:
        cut = fit(statement, given)
        names = set(NAMES.findall(cut))
        return text(cut).bindparams(*(bind for name, bind in kept.items() if name in names))

    return fitted


def named(parameters: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the parameters that are given: neither null nor off."""
    return frozenset(
        name for name, value in parameters.items() if value is not None and value is not False
    )


def _closing(statement: str, opening: int) -> int:
    """Return where the bracket closes that opens there; brackets in quotes do not count."""
    depth, is_quoted = 0, False
    for place in range(opening, len(statement)):
        sign = statement[place]
        if sign == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return place
    raise ValueError("a bracket is not closed")
