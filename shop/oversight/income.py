"""What reached households, in five measures by month and place; never added, never a few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import requires
from kernel.clock import local_date, offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.policy import find_disclosure
from ledger import queries as ledger_queries
from parties.values import Role
from reporting import measures, volumes
from reporting.benefits import Year
from reporting.measure_facts import Measure
from reporting.measures import DEFINITION, Income
from reporting.rules.disclosure import TOTAL
from reporting.values import Place
from shop.i18n import bilingual
from shop.oversight import as_known
from shop.oversight.as_known import AsKnown
from shop.oversight.scopes import Scope, current_scope

pages = Blueprint("oversight_income", __name__)

YEARS_BACK = 5


@dataclass(frozen=True, slots=True)
class Said:
    """One measure in words: its name, what it counts, and by which clock."""

    measure: Measure
    name: str
    words: str
    clock: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the page and its files are made of."""

    scope: Scope
    region: Place
    places: Mapping[str, Place]
    income: Income
    minimum: int
    known: AsKnown
    is_sample: bool

    @property
    def as_of(self) -> datetime:
        """Return the last moment the figures know of."""
        return self.known.last

    def place_name(self, row: str) -> str:
        """Return what a row is called."""
        if row == TOTAL:
            return bilingual(self.region.name, self.region.name_en)
        place = self.places.get(row)
        return bilingual(place.name, place.name_en) if place else row


def said() -> Sequence[Said]:
    """Return the five measures with their definitions, in the reader's language."""
    paid, delivered = _("付款日、退款登记日"), _("送达、收货、分配生效、退款日")
    return [
        Said(
            Measure.SALES,
            _("挂钩销售额"),
            _(
                "有登记农户供货（代销或收购）的商品，已付款货款减退款。是买家的钱，不是农户收入。"
            ),
            paid,
        ),
        Said(
            Measure.TRACED,
            _("溯源到户额"),
            _("每一件卖出的商品里，货物所属农户因这些货得到或早已得到的钱（溯源账簿）。"),
            _("送达日、退款日"),
        ),
        Said(
            Measure.RECOGNISED,
            _("确认收入"),
            _(
                "农户已赚得的钱，减去退款扣回；收购的货只在收货时计一次，村集体份额在分配到户前不计。"
            ),
            delivered,
        ),
        Said(
            Measure.NET,
            _("净收入"),
            _(
                "确认收入减经营成本；成本按登记册里农户最近一次申报的年度成本比例估算，没有申报的农户不计。"
            ),
            delivered,
        ),
        Said(Measure.PAID, _("已付款"), _("银行已确认付到农户账户的钱。"), _("银行付款日")),
    ]


@pages.get("/income")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show the five measures of a year by month, and of one month or the year by place."""
    this_year = local_date(clock.now()).year
    with unit_of_work() as session:
        figures = gather(session)
        booked = ledger_queries.list_years(session, this_year - YEARS_BACK + 1, this_year)
    asked = request.args.get("month", TOTAL)
    return render_template(
        "oversight/income/show.html",
        figures=figures,
        measures=said(),
        month=asked if asked in figures.income.months else TOTAL,
        years=offered_years(booked, asked=figures.income.year.year, present=this_year),
        total=TOTAL,
        definition=DEFINITION,
        words=gate_words(figures.minimum),
    )


def gather(session: Session) -> Figures:
    """Read everything the page shows in nine statements."""
    scope = current_scope()
    asked = _year(local_date(clock.now()).year)
    known = as_known.read(session, since=date(asked, 1, 1))
    places = list(volumes.list_places(session, scope.code))
    shown = find_disclosure(session, on=local_date(known.last))
    return Figures(
        scope=scope,
        region=places[0],
        places={place.code: place for place in places},
        income=measures.count(
            session,
            scope.code,
            Year(asked, known.last),
            places=places,
            shown=shown,
            known=known.until,
        ),
        minimum=shown.minimum,
        known=known,
        is_sample=volumes.has_sample(session, scope.code),
    )


def gate_words(minimum: int) -> str:
    """Return which figures are withheld, in words."""
    return str(
        _(
            "五个数口径不同，任何两个都不能相加。少于 %(minimum)s 户的数字、"
            "两户合计占绝大部分的数字，以及能由此推算出它们的数字，均不公布；溯源到户额、确认收入、净收入、已付款"
            "四项同一格要么都公布，要么都不公布。退款计入退款发生的月份，补登的旧账计入它发生的月份。按某日所知看，当日之后登记的一律不计，申报成本也是，同一日的数字不再变动。",
            minimum=minimum,
        )
    )


def _year(this_year: int) -> int:
    """Return the year asked for; raises `InvalidError` for one that is not offered."""
    asked = request.args.get("year", str(this_year))
    if asked not in {str(this_year - back) for back in range(YEARS_BACK)}:
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    return int(asked)
