"""A cooperative draws contracts up, tries them out, activates and ends its own."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from households import queries, service
from households.values import HouseholdId, LinkageModel
from kernel import clock
from kernel.policy import PolicyParam
from parties.values import OrganisationKind, Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller

COOP, OTHER, VILLAGE = "C91", "C92", "C93"
TODAY = clock.local_date(clock.now())
CONSIGN = {
    "effective_from": TODAY.isoformat(),
    "fee_bp": "3",
    "logistics_bp": "12",
    "ratio_HHPOT": "70",
    "ratio_COOP": "20",
    "ratio_POOR": "5",
    "ratio_VILLAGE": "5",
}
RENT = {
    "effective_from": TODAY.isoformat(),
    "household": "H9001",
    "area_mu_x100": "6.5",
    "rent_fen_per_mu_year": "500",
}


@pytest.fixture(autouse=True)
def people(session: Session) -> None:
    a_seller(session, COOP)
    a_seller(session, OTHER)
    a_seller(session, VILLAGE, kind=OrganisationKind.VILLAGE_COLLECTIVE)
    for household in ("H9001", "H9002", "H9003"):
        a_household(session, household)
    for household in ("H9001", "H9002"):
        service.join_cooperative(session, HouseholdId(household), COOP, on=TODAY)
    for code, value in (
        ("coop_patronage_floor_bp", 6_000),
        ("asset_floor_rate_min_bp", 600),
        ("asset_floor_rate_max_bp", 1_000),
        ("relief_labour_floor_bp", 1_000),
        ("relief_labour_floor_special_bp", 1_500),
    ):
        row = {"unit": "basis points", "basis": "test", "note": ""}
        session.add(
            PolicyParam(code=code, value=value, valid_from=TODAY - timedelta(days=900), **row)
        )
    a_person(session, "manager", (Role.MANAGER, COOP))
    session.commit()


@pytest.fixture
def manager(app: Flask) -> FlaskClient:
    return a_browser(app, "manager")


def a_colleague(app: Flask, session: Session, login: str, role: Role, code: str) -> FlaskClient:
    a_person(session, login, (role, code))
    session.commit()
    return a_browser(app, login)


def save(client: FlaskClient, model: str, form: Mapping[str, str]) -> str:
    """Save a draft and return the contract's address."""
    answer = client.post(f"/supplier/contracts/new/{model}", data={**form, "action": "save"})
    assert answer.status_code == 302, answer.text
    return answer.location


def attempt(client: FlaskClient, model: str, form: Mapping[str, str]) -> str:
    answer = client.post(f"/supplier/contracts/new/{model}", data={**form, "action": "try"})
    assert answer.status_code == 200
    return answer.text


def test_a_contract_is_drawn_up_tried_out_and_activated(
    session: Session, manager: FlaskClient
) -> None:
    tried = attempt(manager, "CONSIGN", CONSIGN)
    assert "59.50" in tried
    assert queries.find_contract(session, f"HT-{COOP}-ALL-CONSIGN") == []

    address = save(manager, "CONSIGN", CONSIGN)
    assert address == f"/supplier/contracts/HT-{COOP}-ALL-CONSIGN"
    assert queries.find_terms(session, [COOP], on=TODAY) == {}
    manager.post(f"{address}/activate")

    terms = queries.find_terms(session, [COOP], on=TODAY)[COOP].terms
    assert (terms.fee_bp, terms.logistics_bp) == (300, 1_200)
    page = manager.get(address).text
    assert "生效中" in page
    assert "59.50" in page


def test_every_model_has_a_form(manager: FlaskClient) -> None:
    for model in LinkageModel:
        check_form(manager, model)


def check_form(manager: FlaskClient, model: LinkageModel) -> None:
    assert manager.get(f"/supplier/contracts/new/{model}").status_code == 200
    assert manager.post(f"/supplier/contracts/new/{model}", data={}).status_code == 200
    assert (
        manager.post(f"/supplier/contracts/new/{model}", data={"action": "save"}).status_code
        == 422
    )


