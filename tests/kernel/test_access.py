"""Who may enter a view, and whose things an actor may touch."""

from enum import StrEnum

import pytest
from flask import Flask, g
from werkzeug.exceptions import Unauthorized

from kernel.access import Actor, Grant, access_of, current_actor, public, requires, signed_in
from kernel.errors import ForbiddenError


class Role(StrEnum):
    MANAGER = "manager"
    OFFICIAL = "official"


MANAGER = Actor(
    person_id=1,
    name="经理",
    grants=(Grant("manager", organisation_code="C1"), Grant("packer", organisation_code="C2")),
)


def test_a_guest_is_asked_to_sign_in(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(Unauthorized):
        signed_in(lambda: "in")()


def test_a_role_opens_its_view_only(app: Flask) -> None:
    with app.test_request_context():
        g.actor = MANAGER

        assert requires(Role.MANAGER, Role.OFFICIAL)(lambda: "in")() == "in"
        with pytest.raises(ForbiddenError):
            requires(Role.OFFICIAL)(lambda: "in")()


def test_a_role_counts_in_its_own_organisation_only() -> None:
    MANAGER.ensure_organisation("C1", Role.MANAGER)

    with pytest.raises(ForbiddenError):
        MANAGER.ensure_organisation("C2", Role.MANAGER)
    assert MANAGER.organisation_codes() == {"C1", "C2"}
    assert MANAGER.region_codes() == frozenset()


def test_a_view_declares_its_access_once() -> None:
    view = public(lambda: "in")

    assert access_of(view) == "public"
    with pytest.raises(TypeError):
        signed_in(view)


def test_the_current_actor_is_the_signed_in_one(app: Flask) -> None:
    with app.test_request_context():
        g.actor = MANAGER

        assert current_actor() is MANAGER
