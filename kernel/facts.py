"""Facts in the past tense, and the registry that turns them to rows and back."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened and cannot be refused any more; payloads are JSON primitives."""

    occurred_at: datetime

    registered: ClassVar[dict[str, type["Fact"]]] = {}

    def payload(self) -> dict[str, Any]:
        """Return the fact's values as JSON primitives."""
        plain: dict[str, Any] = msgspec.to_builtins(asdict(self))
        return plain


F = TypeVar("F", bound=Fact)


def fact(cls: type[F]) -> type[F]:
    """Register a fact class under its own name so that the outbox can rebuild it."""
    Fact.registered[cls.__name__] = cls
    return cls


def rebuild(name: str, payload: dict[str, Any]) -> Fact:
    """Turn a stored payload back into its fact; raises `KeyError` for an unknown name."""
    cls = Fact.registered[name]
    known = {field.name for field in fields(cls)}
    chosen = {key: value for key, value in payload.items() if key in known}
    return msgspec.convert(chosen, cls, strict=False)
