"""What a POST of the interface is made of, and how it proves itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Headers = Callable[[bytes], Mapping[str, str]]


def nothing(_body: bytes) -> Mapping[str, str]:
    """Prove nothing: a browser's session does."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A request that is carried out, another one, and the table that tells how often."""

    path: str
    body: Any
    """A value of JSON, or bytes of another form."""
    other: Any
    table: str
    login: str = ""
    login_too: str = ""
    """Somebody else who may do the same."""
    prove: Headers = field(default=nothing)
    is_final: bool = False
    """Whether it can be done once only, whoever does it under whatever key."""

    asks_first: bool = False
    """Whether somebody else is asked before it is written, whom no crash makes forget."""
    other_path: str = ""
    """Where the other request goes, if not to the same address."""

    media_type: str = "application/json"

    def written(self, body: Any) -> bytes:
        """Return a body as it is sent."""
        return body if isinstance(body, bytes) else json.dumps(body).encode()
