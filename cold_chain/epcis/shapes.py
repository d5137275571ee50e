"""Small checks of values, put together by `structure` into what a document must look like."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from cold_chain.epcis import moments
from cold_chain.epcis.problems import Problem, below

Check = Callable[[Any, str], Iterator[Problem]]

URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
OFFSET: Final = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
UNIT: Final = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
HEX: Final = re.compile(r"[A-Fa-f0-9]+", re.ASCII)
MAX_NAME: Final = 1024
MAX_NUMBER: Final = 1e100


def text(value: Any, at: str) -> Iterator[Problem]:
    """Check for any text."""
    if not isinstance(value, str):
        yield Problem(at, "not_text", "must be a text")


def uri(value: Any, at: str) -> Iterator[Problem]:
    """Check for a name with a scheme, such as a URN or a web address."""
    if not isinstance(value, str):
        yield Problem(at, "not_text", "must be a text")
    elif len(value) > MAX_NAME:
        yield Problem(at, "too_long", f"must have at most {MAX_NAME} characters")
    elif URI.fullmatch(value) is None:
        yield Problem(at, "not_uri", "must be a URI")


def moment(value: Any, at: str) -> Iterator[Problem]:
    """Check for a moment with its offset."""
    if not isinstance(value, str):
        yield Problem(at, "not_text", "must be a text")
        return
    try:
        moments.read(value)
    except (ValueError, OverflowError):
        yield Problem(at, "not_moment", "must be a date and time with an offset (RFC 3339)")


def number(value: Any, at: str) -> Iterator[Problem]:
    """Check for a number of a size that means something."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Problem(at, "not_number", "must be a number")
    elif not -MAX_NUMBER < value < MAX_NUMBER:
        yield Problem(at, "number_out_of_bounds", "is not a usable number")


def boolean(value: Any, at: str) -> Iterator[Problem]:
    """Check for true or false."""
    if not isinstance(value, bool):
        yield Problem(at, "not_boolean", "must be true or false")


def form(pattern: re.Pattern[str], said: str) -> Check:
    """Return a check for text of a fixed form."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            yield Problem(at, "wrong_form", said)

    return check


def word(words: Collection[str], *, closed: bool = False, refused: str = "") -> Check:
    """Return a check for a word of the vocabulary or, unless closed, a URI of one's own.

    Addresses that begin with a refused pattern stand for words that should be written bare.
    """
    forbidden = re.compile(refused) if refused else None

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, str) and value in words:
            return
        if closed:
            yield Problem(at, "unknown_word", f"must be one of {', '.join(sorted(words))}")
            return
        wrong = next(uri(value, at), None)
        if wrong is not None:
            yield Problem(at, "unknown_word", "is neither a word of the vocabulary nor a URI")
        elif forbidden is not None and forbidden.match(value):
            yield Problem(at, "not_bare", "words of the standard are written without prefix")

    return check


def many(check: Check, *, at_least: int = 0, distinct: bool = False) -> Check:
    """Return a check for a list of values that each pass a check."""

    def check_all(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "not_list", "must be a list")
            return
        if len(value) < at_least:
            yield Problem(at, "too_few", f"must have at least {at_least} entries")
        for place, one in enumerate(value):
            yield from check(one, below(at, place))
        if distinct:
            known = [one for one in value if isinstance(one, str)]
            if len(set(known)) != len(known):
                yield Problem(at, "repeated", "must not name anything twice")

    return check_all


def one_or_many(check: Check) -> Check:
    """Return a check for a value or a list of such."""

    def check_both(value: Any, at: str) -> Iterator[Problem]:
        yield from many(check)(value, at) if isinstance(value, list) else check(value, at)

    return check_both


def thing(
    fields: Mapping[str, Check],
    *,
    required: Collection[str] = (),
    own_words: bool = True,
    closed: bool = False,
) -> Check:
    """Return a check for an object of known fields, and URIs of one's own where allowed.

    Without `own_words` other names pass unlooked at; `closed` refuses them.
    """

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "not_object", "must be an object")
            return
        for name in required:
            if name not in value:
                yield Problem(below(at, name), "missing", "is missing")
        for name, one in value.items():
            if name in fields:
                yield from fields[name](one, below(at, name))
            elif closed or (own_words and URI.fullmatch(name) is None):
                yield Problem(below(at, name), "unknown_field", "is not a field of this kind")

    return check


def anything(value: Any, at: str) -> Iterator[Problem]:
    """Accept whatever it is."""
    del value, at
    return iter(())
