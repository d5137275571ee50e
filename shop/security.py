"""Signing in and out, and the actor of each request."""

from datetime import date

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from kernel import clock
from kernel.access import (
    Actor,
    Grant,
    current_actor,
    find_actor,
    public,
    requires,
    signed_in,
)
from kernel.db import unit_of_work
from parties import queries
from parties.values import SignedInPerson

__all__ = [
    "Actor",
    "current_actor",
    "find_actor",
    "find_person_id",
    "forget",
    "init_app",
    "public",
    "remember",
    "requires",
    "signed_in",
]

# What a guest may keep when signing in.
KEPT_KEYS = ("basket", "basket_count", "locale", "seen")

NOBODYS = frozenset({"static", "stylesheets.show", "operations.healthz", "operations.metrics"})
"""What is sent to whoever asks, without looking who that is."""

login_manager = LoginManager()


class User(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What Flask-Login keeps of a person: the actor, and the epoch that can end the session."""

    def __init__(self, person: SignedInPerson) -> None:
        """Build the actor from the person's scopes."""
        self.epoch = person.session_epoch
        self.actor = Actor(
            person_id=person.person_id,
            name=person.display_name,
            login=person.login,
            locale=person.locale,
            household_id=person.household_id,
            grants=tuple(
                Grant(scope.role, scope.organisation_code, scope.region_code)
                for scope in person.scopes
            ),
        )

    def get_id(self) -> str:
        """Return what the session cookie carries: the person and their session epoch."""
        return f"{self.actor.person_id}:{self.epoch}"


def init_app(app: Flask) -> None:
    """Load the actor before every view that is not a static file."""
    login_manager.init_app(app)
    login_manager.session_protection = "basic"
    app.before_request(_set_actor)
    app.context_processor(lambda: {"actor": find_actor()})


def remember(person_id: int) -> None:
    """Begin a signed-in session for a person; what a guest had in the basket stays."""
    with unit_of_work() as db_session:
        person = queries.find_signed_in(db_session, person_id, on=_today())
    if person is None:
        return
    kept = {key: session[key] for key in KEPT_KEYS if key in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    user = User(person)
    login_user(user)
    g.actor = user.actor


def forget() -> None:
    """End the session of this browser; the chosen language stays."""
    logout_user()
    kept = {key: session[key] for key in ("locale",) if key in session}
    session.clear()
    session.update(kept)
    g.actor = None


@login_manager.user_loader
def _load(token: str) -> User | None:
    """Return the user of a session token, or None when the session was ended elsewhere."""
    person_id, _, epoch = token.partition(":")
    if not (person_id.isdigit() and epoch.isdigit()):
        return None
    with unit_of_work() as db_session:
        person = queries.find_signed_in(db_session, int(person_id), on=_today())
    if person is None or person.session_epoch != int(epoch):
        return None
    return User(person)


def find_person_id() -> int | None:
    """Return who is signed in as prices and limits count them; None for a guest."""
    actor = find_actor()
    return actor.person_id if actor else None


def _set_actor() -> None:
    if request.endpoint in NOBODYS:
        return
    g.actor = current_user.actor if current_user.is_authenticated else None


def _today() -> date:
    return clock.local_date(clock.now())
