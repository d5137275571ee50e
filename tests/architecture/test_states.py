"""The drawings of states say what the tables of transitions say: no step more, none less."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from catalog.values import CHANGE_STEPS
from catalog.values.papers import PAPER_STEPS
from catalog.values.recognition import APPLICATION_STEPS
from cold_chain.rules.cases import EXCURSION_STEPS, GAP_STEPS
from cold_chain.rules.clocks import CORRECTION_STEPS
from cold_chain.rules.states import TRANSITIONS
from orders.rules import GROUP_STEPS, ORDER_STEPS
from orders.rules.claims import CLAIM_STEPS
from payments.rules.buyers import DISPUTE_STEPS, PAYMENT_STEPS, REFUND_STEPS

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
DRAWING = re.compile(
    r"^## ([^\n]+)\n.*?```mermaid\nstateDiagram-v2\n(.*?)```", re.DOTALL | re.MULTILINE
)
STEP = re.compile(r" {4}(\w+) --> (\w+)")
TABLES: dict[str, Mapping[Any, frozenset[Any]]] = {
    "order group": GROUP_STEPS,
    "seller order": ORDER_STEPS,
    "payment attempt": PAYMENT_STEPS,
    "refund": REFUND_STEPS,
    "dispute": DISPUTE_STEPS,
    "claim": CLAIM_STEPS,
    "certificate": PAPER_STEPS,
    "recognition": APPLICATION_STEPS,
    "listing": CHANGE_STEPS,
    "shipment": TRANSITIONS,
    "excursion": EXCURSION_STEPS,
    "gap": GAP_STEPS,
    "clock correction": CORRECTION_STEPS,
}


def drawn() -> dict[str, list[tuple[str, str]]]:
    found = {}
    for name, drawing in DRAWING.findall(PAGE.read_text()):
        steps = [STEP.fullmatch(line) for line in drawing.splitlines()]
        assert all(steps), f"a line of {name} is no step"
        found[name] = [(step[1], step[2]) for step in steps if step]
    return found


def test_every_table_is_drawn() -> None:
    assert list(drawn()) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_drawing_shows_exactly_the_steps_of_its_table(name: str) -> None:
    steps = drawn()[name]

    assert len(steps) == len(set(steps))
    assert set(steps) == {
        (str(state), str(after)) for state, afters in TABLES[name].items() for after in afters
    }
