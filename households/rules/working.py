"""Write a calculation down as plain figures that can be kept, and read them again."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from households.values import Division, Figure, FormulaStep, Op, Unit


def steps_of(steps: Sequence[FormulaStep]) -> list[dict[str, Any]]:
    """Return the steps of a calculation as plain figures; fractions stay exact."""
    return [
        {
            "name": step.name,
            "op": step.op.value,
            "figures": [_plain(figure) for figure in step.figures],
            "result": _plain(step.result),
        }
        for step in steps
    ]


def read_steps(figures: Mapping[str, Any]) -> list[FormulaStep]:
    """Return the steps that were written down, none where there were none."""
    return [
        FormulaStep(
            step["name"],
            Op(step["op"]),
            [_figure(figure) for figure in step["figures"]],
            _figure(step["result"]),
        )
        for step in figures.get("steps", ())
    ]


def common_steps(steps: Sequence[FormulaStep], **minors: int) -> dict[str, Any]:
    """Return what all shares have in common: the steps to the pot and its parts in fen."""
    return {**minors, "steps": steps_of(steps)}


def parts_of(division: Division) -> dict[str, dict[str, Any]]:
    """Return each party's part: the pot, the weights, the exact quota, the fen."""
    whole = str(sum((one.weight for one in division.parts.values()), Fraction(0)))
    return {
        code: {
            "pot_minor": division.minor,
            "weight": str(part.weight),
            "weights": whole,
            "parties": len(division.parts),
            "quota": str(part.quota),
            "minor": part.minor,
            "extra": part.extra,
        }
        for code, part in division.parts.items()
    }


def _plain(figure: Figure) -> list[str]:
    return [str(figure.value), figure.unit.value]


def _figure(plain: Sequence[str]) -> Figure:
    return Figure(Fraction(plain[0]), Unit(plain[1]))
