"""The runner's last line and exit code tell whether a goal holds."""

import pytest

from shop.proof import runner
from shop.proof.runner import Kind, NamedRun, Outcome
from shop.settings import Settings


@pytest.mark.parametrize("holds", [True, False])
def test_the_last_line_carries_figure_and_goal(
    capsys: pytest.CaptureFixture[str], *, holds: bool
) -> None:
    outcome = Outcome("hello", "3 of 3", "3 of 3", holds, ("counted three",))
    named = NamedRun(Kind.BENCH, "hello", "says hello", lambda _settings: outcome)

    result = runner.carry_out(named, Settings())

    lines = capsys.readouterr().out.splitlines()
    assert result is holds
    assert lines[0] == "counted three"
    assert lines[-1].startswith("hello: 3 of 3 (goal 3 of 3)")
    assert lines[-1].endswith("NOT MET") is not holds


def test_a_name_is_registered_once() -> None:
    def claim(settings: Settings) -> Outcome:
        """Show nothing."""
        del settings
        return Outcome("x", "0", "0", holds=True)

    runner.run_named(Kind.EXPERIMENT, "registered-once")(claim)

    with pytest.raises(ValueError, match="twice"):
        runner.run_named(Kind.EXPERIMENT, "registered-once")(claim)
