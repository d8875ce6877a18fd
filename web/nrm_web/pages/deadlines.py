"""The board of clocks: overdue first, by agency and by rung of the ladder."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.queries.deadlines_board import STATES, DeadlineLine, clocks_by_agency, deadlines_board
from nrm.rules.ladders import When
from nrm.wiring.system import System
from nrm_web.blueprint import words_of
from nrm_web.routing import Pages
from nrm_web.visit import the_visit
from nrm_web.words import Words

pages = Pages()
LABELS = {"overdue": "Overdue", "soon": "Due within two days", "later": "Later", "all": "All"}
HIGHEST_RUNG = 9
TOLD = {"assignee": "whoever has the task", "supervisor": "supervisor"}


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
    words = words_of(visit.system, visit)
    clocks = clocks_by_agency(visit.system, visit.actor)
    return render_template(
        "coordinator/deadlines.html", page=page, clocks=clocks, state=state, labels=LABELS, agency=agency, rung=rung,
        states=STATES, rungs=sorted({no for one in clocks for no, _ in one.by_rung}),
        told={line.id: _told(visit.system, words, line) for line in page.items},
        overdue=sum(one.overdue for one in clocks), limits=visit.system.configuration.limits,
    )


def _told(system: System, words: Words, line: DeadlineLine) -> str:
    """Return how far the ladder has climbed, by who was told last; a number where the ladder is not known."""
    if line.rung == 0:
        return words("Nobody yet")
    limit = system.configuration.limits.get(line.limit_key)
    ladder = system.configuration.ladders.get(limit.ladder) if limit is not None else None
    rung = next((one for one in ladder.rungs if one.no == line.rung), None) if ladder is not None else None
    if rung is None:
        return words("Rung {number}", number=line.rung)
    if rung.when is When.HALF:
        return words("Reminded")
    roles = system.configuration.roles
    names = [
        TOLD.get(who) or (roles[code].title if (code := who.removeprefix("role:")) in roles else code)
        for who in rung.tell
    ]
    return words("Told: {who}", who=words.listed(names))
