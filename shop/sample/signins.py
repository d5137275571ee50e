"""The people who can sign in to the demo, with what each of them may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from parties import service as parties
from parties.values import PersonId, Role, Scope
from shop.sample import tables
from shop.sample.tables import Change

DISTRICT: Final = "500156"
TOWNSHIP: Final = "500156104"
VILLAGE: Final = "500156109200"
SINCE: Final = date(2025, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One demo person: what to call the role, how to sign in, where to begin."""

    label: str
    login: str
    password: str
    path: str
    display_name: str
    scopes: tuple[Scope, ...] = ()
    household_id: str | None = None


def _seller(code: str, *roles: Role) -> tuple[Scope, ...]:
    return tuple(Scope(role, code, None) for role in roles)


def _official(region_code: str) -> tuple[Scope, ...]:
    return (Scope(Role.OFFICIAL, None, region_code),)


PEOPLE: Final[tuple[SignIn, ...]] = (
    SignIn(
        label="消费者 / consumer",
        login="consumer",
        password="demo-consumer",  # noqa: S106 -- printed for everybody who runs the demo
        path="/",
        display_name="样例消费者",
    ),
    SignIn(
        label="山羊合作社经理 / goat cooperative, manager",
        login="goat-manager",
        password="demo-goat-manager",  # noqa: S106
        path="/supplier/",
        display_name="关桥合作社经理(样例)",
        scopes=_seller("C05", Role.MANAGER),
    ),
    SignIn(
        label="山羊合作社文员 / goat cooperative, clerk",
        login="goat-clerk",
        password="demo-goat-clerk",  # noqa: S106
        path="/supplier/",
        display_name="关桥合作社文员(样例)",
        scopes=_seller("C05", Role.CLERK, Role.PACKER),
    ),
    SignIn(
        label="竹笋合作社经理 / bamboo cooperative, manager",
        login="bamboo-manager",
        password="demo-bamboo-manager",  # noqa: S106
        path="/supplier/",
        display_name="香树村联合社经理(样例)",
        scopes=_seller("C03", Role.MANAGER),
    ),
    SignIn(
        label="竹笋合作社文员 / bamboo cooperative, clerk",
        login="bamboo-clerk",
        password="demo-bamboo-clerk",  # noqa: S106
        path="/supplier/",
        display_name="香树村联合社文员(样例)",
        scopes=_seller("C03", Role.CLERK, Role.PACKER),
    ),
    SignIn(
        label="企业采购员 / enterprise buyer",
        login="enterprise",
        password="demo-enterprise",  # noqa: S106
        path="/purchasing/",
        display_name="锦程采购员(样例)",
        scopes=_seller("E01", Role.BUYER, Role.APPROVER),
    ),
    SignIn(
        label="预算单位采购员 / budget-unit buyer",
        login="budget-unit",
        password="demo-budget-unit",  # noqa: S106
        path="/purchasing/",
        display_name="机关食堂采购员(样例)",
        scopes=_seller("E15", Role.BUYER, Role.APPROVER, Role.ACCEPTOR),
    ),
    SignIn(
        label="区级干部 / district official",
        login="district",
        password="demo-district",  # noqa: S106
        path="/oversight/",
        display_name="区级工作人员(样例)",
        scopes=_official(DISTRICT),
    ),
    SignIn(
        label="火炉镇干部 / township official",
        login="township",
        password="demo-township",  # noqa: S106
        path="/oversight/",
        display_name="火炉镇工作人员(样例)",
        scopes=_official(TOWNSHIP),
    ),
    SignIn(
        label="桐梓镇干部 / township official",
        login="township-tongzi",
        password="demo-township-tongzi",  # noqa: S106
        path="/oversight/",
        display_name="桐梓镇工作人员(样例)",
        scopes=_official("500156109"),
    ),
    SignIn(
        label="市级认定复核 / reviewer of the city",
        login="city-reviewer",
        password="demo-city-reviewer",  # noqa: S106
        path="/oversight/recognition",
        display_name="市级复核人员(样例)",
        scopes=(Scope(Role.CITY_REVIEWER, None, "50"),),
    ),
    SignIn(
        label="香树村干部 / village official",
        login="village",
        password="demo-village",  # noqa: S106
        path="/oversight/",
        display_name="香树村工作人员(样例)",
        scopes=_official(VILLAGE),
    ),
    SignIn(
        label="平台运营 / operator",
        login="operator",
        password="demo-operator",  # noqa: S106
        path="/console/",
        display_name="平台运营(样例)",
        scopes=_seller("PLATFORM", Role.OPERATOR),
    ),
    SignIn(
        label="结算批准人甲 / approver of settlements",
        login="approver-one",
        password="demo-approver-one",  # noqa: S106
        path="/console/",
        display_name="结算批准人甲(样例)",
        scopes=_seller("PLATFORM", Role.OPERATOR),
    ),
    SignIn(
        label="结算批准人乙 / approver of settlements",
        login="approver-two",
        password="demo-approver-two",  # noqa: S106
        path="/console/",
        display_name="结算批准人乙(样例)",
        scopes=_seller("PLATFORM", Role.OPERATOR),
    ),
    SignIn(
        label="山羊农户 / household, goat",
        login="household-goat",
        password="demo-household-goat",  # noqa: S106
        path="/household/",
        display_name="样例农户(山羊)",
        household_id="H0082",
    ),
    SignIn(
        label="竹笋农户 / household, bamboo",
        login="household-bamboo",
        password="demo-household-bamboo",  # noqa: S106
        path="/household/",
        display_name="样例农户(竹笋)",
        household_id="H0104",
    ),
)

SIGN_INS: Final = tuple(
    (person.label, person.login, person.password, person.path) for person in PEOPLE
)
"""What the demo prints: role, login, password and the page to begin with."""


def load(session: Session, people: Sequence[SignIn] = PEOPLE, *, at: datetime) -> Change:
    """Register the demo people with their roles; a login that exists is left alone."""
    goal = tables.table("people")
    known = set(session.scalars(select(goal.c.login)))
    fresh = [person for person in people if person.login not in known]
    for person in fresh:
        person_id = parties.register(
            session,
            login=person.login,
            display_name=person.display_name,
            password=person.password,
            at=at,
        )
        _entitle(session, person_id, person)
    return Change("people", len(fresh), 0, len(people) - len(fresh))


def _entitle(session: Session, person_id: PersonId, person: SignIn) -> None:
    for scope in person.scopes:
        parties.grant(session, person_id, scope, valid_from=SINCE)
    if person.household_id is not None:
        parties.link_household(session, person_id, person.household_id)