WORKED: list[tuple[str, dict[str, str], str]] = [
    (
        "ORDER",
        {"floor_price": "8", "max_qty_kg": "1000", "assumed_market": "6.5"},
        "800.00",
    ),
    (
        "INKIND",
        {"input_cost_fen": "3000", "buyback_price": "42", "loss_share_bp": "30"},
        "900",
    ),
    (
        "GUARANTEED",
        {
            "principal_fen": "20000",
            "floor_rate_bp": "5",
            "profit_share_bp": "20",
            "mode": "additive",
            "assumed_profit": "9000",
        },
        "2,800.00",
    ),
    (
        "EQUITY",
        {
            "reserve_bp": "15",
            "collective_share_bp": "10",
            "weights": "H9001 1\nh9002, 2",
            "assumed_profit": "10000",
        },
        "5,000.00",
    ),
    (
        "PATRONAGE",
        {"refund_bp": "60", "weights": "H9001 15\nH9002 985", "assumed_profit": "100000"},
        "600.00",
    ),
    ("WAGE", {"day_rate_fen": "120"}, "2,700.00"),
    ("RENT", {"area_mu_x100": "6.5", "rent_fen_per_mu_year": "500"}, "3,250.00"),
    ("PREMIUM", {"fund_bp": "1"}, "1.00"),
    (
        "ASSET",
        {
            "principal_fen": "100000",
            "floor_rate_bp": "6",
            "household_bp": "60",
            "public_bp": "20",
            "reserve_bp": "20",
        },
        "3,600.00",
    ),
    ("RELIEFWORK", {"subsidy_fen": "50000", "special_fund": "yes"}, "7,500.00"),
    ("TRUST", {"floor_fen": "2000", "share_bp": "30", "mode": "全托"}, "2,000.00"),
]


def test_entered_terms_are_worked_out_by_the_real_formulas(manager: FlaskClient) -> None:
    for model, form, shown in WORKED:
        page = attempt(manager, model, {"effective_from": TODAY.isoformat(), **form})

        assert shown in page, model
        assert "请先改正" not in page, model


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("CONSIGN", {"ratio_VILLAGE": ""}, "合计为 95%"),
    ("CONSIGN", {"ratio_VILLAGE": "15"}, "合计为 110%"),
    ("CONSIGN", {"ratio_HHPOT": "most"}, "请填写百分比"),
    ("CONSIGN", {"fee_bp": "11"}, "应在 0 到 10 之间"),
    ("CONSIGN", {"fee_bp": "3.005"}, "最多 2 位小数"),
    ("CONSIGN", {"effective_from": "0001-01-01"}, "太早或太晚"),
    ("RENT", {"household": "H9003"}, "成员名单"),
    ("RENT", {"area_mu_x100": "-1"}, "请填写数字"),
    ("PATRONAGE", {"refund_bp": "59.99"}, "法定下限 60%"),
    ("EQUITY", {"weights": "H9003 1"}, "不在您的成员名单中"),
    ("EQUITY", {"weights": "H9001 0"}, "至少给一户"),
    ("EQUITY", {"weights": "H9001 1.5"}, "户号 空格 整数"),
    ("EQUITY", {"weights": "H9001 1\nH9001 1"}, "重复"),
    ("ASSET", {"floor_rate_bp": "5"}, "6% 至 10%"),
    ("RELIEFWORK", {"labour_bp": "14.99"}, "不得低于 15%"),
]


def test_what_cannot_hold_is_said_in_words_and_not_saved(
    session: Session, manager: FlaskClient
) -> None:
    for model, changes, words in WRONG:
        form = {"effective_from": TODAY.isoformat(), **FORMS[model], **changes}

        tried = attempt(manager, model, form)
        refused = manager.post(
            f"/supplier/contracts/new/{model}", data={**form, "action": "save"}
        )

        assert words in tried, changes
        assert refused.status_code == 422, changes
        assert words in refused.text, changes
    assert queries.list_latest(session, COOP, on=TODAY).rows == []


FORMS: dict[str, dict[str, str]] = {
    "CONSIGN": CONSIGN,
    "RENT": RENT,
    "PATRONAGE": {"refund_bp": "60"},
    "EQUITY": {"reserve_bp": "15", "collective_share_bp": "10"},
    "ASSET": {"household_bp": "60", "public_bp": "20", "reserve_bp": "20"},
    "RELIEFWORK": {"subsidy_fen": "50000", "special_fund": "yes"},
}


def test_a_clerk_drafts_and_only_a_manager_activates_and_ends(
    session: Session, app: Flask, manager: FlaskClient
) -> None:
    clerk = a_colleague(app, session, "clerk", Role.CLERK, COOP)
    packer = a_colleague(app, session, "packer", Role.PACKER, COOP)
    address = save(clerk, "RENT", RENT)

    assert "由负责人核对后生效" in clerk.get(address).text
    assert clerk.post(f"{address}/activate").status_code == 403
    assert clerk.post(f"{address}/end", data={"last_day": str(TODAY)}).status_code == 403
    assert packer.get("/supplier/contracts").status_code == 403
    manager.post(f"{address}/activate")
    manager.post(f"{address}/end", data={"last_day": str(TODAY)})

    (row,) = queries.find_contract(session, f"HT-{COOP}-H9001-RENT")
    assert (row.effective_from, row.effective_to) == (TODAY, TODAY)


