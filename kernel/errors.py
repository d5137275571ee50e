"""The four kinds of refusal, each with a stable code and a sentence a person can act on."""


class ShanjiError(Exception):
    """A refusal: `code` is stable snake_case, `params` fill the translated sentence."""

    def __init__(self, code: str, message: str, /, **params: object) -> None:
        """Remember the code, the English sentence and the values it speaks of."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params


class NotFoundError(ShanjiError):
    """The thing asked for does not exist, or not for this caller."""


class ConflictError(ShanjiError):
    """The request is well formed but the present state forbids it."""


class ForbiddenError(ShanjiError):
    """The caller may not do this."""


class InvalidError(ShanjiError):
    """The input cannot be accepted; the sentence says what to change."""
