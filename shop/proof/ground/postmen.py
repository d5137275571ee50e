"""Who brings a provider's messages: over many connections, shuffled, genuine and forged."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from shop.proof.ground.stripe_fake import sign
from shop.proof.ground.stripe_shop import HOOK, OTHER_SECRET, SECRET

CONNECTIONS: Final = 20
TIMEOUT_SECONDS, TRIES = 30, 20
TOO_OLD_SECONDS = 301
TOO_EARLY_SECONDS = 301 + TIMEOUT_SECONDS
"""Still to come when the answer is the slowest; the bound itself is tried in the tests."""
PAUSE_SECONDS = 0.2
TAKEN: Final = 200
BUSY: Final = 503
REFUSED: Final = frozenset({400, 422})
FORGED_PREFIX: Final = "evt_forged_"


class Forgery(StrEnum):
    """The six ways in which a message pretends."""

    SECRET = "another secret"  # noqa: S105 -- the name of a forgery
    BODY = "the body changed"
    OLD = "a moment long past"
    FUTURE = "a moment to come"
    MISSING = "no signature"
    SCHEME = "another scheme"


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery as it is sent."""

    body: str
    forgery: Forgery | None = None

    def header(self) -> str | None:
        """Return the signature, good or not."""
        if self.forgery is Forgery.MISSING:
            return None
        skew = {Forgery.OLD: -TOO_OLD_SECONDS, Forgery.FUTURE: TOO_EARLY_SECONDS}
        at = int(time.time()) + (skew.get(self.forgery, 0) if self.forgery else 0)
        secret = OTHER_SECRET if self.forgery is Forgery.SECRET else SECRET
        signed = f"{self.body} " if self.forgery is Forgery.BODY else self.body
        header = sign(signed, secret, at=at)
        return header.replace("v1=", "v0=") if self.forgery is Forgery.SCHEME else header


def forge(event: dict[str, Any], place: int) -> Letter:
    """Return a message that pretends to be another one, in one of the six ways."""
    forgery = list(Forgery)[place % len(Forgery)]
    body = json.dumps(event | {"id": f"{FORGED_PREFIX}{place}"})
    return Letter(body, forgery)


@dataclass(slots=True)
class Answers:
    """What was answered, and how long it took."""

    genuine: Counter[int] = field(default_factory=Counter)
    forged: Counter[str] = field(default_factory=Counter)
    """By the way of forging, `refused` or the status."""
    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    put_off: int = 0
    """How often the shop asked for patience; the provider sends such a message again."""

    @property
    def accepted_forgeries(self) -> int:
        """Return how many forged messages were not refused."""
        return sum(n for name, n in self.forged.items() if not name.endswith("refused"))


def deliver(port: int, letters: Sequence[Letter]) -> Answers:
    """Send letters over twenty connections, each as fast as it is answered."""
    answers = Answers()
    shares = [letters[place::CONNECTIONS] for place in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for some in pool.map(lambda share: _carry(port, share), shares):
            answers.genuine += some.genuine
            answers.forged += some.forged
            answers.seconds += some.seconds
            answers.lost += some.lost
            answers.put_off += some.put_off
    return answers


def _carry(port: int, letters: Sequence[Letter]) -> Answers:
    answers = Answers()
    line = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    for letter in letters:
        started = time.monotonic()
        status, line = _send(port, line, letter, answers)
        answers.seconds.append(time.monotonic() - started)
        if letter.forgery is None:
            answers.genuine[status] += 1
        else:
            word = "refused" if status in REFUSED else str(status)
            answers.forged[f"{letter.forgery}: {word}"] += 1
    line.close()
    return answers


def _send(
    port: int, line: HTTPConnection, letter: Letter, answers: Answers
) -> tuple[int, HTTPConnection]:
    """Send until somebody answers, as the provider does; a new line where the old one broke."""
    for _ in range(TRIES):
        header = letter.header()
        headers = {"Content-Type": "application/json"}
        if header is not None:
            headers["Stripe-Signature"] = header
        try:
            line.request("POST", HOOK, letter.body.encode(), headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, HTTPException):
            answers.lost += 1
            line.close()
            line = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
            continue
        if answer.status == BUSY:
            answers.put_off += 1
            time.sleep(PAUSE_SECONDS)
            continue
        return answer.status, line
    return 0, line
