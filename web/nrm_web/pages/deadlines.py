"""The board of clocks: overdue first, by agency, limit, rung and age; what stands still; what waits for a second."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.commands.export_deadlines import export_deadlines
from nrm.queries.clock_requests import waiting_requests
from nrm.queries.deadline_counts import MOST, ClockCounts, clock_counts
from nrm.queries.deadlines_board import STATES, deadlines_board
from nrm.rules.exports import Large
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock_words import PauseGround
from nrm.wiring.system import System
from nrm_web.blueprint import words_of
from nrm_web.deadline_filters import in_address, read_filter
from nrm_web.large_exports import take_or_ask
from nrm_web.routing import Pages
from nrm_web.rung_words import told_words
from nrm_web.spreadsheet import spreadsheet
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {
    "overdue": "Overdue", "soon": "Due within two days", "later": "Later", "all": "All that run",
    "paused": "Stands still",
}
AGES = {"hours": "Less than a day", "day": "1 to 7 days", "week": "7 to 30 days", "month": "30 days and more"}
AT_LEAST = {"day": "A day and more", "week": "A week and more", "month": "30 days and more"}
KINDS = {
    "extend": "More time", "waive": "No time limit any more", "restart": "Start again",
    "correct_start": "Another start",
}


@pages.get("/deadlines")
def deadlines() -> ResponseReturnValue:
    """The clocks in the reader's scope; every filter stands in the address."""
    visit, wanted = the_visit(), read_filter()
    system, actor = visit.system, visit.actor
    page = deadlines_board(system, actor, wanted=wanted, after=request.args.get("after") or None)
    counts, words = clock_counts(system, actor), words_of(system, visit)
    return render_template(
        "coordinator/deadlines.html", page=page, counts=counts, most=MOST, chosen=wanted, kept=in_address(wanted),
        labels=LABELS, states=STATES, ages=AGES, at_least=AT_LEAST, kinds=KINDS, **_choices(system, actor, counts),
        told=told_words(system, words, page.items), requests=waiting_requests(system, actor),
        limits=system.configuration.limits, grounds={str(one): one.sentence for one in PauseGround},
    )


@pages.post("/deadlines/export", repeatable=True, fresh=True)
def deadlines_export() -> ResponseReturnValue:
    """What the board shows as a table for a spreadsheet; the export is an entry, so it is asked for by a press."""
    visit = the_visit()
    return take_or_ask(Large.CASES, lambda: spreadsheet(
        export_deadlines(visit.system, visit.actor, wanted=read_filter()), "table.csv",
    ))


def agencies_in_reach(system: System, actor: Actor) -> list[tuple[str, str]]:
    """Return the agencies a filter offers, by name."""
    with system.database.reader(actor) as unit:
        return sorted(((one.id, one.name) for one in system.agencies(unit).active), key=lambda one: one[1])


def _choices(system: System, actor: Actor, counts: ClockCounts) -> dict[str, object]:
    return {
        "agencies": agencies_in_reach(system, actor),
        "rungs": sorted({no for one in counts.by_agency for no, _ in one.by_rung}),
    }

