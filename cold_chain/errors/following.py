"""Refusals of cases, certificates and new versions of limits."""

from kernel.errors import ConflictError, InvalidError, NotFoundError


class CaseError(ConflictError):
    """An excursion or a gap cannot be followed up like this."""


class CaseNotFoundError(NotFoundError):
    """There is no such excursion or gap."""

    def __init__(self, case_id: int) -> None:
        """Name the case."""
        super().__init__("case_not_found", f"no case {case_id}", case_id=case_id)


class CaseStateError(CaseError):
    """The case stands where this step does not begin."""

    def __init__(self, case_id: int, before: str, after: str) -> None:
        """Name the case and both states."""
        super().__init__(
            "case_state_wrong",
            f"case {case_id} cannot go from {before} to {after}",
            case_id=case_id,
            before=before,
            after=after,
        )


class CauseMissingError(CaseError):
    """An excursion is assessed without a cause."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("cause_missing", "an assessment names a cause")


class ReasonMissingError(CaseError):
    """A decision comes without a reason."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("reason_missing", "a decision names its reason")


class CalibrationError(ConflictError):
    """A certificate cannot be entered like this."""


class CalibrationKnownError(CalibrationError):
    """The certificate is entered already with other words."""

    def __init__(self, certificate: str) -> None:
        """Name the certificate."""
        super().__init__(
            "calibration_known", f"certificate {certificate} is known", certificate=certificate
        )


class CalibrationPeriodError(CalibrationError):
    """A certificate that ends before it begins."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("calibration_period", "a certificate ends after it begins")


class LimitsError(ConflictError):
    """A version of limits cannot be put in force like this."""


class RuleUnknownError(LimitsError):
    """The limits have no such rule."""

    def __init__(self, code: str) -> None:
        """Name the rule."""
        super().__init__("limit_rule_unknown", f"no rule {code}", code=code)


class LimitsDateError(LimitsError):
    """The day is past, or the version before begins later."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("limits_date", "a new version begins on a day to come")


class LimitsUnchangedError(LimitsError):
    """The new version says what the old one says."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("limits_unchanged", "the new version changes nothing")


class LimitsSourceMissingError(LimitsError):
    """Limits without a standard and a clause."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("limits_source_missing", "limits name their standard and clause")


class CalibrationIncompleteError(InvalidError):
    """A certificate lacks a number, a laboratory, a day or a figure."""

    def __init__(self) -> None:
        """Say what is wrong."""
        super().__init__("calibration_incomplete", "a part of the certificate is missing")
