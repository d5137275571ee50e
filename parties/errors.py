"""Refusals about people and organisations."""

from kernel.errors import ConflictError, ForbiddenError, NotFoundError


class SignInRefusedError(ForbiddenError):
    """Login or password is wrong; which of the two is not said."""

    def __init__(self) -> None:
        """Speak in one sentence for both causes."""
        super().__init__("sign_in_refused", "login or password is wrong")


class LoginTakenError(ConflictError):
    """The login belongs to somebody else."""

    def __init__(self, login: str) -> None:
        """Name the login that is taken."""
        super().__init__("login_taken", f"the login {login} is taken", login=login)


class OrganisationNotFoundError(NotFoundError):
    """No organisation has this code."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("organisation_not_found", f"no organisation {code}", code=code)
