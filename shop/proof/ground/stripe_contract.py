"""Holds every request to Stripe against the parameter types of the installed library.

The types are generated from Stripe's own description of its interface. What they do not list
is refused here as Stripe would refuse it: unknown parameters, missing ones, words that are not
on a closed list, amounts that are not whole. A list of words beside `str` counts as closed.
"""

import re
import types
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from urllib.parse import parse_qsl

import stripe.params
import stripe.params.checkout
from stripe import RequestOptions

CALLS: Final[tuple[tuple[str, re.Pattern[str], Any], ...]] = tuple(
    (method, re.compile(f"/v1/{path}"), kind)
    for method, path, kind in (
        ("post", r"checkout/sessions", stripe.params.checkout.SessionCreateParams),
        ("get", r"checkout/sessions", stripe.params.checkout.SessionListParams),
        ("get", r"checkout/sessions/[^/]+", stripe.params.checkout.SessionRetrieveParams),
        ("post", r"checkout/sessions/[^/]+/expire", stripe.params.checkout.SessionExpireParams),
        ("get", r"charges/[^/]+", stripe.params.ChargeRetrieveParams),
        ("post", r"refunds", stripe.params.RefundCreateParams),
        ("get", r"refunds/[^/]+", stripe.params.RefundRetrieveParams),
        ("get", r"disputes/[^/]+", stripe.params.DisputeRetrieveParams),
        ("get", r"payouts/[^/]+", stripe.params.PayoutRetrieveParams),
        ("get", r"events", stripe.params.EventListParams),
    )
)
OPTIONS: Final = frozenset(RequestOptions.__annotations__)
"""Keys that the types take over from the options of a request; they are not parameters."""

ELSEWHERE: Final[dict[str, Any]] = {"Mapping": Mapping, "StripeContext": object}
"""Names of the options' hints that the library imports for type checkers only."""

PART = re.compile(r"\[([^\]]*)\]")
WHOLE = re.compile(r"-?\d+")


def find_kind(method: str, path: str) -> Any:
    """Return the type of a request's parameters; raises `LookupError` for another request."""
    for verb, pattern, kind in CALLS:
        if verb == method and pattern.fullmatch(path):
            return kind
    raise LookupError(f"{method} {path} is not in the contract")


def list_faults(kind: Any, params: Mapping[str, Any]) -> list[str]:
    """Return a sentence for everything in which parameters are not what the type says."""
    return list(_typed(kind, params, ""))


def decode(form: str) -> dict[str, Any]:
    """Turn a form with names such as `a[0][b]` back into mappings and lists."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        head, _, rest = name.partition("[")
        keys = [head, *PART.findall("[" + rest if rest else "")]
        inner = found
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    listed = _listed(found)
    return listed if isinstance(listed, dict) else {}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


@lru_cache(maxsize=256)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns=ELSEWHERE, include_extras=True)


def _typed(kind: Any, given: Mapping[str, Any], place: str) -> Iterator[str]:
    hints = _hints(kind)
    for name in given:
        if name not in hints or name in OPTIONS:
            yield f"{place}{name}: the library knows no such parameter"
    for name, hint in hints.items():
        optional = name not in kind.__required_keys__ or get_origin(hint) is NotRequired
        if name in OPTIONS:
            continue
        if name in given:
            yield from _value(_bare(hint), given[name], f"{place}{name}")
        elif not optional:
            yield f"{place}{name}: is missing"


def _is_table(hint: Any) -> bool:
    """Say whether a hint is a TypedDict, of whichever library."""
    return hasattr(hint, "__required_keys__")


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    return hint


def _value(hint: Any, given: Any, place: str) -> Iterator[str]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        yield from _union(get_args(hint), given, place)
    elif origin is Literal:
        if given not in get_args(hint):
            yield f"{place}: {given!r} is not listed"
    elif origin is list:
        yield from _list(hint, given, place)
    elif origin is dict or _is_table(hint):
        yield from _mapping(hint, given, place)
    elif not _fits(hint, given):
        yield f"{place}: {given!r} is no {getattr(hint, '__name__', hint)}"


def _list(hint: Any, given: Any, place: str) -> Iterator[str]:
    if not isinstance(given, list):
        yield f"{place}: is no list"
        return
    for number, one in enumerate(given):
        yield from _value(get_args(hint)[0], one, f"{place}[{number}]")


def _mapping(hint: Any, given: Any, place: str) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"{place}: is no mapping"
    elif _is_table(hint):
        yield from _typed(hint, given, f"{place}.")
    else:
        for key, one in given.items():
            yield from _value(get_args(hint)[1], one, f"{place}.{key}")


def _union(members: tuple[Any, ...], given: Any, place: str) -> Iterator[str]:
    """Accept what one member accepts; words beside `str` are a closed list."""
    listed = any(get_origin(member) is Literal and any(get_args(member)) for member in members)
    tried = [member for member in members if not (listed and member is str)]
    faults = [list(_value(member, given, place)) for member in tried]
    if all(faults):
        yield from min(faults, key=len)


def _fits(hint: Any, given: Any) -> bool:
    """Say whether a plain value fits; a form carries numbers and truths as text."""
    if hint is int:
        is_text = isinstance(given, str) and WHOLE.fullmatch(given) is not None
        return is_text or (isinstance(given, int) and not isinstance(given, bool))
    if hint is bool:
        return isinstance(given, bool) or given in ("true", "false")
    if hint is str:
        return isinstance(given, str)
    return False
