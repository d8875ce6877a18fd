"""How many time limits were missed in a quarter, in the whole country: numbers without a case (domain 2.6, L5)."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.queries.breach_report import breaches_of_quarter, quarters_with_breaches
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/missed-limits")
def missed_limits() -> ResponseReturnValue:
    """The missed limits of one quarter, the newest unless another is named."""
    visit = the_visit()
    known = quarters_with_breaches(visit.system, visit.actor)
    asked = request.args.get("quarter", "")
    chosen = asked if asked in known else next(iter(known), "")
    counts = breaches_of_quarter(visit.system, visit.actor, quarter=chosen) if chosen else ()
    return render_template(
        "coordinator/missed_limits.html", counts=counts, quarters=known, quarter=chosen,
        limits=visit.system.configuration.limits, smallest=visit.system.configuration.retention.smallest_cell,
    )
