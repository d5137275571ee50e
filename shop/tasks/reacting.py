"""Makes a task of a function that reacts to one kind of fact."""

from collections.abc import Callable
from typing import Any, TypeVar

from celery import Task, shared_task

from kernel import facts
from kernel.facts import Fact

F = TypeVar("F", bound=Fact)


def reaction(kind: type[F]) -> Callable[[Callable[[F], None]], Task[[dict[str, Any]], None]]:
    """Register a function as the task that reacts to facts of one kind.

    The function opens its own units of work and may be called for the same fact again.
    """

    def decorate(function: Callable[[F], None]) -> Task[[dict[str, Any]], None]:
        @shared_task(name=f"{function.__module__}.{function.__name__}")
        def react(payload: dict[str, Any]) -> None:
            fact = facts.rebuild(kind.__name__, payload)
            if not isinstance(fact, kind):
                raise TypeError(f"{function.__name__} reacts to {kind.__name__} only")
            function(fact)

        react.__doc__ = function.__doc__
        return react

    return decorate
