"""Every experiment holds at a small size, and sees what it is there to see."""

from collections.abc import Iterable

import pytest
from sqlalchemy import Engine

from households.values import Traced
from ledger.values import Line
from shop.proof.experiments import (
    crash_checkout,
    differencing,
    epcis_roundtrip,
    foreign_judge,
    ledger_simulation,
    money_properties,
    no_double_count,
    oversell,
    planted_breaches,
    presale_rush,
    redis_away,
    settle_storm,
    tamper,
    telemetry_disorder,
    trip_verdicts,
)
from shop.proof.ground import foreign, splitting
from shop.proof.ground.databases import Ground, laid
from shop.proof.simulation import runs
from shop.proof.simulation.market import Market
from shop.proof.simulation.plan import Plan
from shop.proof.simulation.runs import Run, Way
from shop.settings import Settings
from workflows import order_delivered, own_goods

pytestmark = pytest.mark.timeout(300)

KILLS = 3
"""The server's, the background worker's and the carrier's."""


def test_nobody_is_sold_what_is_not_there(ground: Ground) -> None:
    size = oversell.Size(packs=(1, 7), buyers=12, rounds=1, at_once=8)

    outcome = oversell.race(ground, size)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith(
        "0 packs oversold, 0 lost, 0 deadlocks, 0 other errors in "
    )
    assert ", 0 answers 5xx in " in outcome.figure
    assert [line for line in outcome.details if "control" in line and " 0 packs" not in line]


def test_no_more_of_a_harvest_is_promised_than_its_cap(ground: Ground) -> None:
    size = presale_rush.Size(caps=(1, 7), buyers=12, rounds=1, at_once=8)

    outcome = presale_rush.race(ground, size)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 packs beyond a cap, 0 lost, 0 lines out of turn")
    assert [line for line in outcome.details if "control" in line and " 0 packs" not in line]


def test_a_storm_of_payments_ends_like_the_serial_run(ground: Ground) -> None:
    outcome = settle_storm.compare(ground, settle_storm.Size(orders=16))

    assert outcome.holds, outcome.details
    assert "16 of 16 captures booked once in 160 deliveries" in outcome.figure


def test_a_killed_worker_loses_and_doubles_nothing(ground: Ground) -> None:
    outcome = crash_checkout.crash(ground, crash_checkout.Size(kills=KILLS))

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 lost, 0 double of ")
    assert len([line for line in outcome.details if line.startswith("  killed, ")]) == KILLS


def test_disordered_telemetry_is_judged_like_ordered(ground: Ground) -> None:
    size = telemetry_disorder.Size(loggers=8, shuffles=1)

    outcome = telemetry_disorder.shuffle(ground, size)

    assert outcome.holds, outcome.details
    assert outcome.figure == "8 of 8 verdicts identical, 0 of 1 sets of readings not"


def test_changed_blocks_are_named(ground: Ground) -> None:
    outcome = tamper.change(ground, tamper.Size(devices=2, blocks=8, tries=10))

    assert outcome.holds, outcome.details


def test_published_cases_come_out_and_properties_hold() -> None:
    outcome = trip_verdicts.reckon(trip_verdicts.Size(trips=24))

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("38 of 38 figures of published cases, 0 of ")


def test_planted_breaches_and_cool_boxes_are_found() -> None:
    outcome = planted_breaches.judge(planted_breaches.Size(trips=80, frauds=20))

    assert outcome.holds, outcome.details
    assert " 0 false, 0 of 24 gaps passed in 80 journeys" in outcome.figure


def test_people_buy_on_without_redis(ground: Ground) -> None:
    outcome = redis_away.take_away(ground, redis_away.Size(seconds=1))

    assert outcome.holds, outcome.details


@pytest.mark.skipif(not foreign.has_hledger(), reason="hledger is not installed")
def test_a_foreign_program_reads_the_same_balances(stocked_database_url: str) -> None:
    outcome = foreign_judge.judge(stocked_database_url, "the sample")

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 differences in ")
    assert outcome.figure.endswith("4 of 4 planted errors seen")


