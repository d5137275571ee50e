"""The header under which a command may be repeated."""

from shop.api.schemas.fields import Shape, text

KEY = r"^[A-Za-z0-9_-]+$"
HEADER = "Idempotency-Key"
ABOUT = (
    "A fresh random value for each command, such as a UUID, and the same again when repeating "
    "it: the first answer comes back, and `Idempotent-Replayed` says `true`. The key counts "
    "for its caller alone, and 30 days unless the operator sets another term. A refusal "
    "changes nothing and leaves the key free."
)


class OptionalKey(Shape):
    """A key for commands that change nothing, or that their content makes harmless."""

    idempotency_key = text(
        64,
        minimum=16,
        pattern=KEY,
        data_key=HEADER,
        metadata={"description": f"{ABOUT} May be left out here: repeating changes nothing."},
    )


class IdempotencyHeader(Shape):
    """The key under which a command may be repeated."""

    idempotency_key = text(
        64,
        minimum=16,
        pattern=KEY,
        required=True,
        data_key=HEADER,
        metadata={
            "description": f"{ABOUT} For a guest it is a secret: whoever knows it and the body "
            "gets the answer."
        },
    )
