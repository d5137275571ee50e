"""Versions of limits held against each other."""

from collections.abc import Iterable
from dataclasses import fields, replace

from cold_chain.errors import RuleUnknownError
from cold_chain.values import AlarmRule, Difference, Profile, RuleChange

NAMES = frozenset({"code", "version", "rules"})


def differences(before: Profile, after: Profile) -> list[Difference]:
    """Return every figure in which two versions differ; a rule one lacks is None there."""
    found = [
        Difference(one.name, getattr(before, one.name), getattr(after, one.name))
        for one in fields(Profile)
        if one.name not in NAMES and getattr(before, one.name) != getattr(after, one.name)
    ]
    old = {rule.code: rule for rule in before.rules}
    new = {rule.code: rule for rule in after.rules}
    for code in sorted(old.keys() | new.keys()):
        found += _rule_differences(code, old.get(code), new.get(code))
    return found


def with_rules(profile: Profile, changes: Iterable[RuleChange]) -> Profile:
    """Return a profile with other limits; raises `RuleUnknownError` for a rule it lacks."""
    wanted = {one.code: one for one in changes}
    for code in wanted:
        if code not in {rule.code for rule in profile.rules}:
            raise RuleUnknownError(code)
    return replace(
        profile,
        rules=tuple(
            replace(
                rule,
                limit_centi=wanted[rule.code].limit_centi,
                delay_min=wanted[rule.code].delay_min,
            )
            if rule.code in wanted
            else rule
            for rule in profile.rules
        ),
    )


def _rule_differences(
    code: str, old: AlarmRule | None, new: AlarmRule | None
) -> list[Difference]:
    return [
        Difference(
            f"{code}.{one.name}",
            None if old is None else getattr(old, one.name),
            None if new is None else getattr(new, one.name),
        )
        for one in fields(AlarmRule)
        if one.name != "code"
        and (old is None or new is None or getattr(old, one.name) != getattr(new, one.name))
    ]
