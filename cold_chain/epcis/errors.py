"""Refusals of the exchange of events with partners."""

from collections.abc import Iterable

from cold_chain.epcis.problems import Problem
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DocumentUnreadableError(InvalidError):
    """What was handed in is no JSON that could be kept."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__("epcis_unreadable", f"cannot be read: {reason}", reason=reason)


class DocumentRefusedError(InvalidError):
    """A document of events, or events of it, are not as they must be."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Remember everything that is wrong."""
        self.problems = tuple(problems)
        super().__init__(
            "epcis_refused",
            f"{len(self.problems)} things are wrong",
            problems=len(self.problems),
        )


class Gs1PrefixMissingError(ConflictError):
    """Nobody was given a company prefix, so nothing can be named for partners."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("gs1_prefix_missing", "no company prefix is registered")


class Gs1NumbersUsedUpError(ConflictError):
    """The company prefix has no number of a kind left."""

    def __init__(self, kind: str) -> None:
        """Name the kind."""
        super().__init__("gs1_numbers_used_up", f"no {kind} is left", kind=kind)


class ClientKeyWrongError(ForbiddenError):
    """The key is unknown, wrong or was taken back."""

    def __init__(self) -> None:
        """Tell no more than needed."""
        super().__init__("epcis_key_wrong", "the key does not fit")


class QueryNotFoundError(NotFoundError):
    """There is no question of that name."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__("epcis_query_not_found", f"no query {name}", name=name)


class QueryNameTakenError(ConflictError):
    """Another question has the name."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__("epcis_query_name_taken", f"{name} is taken", name=name)


class QueryInUseError(ConflictError):
    """Somebody is told the answers to the question."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__("epcis_query_in_use", f"{name} has subscriptions", name=name)
