"""Pure decisions about recognising a product: who looks next, who may, what a code is."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from catalog.errors.papers import (
    ApplicationStepError,
    OtherRegionError,
    OwnApplicationError,
    SameReviewerError,
    ValueTooLowError,
)
from catalog.values import RecognitionStatus
from catalog.values.recognition import (
    APPLICATION_STEPS,
    REVIEWS,
    ApplicationForm,
    ApplicationState,
    Period,
    Reviewer,
    Terms,
)
from kernel.errors import InvalidError

MAX_TEXT = 120
MAX_NOTE = 1_000
MAX_MINOR = 10**15
MAX_KG = 10**10
MAX_HOUSEHOLDS = 100_000
PROVINCE_DIGITS = 2
FEBRUARY_END = 28


def check_form(form: ApplicationForm, terms: Terms) -> None:
    """Refuse a form with an empty field, a sum that is none, or goods worth too little."""
    texts = (form.spec, form.supply_period, form.licence_number, form.test_report_number)
    if any(not text.strip() or len(text) > MAX_TEXT for text in texts):
        raise InvalidError("application_untold", "every field is filled in", maximum=MAX_TEXT)
    sums = (form.unit_price_minor, form.product_value_minor)
    if any(not 0 < minor <= MAX_MINOR for minor in sums) or form.average_gain_minor < 0:
        raise InvalidError("application_sums_unfit", "sums are above zero")
    if not 0 < form.yearly_output_kg <= MAX_KG or form.average_gain_minor > MAX_MINOR:
        raise InvalidError("application_sums_unfit", "sums are above zero")
    driven = (form.households_lifted, form.households_monitored)
    if any(not 0 <= count <= MAX_HOUSEHOLDS for count in driven) or not sum(driven):
        raise InvalidError("application_without_households", "it drives households")
    if form.product_value_minor < terms.min_value_minor:
        raise ValueTooLowError(terms.min_value_minor)


def offices_of(terms: Terms, *, has_township: bool) -> list[ApplicationState]:
    """Return who looks at an application, in order; without a township the county begins."""
    return [
        office
        for office in REVIEWS
        if office in terms.offices and (has_township or office is not ApplicationState.TOWNSHIP)
    ]


def after(state: ApplicationState, offices: Sequence[str]) -> ApplicationState:
    """Return what follows when an office agrees: the next office, or the public notice."""
    later = list(offices)[list(offices).index(state.value) + 1 :]
    return ApplicationState(later[0]) if later else ApplicationState.PUBLICITY


def check_step(before: ApplicationState, wanted: ApplicationState, note: str) -> None:
    """Refuse a step that is not drawn, and a refusal or suspension without its reason."""
    if wanted not in APPLICATION_STEPS[before]:
        raise ApplicationStepError(before, wanted)
    if len(note) > MAX_NOTE:
        raise InvalidError("note_too_long", "the note is too long", maximum=MAX_NOTE)
    if wanted in {ApplicationState.REJECTED, ApplicationState.SUSPENDED} and not note.strip():
        raise InvalidError("reason_missing", "say why")


def check_reviewer(
    who: Reviewer,
    *,
    office: ApplicationState,
    district: str,
    township: str | None,
    seller: str,
    taken_by: Collection[int],
) -> None:
    """Refuse an official of another place, the applicant's own people, and a second step.

    The township's own officials look as township, the district's as county, the city's
    reviewers as city; a wider region does not stand in for a narrower one.
    """
    if office is ApplicationState.TOWNSHIP:
        is_theirs = township in who.regions
    elif office is ApplicationState.CITY:
        is_theirs = any(district.startswith(city) for city in who.cities)
    else:
        is_theirs = district in who.regions
    if not is_theirs:
        raise OtherRegionError
    if seller in who.organisations:
        raise OwnApplicationError
    if who.person_id in taken_by:
        raise SameReviewerError


def period_of(begins: date, years: int) -> Period:
    """Return from when to when a recognition holds, both days included."""
    try:
        ends = begins.replace(year=begins.year + years)
    except ValueError:
        ends = begins.replace(year=begins.year + years, day=FEBRUARY_END) + timedelta(days=1)
    return Period(begins, ends - timedelta(days=1))


def code_of(district: str, year: int, serial: int) -> str:
    """Return the code of a recognition: district, year, serial."""
    return f"BF-{district}-{year}-{serial:04d}"


SHOWN = {
    **dict.fromkeys(REVIEWS, RecognitionStatus.PENDING),
    ApplicationState.PUBLICITY: RecognitionStatus.PUBLICITY,
    ApplicationState.REJECTED: RecognitionStatus.REJECTED,
    ApplicationState.WITHDRAWN: RecognitionStatus.NONE,
}
"""What a product's page says while nothing is decided."""
UNDECIDED = frozenset(
    {
        RecognitionStatus.NONE,
        RecognitionStatus.PENDING,
        RecognitionStatus.PUBLICITY,
        RecognitionStatus.REJECTED,
    }
)
"""A product in one of these follows its application; a recognition it holds stays its own."""
