"""Who may look at an identity, for what, and what of it they see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from households.values import (
    Capacity,
    Identity,
    IdentityField,
    LookerKind,
    LookPolicy,
    Purpose,
    Reason,
)
from kernel.errors import ForbiddenError, InvalidError
from kernel.masking import mask_name, mask_number, mask_phone

LOOKS_CEILING = 25
"""Half of the number of records from which the criminal law counts; no policy goes above it."""

MIN_WORDS, MAX_WORDS = 4, 500


def look_policy(per_hour: Any, purposes: Iterable[Mapping[str, Any]] | None) -> LookPolicy:
    """Return the numbers in force, never laxer than the ceiling."""
    limit = LOOKS_CEILING if per_hour is None else max(0, min(int(per_hour), LOOKS_CEILING))
    return LookPolicy(
        looks_per_hour=limit,
        purposes={
            entry["code"]: Purpose(
                code=entry["code"],
                name=entry["name"],
                name_en=entry["name_en"],
                kinds=frozenset(LookerKind(kind) for kind in entry["kinds"]),
            )
            for entry in purposes or ()
        },
    )


def choose_capacity(
    reason: Reason, in_force: LookPolicy, capacities: Sequence[Capacity]
) -> Capacity:
    """Return the first right that covers the purpose; raises for none, or for no reason."""
    if not capacities:
        raise ForbiddenError("household_not_yours", "this household is not yours to look at")
    purpose = in_force.purposes.get(reason.purpose)
    if purpose is None:
        raise InvalidError("look_without_purpose", "a purpose of the list is needed")
    if not MIN_WORDS <= len(reason.words.strip()) <= MAX_WORDS:
        raise InvalidError(
            "look_without_words",
            f"say why in {MIN_WORDS} to {MAX_WORDS} characters",
            minimum=MIN_WORDS,
            maximum=MAX_WORDS,
        )
    for capacity in capacities:
        if capacity.kind in purpose.kinds:
            return capacity
    raise ForbiddenError("purpose_not_yours", "this purpose is not one of your role's")


def masked(identity: Identity, shown: frozenset[IdentityField] = frozenset()) -> Identity:
    """Return an identity with every field masked that is not shown in full."""

    def part(field: IdentityField, value: str | None) -> str | None:
        if value is None or field in shown:
            return value
        if field is IdentityField.PHONE:
            return mask_phone(value)
        return mask_name(value) if field is IdentityField.NAME else mask_number(value)

    return Identity(
        name=part(IdentityField.NAME, identity.name) or "",
        phone=part(IdentityField.PHONE, identity.phone),
        id_number=part(IdentityField.ID_NUMBER, identity.id_number),
        bank_account=part(IdentityField.BANK_ACCOUNT, identity.bank_account),
    )
