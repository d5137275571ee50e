"""A cooperative's own programs read its contracts; nobody else does."""

from flask import Flask
from sqlalchemy.orm import Session

from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_world

ADDRESS = "/api/v1/contracts"


def test_contracts_come_with_their_version_and_terms(app: Flask, session: Session) -> None:
    a_world(session)
    a_person(session, "goat", (Role.MANAGER, GOAT))
    session.commit()

    answer = a_browser(app, "goat").get(f"{ADDRESS}?model=CONSIGN").get_json()

    (row,) = answer["rows"]
    assert (row["code"], row["payer"], row["state"]) == (f"{GOAT}-CONSIGN", GOAT, "in_force")
    assert row["terms"]["ratios"]["HHPOT"] == "15/20"
    assert (row["household_id"], row["effective_to"], answer["next"]) == (None, None, None)


def test_only_staff_who_keep_contracts_read_them(app: Flask, session: Session) -> None:
    a_world(session)
    a_person(session, "goat", (Role.MANAGER, GOAT))
    a_person(session, "packer", (Role.PACKER, SHOOTS))
    session.commit()

    assert app.test_client().get(ADDRESS).status_code == 404
    assert a_browser(app, "packer").get(ADDRESS).status_code == 404
    assert a_browser(app, "goat").get(f"{ADDRESS}?seller={SHOOTS}").status_code == 404
    assert a_browser(app, "goat").get(f"{ADDRESS}?after=broken").status_code == 422
