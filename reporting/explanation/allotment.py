"""Read the period close behind an entitlement, and work the share out anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Allotment as AllotmentTable
from households.models import AllotmentDocument, AllotmentWorking
from households.rules.explained import SplitPart, part_of
from households.rules.working import read_steps
from households.values import FormulaStep, Op, PartyKind
from kernel.money import round_half_up
from reporting.explanation.values import Allotment
from reporting.explanation.veil import DIVIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose share of which allotment."""

    allotment_id: int
    contract_version_id: int
    party_kind: PartyKind
    party_code: str
    amount_minor: int


def read(session: Session, wanted: Wanted) -> Allotment:
    """Return the allotment with the share worked out from all weights; three statements."""
    row = session.get_one(AllotmentTable, wanted.allotment_id)
    kept = session.execute(
        select(
            AllotmentWorking.party_kind,
            AllotmentWorking.party_code,
            AllotmentWorking.contract_version_id,
            AllotmentWorking.figures,
        ).where(AllotmentWorking.allotment_id == wanted.allotment_id)
    ).all()
    figures: Mapping[str, Any] = next(
        (
            one.figures
            for one in kept
            if (one.party_kind, one.party_code, one.contract_version_id)
            == (wanted.party_kind, wanted.party_code, wanted.contract_version_id)
        ),
        {},
    )
    splits = _splits(wanted, [(one.party_code, one.figures) for one in kept], figures)
    titles = session.scalars(
        select(AllotmentDocument.title)
        .where(AllotmentDocument.allotment_id == wanted.allotment_id)
        .order_by(AllotmentDocument.id)
    )
    return Allotment(
        code=row.code,
        period_from=row.period_from,
        period_to=row.period_to,
        body=row.body,
        decided_on=row.decided_on,
        notice_from=row.notice_from,
        notice_until=row.notice_until,
        finalised_at=row.finalised_at,
        total_minor=row.total_minor,
        households=len(
            {one.party_code for one in kept if one.party_kind is PartyKind.HOUSEHOLD}
        ),
        documents=list(titles),
        common=row.basis.get("common", {}),
        figures=figures,
        splits=splits,
        own_weights={name: part.weight for name, part in splits.items()},
        computed_minor=_computed(splits, figures, wanted.amount_minor),
    )


def _splits(
    wanted: Wanted,
    kept: Sequence[tuple[str, Mapping[str, Any]]],
    own: Mapping[str, Any],
) -> Mapping[str, SplitPart]:
    """Divide each pot anew over everybody's weights, of which only the sum leaves here."""
    splits = {}
    for name in DIVIDED:
        if own.get(name):
            weights = {
                code: Fraction(figures[name]["weight"])
                for code, figures in kept
                if figures.get(name)
            }
            pot_minor = int(own[name]["pot_minor"])
            splits[name] = part_of(pot_minor, list(weights.items()), wanted.party_code)
    return splits


def _computed(
    splits: Mapping[str, SplitPart], figures: Mapping[str, Any], stored_minor: int
) -> int:
    """Return what pots or steps give; a village's remainder has neither and stands as is."""
    if splits:
        return sum(split.minor for split in splits.values())
    steps = read_steps(figures)
    return round_half_up(_again(steps[-1])) if steps else stored_minor


def _again(step: FormulaStep) -> Fraction:
    """Carry one step out anew."""
    values = [figure.value for figure in step.figures]
    result = values[0]
    for value in values[1:]:
        if step.op is Op.TIMES:
            result *= value
        elif step.op is Op.PLUS:
            result += value
        elif step.op is Op.MINUS:
            result -= value
        else:
            result = max(result, value) if step.op is Op.GREATEST else min(result, value)
    return result
