"""What a process remembers for some seconds."""

from collections.abc import Callable

import pytest

from shop.storefront import memory
from shop.storefront.memory import Memory


class Watch:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_figure_is_remembered_until_it_is_too_old() -> None:
    watch = Watch()
    kept = Memory(30, watch)

    first = kept.recall("key", lambda: "old")
    watch.now = 29.9
    remembered = kept.recall("key", lambda: "new")
    watch.now = 30
    later = kept.recall("key", lambda: "new")

    assert (first, remembered, later) == ("old", "old", "new")


def test_keys_are_kept_apart() -> None:
    kept = Memory(30, Watch())

    assert kept.recall("a", lambda: 1) == 1
    assert kept.recall("b", lambda: 2) == 2


def test_zero_seconds_remember_nothing() -> None:
    kept = Memory(0)
    kept.recall("key", lambda: "old")

    assert kept.recall("key", lambda: "new") == "new"


def test_the_least_used_goes_first() -> None:
    kept = Memory(30, Watch())
    kept.recall("used", lambda: 1)
    for number in range(memory.ENTRIES - 1):
        kept.recall(number, lambda: 0)
    kept.recall("used", lambda: 2)
    kept.recall("one more", lambda: 0)

    assert kept.recall("used", lambda: 3) == 1
    assert kept.recall(0, lambda: 4) == 4


def test_what_may_be_old_is_made_anew_once_and_aside() -> None:
    watch = Watch()
    kept = Memory(30, watch)
    begun: list[Callable[[], object]] = []

    def ask(value: str) -> str:
        return kept.recall_old("key", lambda: value, begun.append)

    first = ask("old")
    watch.now = 31
    meanwhile = [ask("new"), ask("newer")]
    for work in begun:
        work()

    assert (first, meanwhile, len(begun)) == ("old", ["old", "old"], 1)
    assert ask("newest") == "new"


def test_a_making_that_failed_is_tried_again() -> None:
    watch = Watch()
    kept = Memory(30, watch)
    begun: list[Callable[[], object]] = []
    kept.recall_old("key", lambda: 1, begun.append)
    watch.now = 31
    kept.recall_old("key", lambda: 1 // 0, begun.append)
    with pytest.raises(ZeroDivisionError):
        begun[0]()
    kept.recall_old("key", lambda: 2, begun.append)

    assert len(begun) == 2
