"""Limit profiles as the rules read them."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from cold_chain.models import LimitProfile, LimitRule
from cold_chain.values import AlarmRule, Profile

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