def test_a_new_version_follows_the_one_in_force(session: Session, manager: FlaskClient) -> None:
    address = save(manager, "RENT", RENT)
    manager.post(f"{address}/activate")
    later = TODAY + timedelta(days=30)
    form = manager.get(f"{address}/new-version").text
    assert 'value="6.5"' in form
    changed = {**RENT, "rent_fen_per_mu_year": "600", "action": "save"}

    for day in (TODAY + timedelta(days=10), later):
        manager.post(
            f"{address}/new-version", data={**changed, "effective_from": day.isoformat()}
        )
    manager.post(f"{address}/activate")

    newest, oldest = queries.find_contract(session, f"HT-{COOP}-H9001-RENT")
    assert newest.effective_from == later
    assert oldest.effective_to == later - timedelta(days=1)
    assert newest.terms is not None
    assert newest.terms["rent_fen_per_mu_year"] == 60_000


def test_a_new_version_does_not_reach_back(session: Session, manager: FlaskClient) -> None:
    address = save(manager, "RENT", {**RENT, "effective_from": "2024-01-01"})
    manager.post(f"{address}/activate")
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    changed = {**RENT, "effective_from": yesterday, "action": "save"}
    manager.post(f"{address}/new-version", data=changed)

    refused = manager.post(f"{address}/activate", follow_redirects=True)

    assert "不能早于今天" in refused.text
    assert "草稿" in refused.text
    manager.post(f"{address}/discard")
    assert len(queries.find_contract(session, f"HT-{COOP}-H9001-RENT")) == 1
    for step, day, words in (
        ("activate", "", "没有待生效的草稿"),
        ("end", yesterday, "不能早于今天"),
        ("end", "soon", "请填写日期"),
    ):
        answer = manager.post(
            f"{address}/{step}", data={"last_day": day}, follow_redirects=True
        )
        assert words in answer.text


def test_a_second_contract_of_one_kind_has_a_number_of_its_own(manager: FlaskClient) -> None:
    addresses = [save(manager, "RENT", RENT) for _ in range(2)]

    assert [address.rpartition("/")[2] for address in addresses] == [
        f"HT-{COOP}-H9001-RENT",
        f"HT-{COOP}-H9001-RENT-2",
    ]


def test_two_consignment_contracts_are_one_too_many(manager: FlaskClient) -> None:
    save(manager, "CONSIGN", CONSIGN)

    refused = manager.post(
        "/supplier/contracts/new/CONSIGN", data={**CONSIGN, "action": "save"}
    )

    assert refused.status_code == 422
    assert "新增版本" in refused.text


def test_nobody_reaches_the_contracts_of_others(
    app: Flask, session: Session, manager: FlaskClient
) -> None:
    address = save(manager, "RENT", RENT)
    other = a_colleague(app, session, "other", Role.MANAGER, OTHER)

    assert other.get(address).status_code == 404
    assert other.get(f"{address}/new-version").status_code == 404
    for step in ("activate", "discard", "end", "new-version"):
        answer = other.post(f"{address}/{step}", data={**RENT, "last_day": str(TODAY)})
        assert answer.status_code == 404, step
    assert "H9001" not in other.get("/supplier/contracts").text
    assert other.get("/supplier/contracts/new/NOTHING").status_code == 404
    assert other.post("/supplier/contracts/new/NOTHING").status_code == 404
    assert other.get("/supplier/contracts?model=NOTHING").status_code == 404


def test_a_village_collective_pays_but_never_itself(session: Session, app: Flask) -> None:
    village = a_colleague(app, session, "village", Role.MANAGER, VILLAGE)

    assert "村集体不能付钱给自己" in attempt(village, "CONSIGN", CONSIGN)
    form = {"household_bp": "60", "public_bp": "20", "reserve_bp": "20"}
    address = save(village, "ASSET", {"effective_from": TODAY.isoformat(), **form})
    village.post(f"{address}/activate")

    (row,) = queries.find_contract(session, f"HT-{VILLAGE}-ALL-ASSET")
    assert row.activated_at is not None


def test_a_list_of_many_contracts_has_pages_and_a_filter(
    session: Session, manager: FlaskClient
) -> None:
    for _ in range(3):
        save(manager, "RENT", RENT)
    save(manager, "CONSIGN", CONSIGN)

    first = queries.list_latest(session, COOP, on=TODAY, size=3)
    assert first.next_key is not None
    rest = queries.list_latest(session, COOP, on=TODAY, size=3, key=first.next_key)

    assert (len(first.rows), len(rest.rows)) == (3, 1)
    page = manager.get("/supplier/contracts?model=CONSIGN").text
    assert f"HT-{COOP}-ALL-CONSIGN" in page
    assert f"HT-{COOP}-H9001-RENT" not in page
    assert manager.get("/supplier/contracts?after=broken").status_code == 422
