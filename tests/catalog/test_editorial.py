"""Events and blocks: what may be written, published, taken back; nothing is ever changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from catalog import service
from catalog.errors import PieceIncompleteError, PieceNotFoundError
from catalog.listing import editorial as reading
from catalog.listing.flash import DealRow, keep_best
from catalog.rules import editorial as rules
from catalog.values import NewCampaign
from catalog.values.editorial import (
    GoodsSection,
    LinkTile,
    Phase,
    PieceKind,
    PiecePlan,
    PieceStep,
)
from kernel.errors import ConflictError, InvalidError
from tests.builders import offers
from tests.builders.catalog import NOON, a_sku
from tests.builders.editorial import ACTOR, an_event, an_event_plan
from workflows import piece_published

KINDS = tuple(PieceKind)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 -- made aware by the strategy
    max_value=datetime(2035, 1, 1),  # noqa: DTZ001 -- made aware by the strategy
    timezones=st.just(UTC),
)
COMPLETE: Mapping[PieceKind, Mapping[str, Any]] = {
    PieceKind.EVENT: {
        "text": "<p>x</p>",
        "text_en": "<p>x</p>",
        "starts_at": NOON,
        "ends_at": NOON + timedelta(days=1),
        "picture": "green-tea",
        "sections": (GoodsSection(products=("X1",)),),
    },
    PieceKind.HERO: {"picture": "green-tea"},
    PieceKind.TEXT: {"text": "<p>x</p>", "text_en": "<p>x</p>"},
    PieceKind.GOODS: {"sections": (GoodsSection(products=("X1",)),)},
    PieceKind.VILLAGES: {"villages": ("500156001201",)},
    PieceKind.TILES: {"tiles": (LinkTile(label="去", label_en="Go", link="/deals"),)},
}


@given(first=MOMENTS, length=st.timedeltas(min_value=timedelta(seconds=1)), at=MOMENTS)
def test_a_piece_is_to_come_then_runs_then_is_over(
    first: datetime, length: timedelta, at: datetime
) -> None:
    try:
        end = first + length
    except OverflowError:
        end = datetime.max.replace(tzinfo=UTC)
    found = rules.phase(PiecePlan(starts_at=first, ends_at=end), at=at)

    assert (found is Phase.RUNNING) == (first <= at < end)
    assert (found is Phase.SCHEDULED) == (at < first)
    assert (found is Phase.ENDED) == (at >= end)


@given(begins=MOMENTS, ends=MOMENTS, starts_at=MOMENTS, ends_at=MOMENTS, at=MOMENTS)
def test_when_an_event_is_over_so_is_every_price_of_it(
    begins: datetime, ends: datetime, starts_at: datetime, ends_at: datetime, at: datetime
) -> None:
    plan = PiecePlan(starts_at=begins, ends_at=ends)

    if rules.holds_campaign(plan, starts_at, ends_at) and starts_at <= at < ends_at:
        assert rules.phase(plan, at=at) is Phase.RUNNING


@given(st.text(max_size=40))
def test_no_link_leads_out_of_the_shop(tail: str) -> None:
    for link in (tail, f"/{tail}", f"//{tail}", f"/\\{tail}", f"https://{tail}", f"/\t/{tail}"):
        try:
            rules.check_plan(PiecePlan(link=link))
        except InvalidError:
            continue
        assert not link or (link[0] == "/" and link[1:2] not in {"/", "\\"})
        assert "\\" not in link
        assert not any(sign.isspace() for sign in link)


@given(st.text(max_size=60))
def test_a_code_is_an_address_or_is_refused(code: str) -> None:
    try:
        rules.check_code(code)
    except InvalidError:
        return
    assert code.isascii()
    assert code == code.lower().strip("-/ ")
    assert 3 <= len(code) <= 48


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_kind_needs_is_asked_for(kind: PieceKind) -> None:
    whole = PiecePlan(title="名", title_en="Name", **COMPLETE[kind])

    assert rules.find_missing(kind, whole) == []
    for field in ("title", "title_en", *rules.NEEDED[kind]):
        if field == "link":
            continue
        empty = replace(whole, **{field: getattr(PiecePlan(), field)})
        assert field in {one.field for one in rules.find_missing(kind, empty)}


def test_half_a_button_half_a_tile_and_half_a_translation_are_faults() -> None:
    hero = PiecePlan(title="名", title_en="N", picture="green-tea", link="/deals", button="去")
    tiles = PiecePlan(title="名", title_en="N", tiles=(LinkTile(label="去", link="/deals"),))
    goods = PiecePlan(
        title="名", title_en="N", sections=(GoodsSection(title="茶", products=("X1",)),)
    )
    words = PiecePlan(title="名", title_en="N", text="<p>话</p>")

    assert [one.field for one in rules.find_missing(PieceKind.HERO, hero)] == ["link"]
    assert [one.field for one in rules.find_missing(PieceKind.TILES, tiles)] == ["tiles"]
    assert [one.field for one in rules.find_missing(PieceKind.GOODS, goods)] == ["sections"]
    assert [one.field for one in rules.find_missing(PieceKind.TEXT, words)] == ["text_en"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": NOON, "ends_at": NOON}, "period_out_of_order"),
        ({"starts_at": datetime(2026, 1, 1)}, "piece_moment_unreadable"),  # noqa: DTZ001 -- refused
        ({"title": "长" * 61}, "piece_too_long"),
        ({"sections": (GoodsSection(),) * 7}, "piece_too_many"),
        ({"sections": (GoodsSection(products=("X",) * 25),)}, "piece_too_many"),
        ({"picture": "../../etc"}, "photo_unknown"),
        ({"position": -1}, "piece_position_unfit"),
        ({"tiles": (LinkTile(link="javascript:alert(1)"),)}, "piece_link_unfit"),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        rules.check_plan(PiecePlan(**changes))

    assert refused.value.code == code


def test_revisions_are_counted_and_the_same_again_is_none(session: Session) -> None:
    plan = an_event_plan(session)
    service.begin_piece(session, PieceKind.EVENT, "tea-season", plan, actor=ACTOR, at=NOON)
    other = replace(plan, title="采茶节")

    def write(new: PiecePlan, based_on: int) -> int:
        return service.write_piece(
            session, "tea-season", new, based_on=based_on, actor="person:2", at=NOON
        )

    assert write(plan, 1) == 1
    assert write(other, 1) == 2
    with pytest.raises(ConflictError) as refused:
        write(replace(plan, title="别的"), 1)
    assert refused.value.code == "piece_changed"
    piece = reading.get_piece(session, "tea-season", KINDS)
    assert [one.number for one in piece.revisions] == [2, 1]
    assert [one.actor for one in piece.revisions] == ["person:2", ACTOR]
    assert piece.head.plan == other
    assert piece.phase(NOON) is Phase.DRAFT


def test_buyers_see_what_was_published_last_and_an_earlier_one_can_be_shown_again(
    session: Session,
) -> None:
    plan = an_event_plan(session)
    service.begin_piece(session, PieceKind.EVENT, "tea-season", plan, actor=ACTOR, at=NOON)
    service.write_piece(
        session,
        "tea-season",
        replace(plan, title="第二版"),
        based_on=1,
        actor=ACTOR,
        at=NOON,
    )

    def shown() -> str | None:
        event, _ = reading.list_page(session, "tea-season")
        return event.plan.title if event else None

    seen = [shown()]
    for number in (2, 2, 1):
        piece_published.publish(session, "tea-season", number, actor=ACTOR, at=NOON)
        seen.append(shown())
    for _ in range(2):
        service.withdraw_piece(session, "tea-season", actor=ACTOR, at=NOON)
        seen.append(shown())

    assert seen == [None, "第二版", "第二版", "采茶季", None, None]
    steps = reading.get_piece(session, "tea-season", KINDS).steps
    assert [(one.step, one.number) for one in steps] == [
        (PieceStep.WITHDRAWN, None),
        (PieceStep.PUBLISHED, 1),
        (PieceStep.PUBLISHED, 2),
    ]


def test_an_address_is_given_once(session: Session) -> None:
    an_event(session, "tea-season")

    with pytest.raises(ConflictError):
        an_event(session, "tea-season")
    with pytest.raises(InvalidError):
        an_event(session, "Tea Season")


def test_nothing_is_published_that_names_what_there_is_not(session: Session) -> None:
    sku = a_sku(session)
    inside = {"starts_at": NOON, "ends_at": NOON + timedelta(days=2)}
    outside = {"starts_at": NOON, "ends_at": NOON + timedelta(days=8)}
    for code, period in (("INSIDE", inside), ("OUTSIDE", outside)):
        new = NewCampaign(code=code, name=code, skus={sku.code: 4_000}, **period)  # type: ignore[arg-type]
        service.begin_campaign(session, new, actor=ACTOR, at=NOON)
    offers.a_coupon(session, "GIVEN", is_given=True)
    offers.a_coupon(session, "TAKE-ME", is_claimable=True)
    good = an_event_plan(
        session, products=(sku.product_code,), campaigns=("INSIDE",), coupons=("TAKE-ME",)
    )
    wrong = replace(
        good,
        sections=(GoodsSection(products=(sku.product_code, "NOPE")),),
        villages=("500199",),
        picture="no-such-picture",
        campaigns=("INSIDE", "OUTSIDE", "NONE"),
        coupons=("TAKE-ME", "GIVEN"),
    )

    faults = piece_published.find_faults(session, PieceKind.EVENT, wrong)

    assert {(one.field, one.code, one.what) for one in faults} == {
        ("sections", "unknown", "NOPE"),
        ("villages", "unknown", "500199"),
        ("picture", "unknown", ""),
        ("campaigns", "outside", "OUTSIDE"),
        ("campaigns", "unknown", "NONE"),
        ("coupons", "unknown", "GIVEN"),
    }
    service.begin_piece(session, PieceKind.EVENT, "wrong", wrong, actor=ACTOR, at=NOON)
    with pytest.raises(PieceIncompleteError):
        piece_published.publish(session, "wrong", 1, actor=ACTOR, at=NOON)
    with pytest.raises(PieceNotFoundError):
        piece_published.publish(session, "wrong", 9, actor=ACTOR, at=NOON)
    assert piece_published.find_faults(session, PieceKind.EVENT, good) == []


def test_a_block_stands_on_an_event_s_page_and_on_no_block_s(session: Session) -> None:
    event = an_event(session)
    words = PiecePlan(
        title="话", title_en="W", text="<p>x</p>", text_en="<p>x</p>", place=event
    )
    block = service.begin_piece(session, PieceKind.TEXT, "", words, actor=ACTOR, at=NOON)
    piece_published.publish(session, block, 1, actor=ACTOR, at=NOON)

    _, blocks = reading.list_page(session, event)

    assert [one.code for one in blocks] == [block]
    assert block not in {one.code for one in reading.list_running(session, at=NOON)}
    for place in (block, "none"):
        with pytest.raises(PieceNotFoundError):
            service.begin_piece(
                session,
                PieceKind.TEXT,
                "",
                replace(words, place=place),
                actor=ACTOR,
                at=NOON,
            )


@pytest.mark.parametrize("table", ["pieces", "revisions", "steps"])
def test_nothing_that_was_written_can_be_changed(session: Session, table: str) -> None:
    an_event(session)

    for statement in (
        f"DELETE FROM editorial_{table}",  # noqa: S608 -- names of this test
        f"UPDATE editorial_{table} SET {'kind' if table == 'pieces' else 'actor'} = 'x'",  # noqa: S608
    ):
        with pytest.raises(DatabaseError, match="only ever added"), session.begin_nested():
            session.execute(text(statement))


DEALS = st.lists(
    st.builds(
        DealRow,
        campaign_code=st.sampled_from("ABCD"),
        campaign_name=st.just(""),
        campaign_name_en=st.just(""),
        is_of_platform=st.booleans(),
        starts_at=st.just(NOON),
        ends_at=st.just(NOON + timedelta(days=1)),
        limit_per_buyer=st.none() | st.integers(1, 3),
        product_code=st.just("X"),
        name=st.just(""),
        name_en=st.just(""),
        category_code=st.just("tea"),
        picture=st.just(""),
        sku_code=st.sampled_from(["X-1", "X-2"]),
        spec=st.just(""),
        usual_minor=st.just(100),
        minor=st.integers(1, 99),
        struck_minor=st.none(),
        kept=st.none() | st.integers(0, 5),
        shelf=st.integers(0, 5),
        had=st.integers(0, 5),
        is_running=st.booleans(),
    ),
    max_size=8,
)


@given(DEALS)
def test_each_sku_stands_once_among_what_runs_at_the_lowest_price_there_is(
    rows: list[DealRow],
) -> None:
    kept = keep_best(rows)
    running = [row for row in kept if row.is_running]

    assert [row for row in kept if not row.is_running] == [
        row for row in rows if not row.is_running
    ]
    for sku in {row.sku_code for row in rows}:
        there = [
            row for row in rows if row.is_running and row.sku_code == sku and row.shelf > 0
        ]
        shown = [row for row in running if row.sku_code == sku]
        assert len({id(row) for row in shown}) == (1 if there else 0)
        if there and any(row.left for row in there):
            assert shown[0].minor == min(row.minor for row in there if row.left)
    for row in kept:
        assert 0 <= row.left <= row.shelf
        assert row.kept is None or row.left <= row.kept
