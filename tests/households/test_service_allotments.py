"""Period closes on the database: what it refuses, whoever writes to it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from households import queries, service
from households.models import HouseholdCategoryPeriod
from households.service import Ruling
from households.values import (
    AllotmentSource,
    AllotmentState,
    HouseholdCategory,
    HouseholdId,
    LinkageModel,
    NewAllotment,
    NewDocument,
    ObjectionOutcome,
    Stage,
)
from kernel.errors import ConflictError, InvalidError, NotFoundError
from tests.builders.allotments import (
    AFTER_NOTICE,
    CLERK,
    COLLECTIVE,
    DRAWN_UP,
    MANAGER,
    PAYER,
    PDF,
    VILLAGE_ACCOUNT,
    a_collective,
    a_draft,
    a_general,
    a_single,
    minors,
    on_notice,
    resolved,
    shares_of,
)
from tests.builders.places import a_household, a_seller

EQUITY = f"{PAYER}-EQUITY"


@pytest.fixture
def draft(session: Session) -> str:
    """A dividend of 100 yuan for three households, drawn up with its paper."""
    for household in ("H1", "H2", "H3"):
        a_household(session, household)
    a_general(session, LinkageModel.EQUITY, shares_of(["H1", "H2", "H3"]))
    return a_draft(
        session, LinkageModel.EQUITY, contract_code=EQUITY, basis={"profit_minor": 10_000}
    )


def test_shares_are_expected_on_notice_and_earned_when_final(
    session: Session, draft: str
) -> None:
    on_notice(session, draft)
    waiting = {share.stage for share in queries.list_shares(session, draft)}

    service.finalise_allotment(session, draft, at=AFTER_NOTICE)

    assert waiting == {Stage.EXPECTED}
    assert {share.stage for share in queries.list_shares(session, draft)} == {Stage.EARNED}
    assert service.finalise_allotment(session, draft, at=AFTER_NOTICE) is None


def test_the_notice_cannot_be_skipped(session: Session, draft: str) -> None:
    resolved(session, draft)
    with pytest.raises(ConflictError) as unpublished:
        service.finalise_allotment(session, draft, at=AFTER_NOTICE)
    service.publish_allotment(session, draft, at=DRAWN_UP)
    with pytest.raises(ConflictError) as early:
        service.finalise_allotment(session, draft, at=AFTER_NOTICE - timedelta(hours=9))

    assert unpublished.value.code == "allotment_other_state"
    assert early.value.code == "notice_running"


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        (
            "UPDATE allotments SET state = 'final', finalised_at = '2026-01-12Z'",
            "ck_allotments_final_after_notice",
        ),
        (
            "UPDATE allotments SET state = 'final', finalised_at = '2026-01-16 15:59Z'",
            "ck_allotments_final_after_notice",
        ),
        ("UPDATE allotments SET notice_until = notice_from", "allotments_decided_is_kept"),
        ("UPDATE allotments SET total_minor = 1", "allotments_decided_is_kept"),
        ("UPDATE allotments SET basis = '{}'", "allotments_decided_is_kept"),
        ("UPDATE allotments SET decided_on = decided_on - 1", "allotments_decided_is_kept"),
        ("UPDATE allotments SET state = 'draft'", "allotments_only_advance"),
        ("DELETE FROM allotments", "allotments_are_kept"),
        (
            "DELETE FROM entitlements WHERE allotment_id IS NOT NULL",
            "entitlements_kept_by_allotment",
        ),
        (
            "UPDATE entitlements SET stage = 'earned', earned_at = now()",
            "entitlements_earned_when_final",
        ),
        (
            "UPDATE entitlements SET amount_minor = amount_minor + 1",
            "entitlements_only_advance",
        ),
        ("DELETE FROM allotment_workings", "allotment_parts_follow_state"),
        ("DELETE FROM allotment_documents", "allotment_parts_follow_state"),
        ("UPDATE allotment_documents SET title = 'x'", "allotments_are_kept"),
    ],
)
def test_raw_statements_cannot_touch_what_is_on_notice(
    session: Session, draft: str, sql: str, constraint: str
) -> None:
    on_notice(session, draft)

    with pytest.raises(IntegrityError) as refused:
        session.execute(text(sql))

    assert refused.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        (
            """UPDATE allotments SET state = 'on_notice', notice_from = '2026-01-10',
            notice_until = '2026-01-15'""",
            "allotments_notice_long_enough",
        ),
        (
            "UPDATE allotments SET state = 'final', finalised_at = '2027-01-01Z'",
            "allotments_only_advance",
        ),
    ],
)
def test_raw_statements_cannot_shorten_or_leave_out_a_notice(
    session: Session, draft: str, sql: str, constraint: str
) -> None:
    resolved(session, draft)

    with pytest.raises(IntegrityError) as refused:
        session.execute(text(sql))

    assert refused.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_a_final_allotment_never_changes(session: Session, draft: str) -> None:
    on_notice(session, draft)
    service.finalise_allotment(session, draft, at=AFTER_NOTICE)

    with pytest.raises(IntegrityError) as refused:
        session.execute(text("UPDATE allotments SET stop_reason = 'x'"))

    diag = refused.value.orig.diag  # type: ignore[union-attr]
    assert diag.constraint_name == "allotments_closed_are_kept"


def test_a_total_that_is_not_the_sum_of_the_shares_is_refused(
    session: Session, draft: str
) -> None:
    del draft
    with pytest.raises(IntegrityError) as refused:
        session.execute(
            text(
                "UPDATE allotments SET state = 'resolved', total_minor = 5, body = 'board',"
                " decided_on = '2026-01-10', resolved_by = 'x', resolved_at = now()"
            )
        )

    diag = refused.value.orig.diag  # type: ignore[union-attr]
    assert diag.constraint_name == "allotments_shares_sum_to_total"


@pytest.mark.usefixtures("draft")
def test_a_day_is_closed_once(session: Session) -> None:
    again = NewAllotment(
        organisation_code=PAYER,
        model=LinkageModel.EQUITY,
        contract_code=EQUITY,
        period_from=date(2025, 12, 31),
        period_to=date(2026, 1, 5),
        proposed_by=CLERK,
    )

    with pytest.raises(ConflictError) as refused:
        service.draw_up_allotment(session, again, at=DRAWN_UP)

    assert refused.value.code == "allotment_period_overlaps"


def test_a_withdrawn_close_makes_room_for_another(session: Session, draft: str) -> None:
    on_notice(session, draft)
    service.withdraw_allotment(session, draft, reason="数字有误", at=DRAWN_UP)

    again = a_draft(
        session, LinkageModel.EQUITY, contract_code=EQUITY, basis={"profit_minor": 500}
    )

    assert again == f"{draft}.2"
    assert {share.stage for share in queries.list_shares(session, draft)} == {Stage.REVERSED}


def test_an_open_objection_keeps_it_from_being_final_and_a_rejected_one_does_not(
    session: Session, draft: str
) -> None:
    on_notice(session, draft)
    objection = _object(session, draft)
    with pytest.raises(ConflictError) as held:
        service.finalise_allotment(session, draft, at=AFTER_NOTICE)
    with pytest.raises(ConflictError) as own:
        _rule(session, draft, objection, ObjectionOutcome.REJECTED, by=CLERK)
    _rule(session, draft, objection, ObjectionOutcome.REJECTED)
    service.finalise_allotment(session, draft, at=AFTER_NOTICE)

    assert (held.value.code, own.value.code) == ("objection_open", "allotment_same_person")
    assert queries.get_allotment(session, draft).state is AllotmentState.FINAL
    assert queries.list_objections(session, draft)[0].reason == "股数不对"


def test_an_upheld_objection_stops_it(session: Session, draft: str) -> None:
    on_notice(session, draft)
    _rule(session, draft, _object(session, draft), ObjectionOutcome.UPHELD)

    assert queries.get_allotment(session, draft).state is AllotmentState.OBJECTED
    assert {share.stage for share in queries.list_shares(session, draft)} == {Stage.REVERSED}
    with pytest.raises(ConflictError):
        service.finalise_allotment(session, draft, at=AFTER_NOTICE)


def test_an_objection_is_heard_during_the_notice_only(session: Session, draft: str) -> None:
    on_notice(session, draft)

    with pytest.raises(ConflictError) as late:
        _object(session, draft, days=7)

    assert late.value.code == "notice_not_running"


def test_two_people_make_a_payroll(session: Session) -> None:
    a_single(session, "H1", LinkageModel.RENT, {"area_mu_x100": 100, "rent_fen_per_mu_year": 9})
    code = a_draft(session, LinkageModel.RENT)

    with pytest.raises(ConflictError) as refused:
        resolved(session, code, by=CLERK)
    resolved(session, code, by=MANAGER)

    assert refused.value.code == "allotment_same_person"


@pytest.mark.parametrize(
    ("media_type", "content", "code"),
    [
        ("application/pdf", b"<html>", "document_kind"),
        ("text/html", b"<html>", "document_kind"),
        ("application/pdf", b"", "document_size"),
        ("application/pdf", b"%PDF-" + bytes(5_000_000), "document_size"),
    ],
)
def test_a_paper_is_small_and_what_it_says_it_is(
    session: Session, draft: str, media_type: str, content: bytes, code: str
) -> None:
    paper = NewDocument(title="记录", file_name="x", media_type=media_type, content=content)

    with pytest.raises(InvalidError) as refused:
        service.add_document(session, draft, paper, by=CLERK, at=DRAWN_UP)

    assert refused.value.code == code


def test_a_paper_is_sealed_and_can_be_opened(session: Session, draft: str) -> None:
    row = queries.list_documents(session, draft)[0]

    sealed = session.scalar(text("SELECT sealed FROM allotment_documents"))

    assert PDF not in bytes(sealed)
    assert queries.open_document(session, draft, row.sha256)[1] == PDF
    with pytest.raises(NotFoundError):
        queries.open_document(session, draft, "0" * 64)


def test_village_money_is_divided_by_its_collective_only(session: Session) -> None:
    a_seller(session, PAYER)
    a_general(session, LinkageModel.ASSET, _asset_terms())
    a_collective(session)
    a_general(session, LinkageModel.ASSET, _asset_terms(), payer=COLLECTIVE)
    village = {"source": AllotmentSource.VILLAGE, "basis": {"income_minor": 1_000}}

    with pytest.raises(InvalidError) as refused:
        a_draft(session, LinkageModel.ASSET, contract_code=f"{PAYER}-ASSET", **village)
    code = a_draft(
        session,
        LinkageModel.ASSET,
        organisation_code=COLLECTIVE,
        contract_code=f"{COLLECTIVE}-ASSET",
        **village,
    )

    assert refused.value.code == "village_money_not_yours"
    assert queries.get_allotment(session, code).payer_account == VILLAGE_ACCOUNT


def test_lifted_and_monitored_households_come_first_as_of_the_decision(
    session: Session,
) -> None:
    for household, category in (
        ("H1", HouseholdCategory.LIFTED),
        ("H2", HouseholdCategory.GENERAL),
        ("H3", HouseholdCategory.BORDERLINE),
    ):
        a_household(session, household)
        session.add(
            HouseholdCategoryPeriod(
                household_id=household, category=category, valid_from=date(2021, 1, 1)
            )
        )
    session.flush()
    a_general(session, LinkageModel.ASSET, _asset_terms())
    code = a_draft(
        session,
        LinkageModel.ASSET,
        contract_code=f"{PAYER}-ASSET",
        basis={"income_minor": 1_000},
    )
    resolved(session, code)

    service_minors = {party: minor for party, minor in minors(session, code).items() if minor}
    assert set(service_minors) >= {"H1", "H3"}
    assert "H2" not in service_minors


def _asset_terms() -> dict[str, int]:
    return {"household_bp": 6000, "public_bp": 2000, "reserve_bp": 2000}


def _object(session: Session, code: str, *, days: int = 1) -> int:
    return service.object_to_allotment(
        session,
        code,
        "股数不对",
        by="person:9",
        household_id=HouseholdId("H1"),
        at=DRAWN_UP + timedelta(days=days),
    )


def _rule(
    session: Session,
    code: str,
    objection_id: int,
    outcome: ObjectionOutcome,
    *,
    by: str = MANAGER,
) -> None:
    ruling = Ruling(objection_id=objection_id, outcome=outcome, answer="已核对", by=by)
    service.rule_on_objection(session, code, ruling, at=DRAWN_UP + timedelta(days=2))
