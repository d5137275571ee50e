"""The temperature limits goods travel under, by version, with their sources."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from parties.values import Role
from reporting.desk import limits

pages = Blueprint("console_limits", __name__)


@pages.get("/limits")
@requires(Role.OPERATOR)
def index() -> str:
    """List every version of every profile with its alarms."""
    with unit_of_work() as session:
        profiles = limits.list_profiles(session)
    return render_template(
        "console/limits/index.html", profiles=profiles, today=local_date(clock.now())
    )
