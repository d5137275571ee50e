"""The search for planted people visits everything, and sees what leaks."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response, request

from shop.app import create_app
from shop.proof.experiments import canaries, privacy_canary
from shop.proof.experiments.privacy_canary import Share, Size
from shop.proof.ground.databases import Ground, laid
from shop.settings import Settings

pytestmark = pytest.mark.timeout(300)

SMALL = Size(pages=0, orders=6, logins=("village",))


@pytest.fixture(scope="module")
def traded(settings: Settings) -> Iterator[Ground]:
    """The goods of the sample with some past orders."""
    with laid(settings, orders=SMALL.orders) as made:
        yield made


def test_nobody_else_sees_who_was_planted(traded: Ground) -> None:
    outcome = privacy_canary.search(traded, SMALL)

    assert outcome.holds, outcome.details
    assert outcome.figure.startswith("0 found in ")


def test_a_page_that_leaks_is_seen(traded: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(settings: Settings) -> Flask:
        app = create_app(settings)

        @app.after_request
        def leak(response: Response) -> Response:
            if request.path == "/villages":
                response.set_data(f"{response.get_data(as_text=True)}{canaries.IDENTITY.phone}")
            return response

        return app

    monkeypatch.setattr(privacy_canary, "create_app", leaking)

    outcome = privacy_canary.search(traded, SMALL)

    assert not outcome.holds
    assert any("GET /villages" in line for line in outcome.details if line.startswith("LEAK"))


def test_the_roles_share_what_they_do_not_all_ask_for() -> None:
    shares = [Share(turn, 13) for turn in range(13)]

    assert all(sum(share.holds(number) for share in shares) == 1 for number in range(200))
    assert all(Share().holds(number) for number in range(200))
