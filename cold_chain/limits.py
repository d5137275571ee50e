"""Limit profiles as the rules read them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from cold_chain.models import LifeModelRow, LifePointRow, LimitProfile, LimitRule
from cold_chain.values import AlarmRule, LifeModel, LifePoint, Profile

ProfileKey = tuple[str, int]


def load_profiles(session: Session, keys: Iterable[ProfileKey]) -> dict[ProfileKey, Profile]:
    """Return profile versions with their rules in one statement."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = session.execute(
        select(LimitProfile, LimitRule)
        .outerjoin(
            LimitRule,
            (LimitRule.profile_code == LimitProfile.code)
            & (LimitRule.profile_version == LimitProfile.version),
        )
        .where(tuple_(LimitProfile.code, LimitProfile.version).in_(wanted))
        .order_by(LimitProfile.code, LimitProfile.version, LimitRule.code)
    )
    heads: dict[ProfileKey, LimitProfile] = {}
    rules: defaultdict[ProfileKey, list[AlarmRule]] = defaultdict(list)
    for row in found:
        key = (row[0].code, row[0].version)
        heads[key] = row[0]
        rule: LimitRule | None = row[1]
        if rule is not None:
            rules[key].append(_rule(rule))
    return {key: _profile(head, tuple(rules[key])) for key, head in heads.items()}


@dataclass(frozen=True, slots=True)
class LifeRow:
    """A model of shelf life and when it is asked."""

    model: LifeModel
    effective_from: date
    effective_to: date | None


class LifeLibrary:
    """The models of shelf life for goods of some profiles."""

    def __init__(self, rows: Mapping[str, Sequence[LifeRow]]) -> None:
        """Keep the models by profile code."""
        self._rows = rows

    def on(self, profile_code: str, day: date) -> tuple[LifeModel, ...]:
        """Return the newest version of every model in force for a profile on a day."""
        newest: dict[str, LifeModel] = {}
        for row in self._rows.get(profile_code, ()):
            if row.effective_from <= day and (
                row.effective_to is None or day <= row.effective_to
            ):
                newest[row.model.code] = row.model
        return tuple(newest.values())


def load_life(session: Session, profile_codes: Iterable[str]) -> LifeLibrary:
    """Return all models of shelf life for goods of some profiles, in two statements."""
    heads = session.scalars(
        select(LifeModelRow)
        .where(LifeModelRow.profile_code.in_(sorted(set(profile_codes))))
        .order_by(LifeModelRow.code, LifeModelRow.version)
    ).all()
    points: defaultdict[ProfileKey, list[LifePoint]] = defaultdict(list)
    if heads:
        for point in session.scalars(
            select(LifePointRow)
            .where(LifePointRow.model_code.in_({one.code for one in heads}))
            .order_by(LifePointRow.centi)
        ):
            points[point.model_code, point.model_version].append(
                LifePoint(point.centi, point.q10_permille, point.life_min)
            )
    rows: defaultdict[str, list[LifeRow]] = defaultdict(list)
    for head in heads:
        model = _life_model(head, tuple(points[head.code, head.version]))
        rows[head.profile_code].append(LifeRow(model, head.effective_from, head.effective_to))
    return LifeLibrary(rows)


def _life_model(row: LifeModelRow, points: tuple[LifePoint, ...]) -> LifeModel:
    return LifeModel(
        code=row.code,
        version=row.version,
        kind=row.kind,
        role=row.role,
        reference_centi=row.reference_centi,
        life_min=row.life_min,
        joule_per_mole=row.joule_per_mole,
        tested_from_centi=row.tested_from_centi,
        tested_to_centi=row.tested_to_centi,
        points=points,
    )


def _rule(row: LimitRule) -> AlarmRule:
    return AlarmRule(
        code=row.code,
        side=row.side,
        limit_centi=row.limit_centi,
        mode=row.mode,
        delay_min=row.delay_min,
        includes_limit=row.includes_limit,
        severity=row.severity,
    )


def _profile(row: LimitProfile, rules: tuple[AlarmRule, ...]) -> Profile:
    return Profile(
        code=row.code,
        version=row.version,
        rules=rules,
        dose_limit_centi=row.dose_limit_centi,
        target_lower_centi=row.target_lower_centi,
        target_upper_centi=row.target_upper_centi,
        precool_centi=row.precool_centi,
        refuse_above_centi=row.refuse_above_centi,
        startup_ignore_min=row.startup_ignore_min,
        hysteresis_centi=row.hysteresis_centi,
        gap_factor_permille=row.gap_factor_permille,
        max_gap_min=row.max_gap_min,
        min_coverage_permille=row.min_coverage_permille,
        door_grace_min=row.door_grace_min,
        door_delay_min=row.door_delay_min,
        mkt_joule_per_mole=row.mkt_joule_per_mole,
    )