def test_income_stands_however_its_events_arrive(ground: Ground) -> None:
    size = ledger_simulation.Size(seeds=[1], parcels_each=4, examples=500)

    outcome = ledger_simulation.simulate(ground, size)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 failures in 500 splits, 1 seeds with ")


def test_seeds_run_side_by_side_and_each_in_its_own_copy(ground: Ground) -> None:
    size = ledger_simulation.Size(seeds=[1, 2], parcels_each=2, examples=1, lanes=2)

    outcome = ledger_simulation.simulate(ground, size)

    assert outcome.holds, outcome.details
    assert ", 2 seeds with " in outcome.figure


def test_a_storm_brings_everything_at_least_twice(ground: Ground) -> None:
    size = ledger_simulation.Size(seeds=[3], parcels_each=2, examples=1)

    outcome = ledger_simulation.simulate(ground, size)

    told = dict(line.strip().split(": ") for line in outcome.details if ": " in line)
    once = int(told["delivered"]) // len(Way) + int(told["steps"]) // len(Way)
    assert int(told["repeated"]) >= once


def test_a_seed_with_too_few_steps_does_not_count(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ledger_simulation.Size(seeds=[7], parcels_each=1, examples=1, steps_each=200)

    outcome = ledger_simulation.simulate(ground, size)

    assert not outcome.holds
    assert "NAME=ledger-simulation SIZE=full SEED=7 replays it" in capsys.readouterr().out


def test_a_seed_that_breaks_is_told_and_the_others_run(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out = runs.carry_out

    def breaks(engine: Engine, market: Market, plan: Plan, way: Way) -> Run:
        if plan.seed == 1:
            raise LookupError("a step is not there")
        return carry_out(engine, market, plan, way)

    monkeypatch.setattr(runs, "carry_out", breaks)
    size = ledger_simulation.Size(seeds=[1, 2], parcels_each=2, examples=1, lanes=1)

    outcome = ledger_simulation.simulate(ground, size)

    assert outcome.figure.startswith("1 failures in 1 splits, 2 seeds with ")
    assert "a step is not there" in outcome.details[-1]


def test_a_claim_that_is_not_set_off_is_seen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_delivered, "_set_off", lambda *_: [])
    size = ledger_simulation.Size(seeds=[1, 2], parcels_each=8, examples=1, lanes=1)

    outcome = ledger_simulation.simulate(ground, size)

    assert not outcome.holds
    assert any(" stands at " in line for line in outcome.details)


def test_the_splitter_keeps_its_promises_over_ten_thousand_examples() -> None:
    assert splitting.list_broken(10_000, seed=7) == []


def test_no_fen_is_traced_twice(ground: Ground) -> None:
    outcome = no_double_count.count(ground, goods=2)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 fen beyond, 0 missing, 0 amiss in ")


def test_a_trace_that_tells_too_much_is_seen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = own_goods.trace_lines

    def twice(line_id: int, parts: Iterable[Traced], *, sign: int) -> list[Line]:
        lines = once(line_id, parts, sign=sign)
        return [Line(line.account_code, 2 * line.minor) for line in lines]

    monkeypatch.setattr(own_goods, "trace_lines", twice)

    outcome = no_double_count.count(ground, goods=1)

    assert not outcome.holds
    assert " 0 amiss in " not in outcome.figure


def test_an_attacker_with_every_table_gets_at_nobody() -> None:
    outcome = differencing.attack(12)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 of ")


def test_no_fen_is_lost_between_price_and_refund(ground: Ground) -> None:
    size = money_properties.Size(examples=100, naive=100, orders=3)

    outcome = money_properties.reckon(ground, size)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 broken in 100 baskets, 0 fen amiss in 3 orders")


def test_what_is_told_of_shipments_is_well_formed_and_comes_back(settings: Settings) -> None:
    with laid(settings, orders=40) as ground:
        outcome = epcis_roundtrip.compare(ground, settings.epcis_data)

    assert outcome.holds, outcome.details
    assert "0 of " in outcome.figure
