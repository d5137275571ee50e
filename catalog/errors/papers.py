"""Refusals about papers and recognitions."""

from datetime import date

from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PaperNotFoundError(NotFoundError):
    """No paper has this code, or not of this seller."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("paper_not_found", "there is no such certificate")


class PaperKnownError(ConflictError):
    """The seller has handed in a paper of this number already."""

    def __init__(self, number: str) -> None:
        """Name the number."""
        super().__init__("paper_known", f"{number} stands in the register", number=number)


class PaperStepError(ConflictError):
    """A paper in this state cannot become that."""

    def __init__(self, before: str, after: str) -> None:
        """Name both states."""
        super().__init__("paper_step", f"{before} is not followed by {after}", state=before)


class OwnPaperError(ForbiddenError):
    """Nobody reviews what they or their organisation handed in."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("own_paper", "nobody reviews papers of their own")


class LotFailedError(ConflictError):
    """A laboratory found the lot unfit; it stays off the shelf."""

    def __init__(self, code: str) -> None:
        """Name the lot."""
        super().__init__("lot_failed_test", f"lot {code} failed a test", lot=code)


class ApplicationNotFoundError(NotFoundError):
    """No application has this code, or not for whoever asks."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("application_not_found", "there is no such application")


class ApplicationStepError(ConflictError):
    """An application in this state cannot become that."""

    def __init__(self, before: str, after: str) -> None:
        """Name both states."""
        super().__init__(
            "application_step", f"{before} is not followed by {after}", state=before
        )


class ApplicationOpenError(ConflictError):
    """An application for the product is under way."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("application_open", "an application for it is under way")


class OwnApplicationError(ForbiddenError):
    """Nobody reviews the application of an organisation they work for."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("own_application", "nobody reviews applications of their own")


class SameReviewerError(ForbiddenError):
    """One person has taken another step of this application already."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("same_reviewer", "another person has to take this step")


class OtherRegionError(ForbiddenError):
    """The application is looked at by another office."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("region_not_yours", "this place is outside your region")


class NoticeRunningError(ConflictError):
    """The public notice has not ended."""

    def __init__(self, until: date) -> None:
        """Say until when it runs."""
        super().__init__("recognition_on_notice", f"the notice runs until {until}", day=until)


class ObjectionOpenError(ConflictError):
    """An objection waits for its answer."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("objection_open", "an objection waits for its answer")


class NoticeOverError(ConflictError):
    """Objections are taken while the notice runs."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("notice_over", "the notice is not running")


class ValueTooLowError(InvalidError):
    """The goods of a year are worth less than recognition asks for."""

    def __init__(self, minimum: int) -> None:
        """Say how much it has to be."""
        super().__init__(
            "application_value_low", "worth too little", minimum_yuan=minimum // 100
        )
