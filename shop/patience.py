"""How often something may be asked for: by address, and wrong passwords by account."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from kernel.access import find_actor
from shop import operations

V = TypeVar("V", bound=Callable[..., object])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = 403


def _current_limit() -> str:
    return operations.settings().rate_limit


limiter = Limiter(
    get_remote_address,
    default_limits=[_current_limit],
    default_limits_exempt_when=lambda: request.method in SAFE_METHODS,
    headers_enabled=True,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
)


def asks_password(view: V) -> V:
    """Let a view that is told a password refuse only so many wrong ones in a while.

    They are counted together for all such views: by account from one address, and, with more
    patience, by account from anywhere. A right password is refused as well until the while is
    over.
    """
    limited: Callable[..., object] = view
    for limit, key in ((_limit_here, _account_here), (_limit_anywhere, _account)):
        limited = limiter.shared_limit(
            limit,
            scope=f"password:{key.__name__}",
            key_func=key,
            deduct_when=_was_wrong,
            override_defaults=False,
        )(limited)
    return cast("V", limited)


def _limit_here() -> str:
    return operations.settings().sign_in_limit


def _limit_anywhere() -> str:
    return operations.settings().sign_in_limit_anywhere


def _account() -> str:
    """Return whose password is asked for: the login of whoever is signed in, or as typed."""
    actor = find_actor()
    name = actor.login if actor is not None else request.form.get("login", "")
    return name.strip().lower()


def _account_here() -> str:
    return f"{_account()} {get_remote_address()}"


def _was_wrong(response: Response) -> bool:
    return response.status_code == REFUSED
