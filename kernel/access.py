"""Who is acting in this request, and which views they may enter; only faces come here.

Every view carries exactly one of `public`, `signed_in` and `requires`; the shop refuses to
start with a view that has none. `shop.security` puts the actor in place before a view runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g
from werkzeug.exceptions import Unauthorized

from kernel.errors import ForbiddenError

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Grant:
    """One role inside one organisation, or inside one region for officials."""

    role: str
    organisation_code: str | None = None
    region_code: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person and everything they may do today."""

    person_id: int
    name: str
    login: str = ""
    locale: str = "zh_CN"
    household_id: str | None = None
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """Every role the person holds anywhere."""
        return frozenset(grant.role for grant in self.grants)

    def has(self, *roles: StrEnum) -> bool:
        """Tell whether the person holds one of the roles anywhere."""
        return not self.roles.isdisjoint(roles)

    def organisation_codes(self, *roles: StrEnum) -> frozenset[str]:
        """Return the organisations in which the person holds one of the roles (any if none)."""
        return frozenset(
            grant.organisation_code
            for grant in self.grants
            if grant.organisation_code and (not roles or grant.role in roles)
        )

    def region_codes(self, *roles: StrEnum) -> frozenset[str]:
        """Return the regions in which the person holds one of the roles (any if none)."""
        return frozenset(
            grant.region_code
            for grant in self.grants
            if grant.region_code and (not roles or grant.role in roles)
        )

    def ensure_organisation(self, code: str, *roles: StrEnum) -> None:
        """Raise `ForbiddenError` unless the person holds one of the roles there."""
        if code not in self.organisation_codes(*roles):
            raise ForbiddenError("not_yours", "this belongs to another organisation")


def find_actor() -> Actor | None:
    """Return who is signed in, or None for a guest."""
    actor: Actor | None = g.get("actor")
    return actor


def current_actor() -> Actor:
    """Return who is signed in; raises `Unauthorized` for a guest."""
    actor = find_actor()
    if actor is None:
        raise Unauthorized
    return actor


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody in, signed in or not."""
    return _marked(view, "public")


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Let in whoever is signed in; others are asked to sign in first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        current_actor()
        return view(*args, **kwargs)

    return _marked(guarded, "signed_in")


def requires(*roles: StrEnum) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in whoever holds one of the roles; the view still checks whose things it shows."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not current_actor().has(*roles):
                raise ForbiddenError("role_missing", "this needs a role you do not hold")
            return view(*args, **kwargs)

        return _marked(guarded, ",".join(sorted(roles)))

    return decorate


def access_of(view: Callable[..., object]) -> str | None:
    """Return which access a view declares, or None where its author forgot."""
    access: str | None = getattr(view, "shanji_access", None)
    return access


def _marked(view: Callable[P, R], access: str) -> Callable[P, R]:
    if access_of(view) is not None:
        raise TypeError(f"{view.__name__} declares its access twice")
    view.shanji_access = access  # type: ignore[attr-defined]  # read back by access_of only
    return view
