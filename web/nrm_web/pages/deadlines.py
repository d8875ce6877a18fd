"""The board of clocks: overdue first, by agency and by rung of the ladder."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.queries.deadlines_board import STATES, clocks_by_agency, deadlines_board
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {"overdue": "Overdue", "soon": "Due within two days", "later": "Later", "all": "All"}
HIGHEST_RUNG = 9


@pages.get("/deadlines")
def deadlines() -> ResponseReturnValue:
    """The clocks that run in the reader's scope; every filter stands in the address."""
    visit = the_visit()
    state = request.args.get("state", "overdue")
    state = state if state in STATES else "overdue"
    agency = request.args.get("agency", "")
    told = request.args.get("rung", "")
    rung = int(told) if told.isascii() and told.isdigit() and int(told) <= HIGHEST_RUNG else None
    page = deadlines_board(
        visit.system, visit.actor, state=state, agency=agency or None, rung=rung,
        after=request.args.get("after") or None,
    )
    clocks = clocks_by_agency(visit.system, visit.actor)
    return render_template(
        "coordinator/deadlines.html", page=page, clocks=clocks, state=state, labels=LABELS, agency=agency, rung=rung,
        states=STATES, rungs=sorted({no for one in clocks for no, _ in one.by_rung}),
        overdue=sum(one.overdue for one in clocks), limits=visit.system.configuration.limits,
    )
