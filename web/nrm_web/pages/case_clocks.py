"""The clocks of a case: what runs, stands still or was missed, with the steps that lead to each date."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from nrm.commands.read_case import read_case
from nrm.commands.read_clocks import read_clocks
from nrm.queries.case_clocks import ClockRung
from nrm.rules.ladders import Effect
from nrm.vocabulary.permissions import Permission
from nrm_web.blueprint import words_of
from nrm_web.case_tabs import tabs
from nrm_web.navigation import has
from nrm_web.pages.case import case_id
from nrm_web.routing import Pages
from nrm_web.rung_words import whom_told
from nrm_web.visit import the_visit

pages = Pages()
STATES = {
    "running": "Running", "paused": "Stands still", "breached": "Missed", "met": "Met", "fired": "Reached",
    "disarmed": "Not needed any more", "waived": "Waived",
}
TONES = {"running": "info", "paused": "neutral", "breached": "danger", "met": "success"}
CHANGES = {
    "extend": "More time", "waive": "No time limit any more", "restart": "Start again",
    "correct_start": "Another start",
}
DECIDED = {"asked": "Waits for a second person", "granted": "Granted", "refused": "Refused", "overtaken": "Overtaken"}
EFFECTS = {
    Effect.REMIND: "", Effect.REASON: "asks for the reason", Effect.ESCALATE: "opens an escalation",
    Effect.OFFER: "offers to give the task to somebody else", Effect.REASSIGN: "gives the task to somebody else",
}
BASES = {
    "armed": "When the task came", "corrected": "A start that was corrected", "restarted": "A new start",
    "fact": "A date of the case", "case_opened": "When the case was opened",
}


@pages.get("/cases/<code>/clocks")
def case_clocks(code: str) -> ResponseReturnValue:
    """Every clock of the case; what may be done with each stands beside it."""
    visit = the_visit()
    system, actor = visit.system, visit.actor
    view = read_clocks(system, actor, case_id=case_id(code))
    reads = has(actor, system.configuration.policy, Permission.CASE_READ)
    page = read_case(system, actor, case_id=view.case_id) if reads else None
    words, roles = words_of(system, visit), system.configuration.roles

    def tells(rung: ClockRung) -> str:
        return whom_told(rung.tell, roles, words)

    return render_template(
        "nrm/case_clocks.html", case=page, view=view, code=view.case_code, tabs=tabs(page, "clocks") if page else [],
        states=STATES, tones=TONES, changes=CHANGES, decided=DECIDED, effects=EFFECTS, basis=basis_words, tells=tells,
    )


def basis_words(basis: str) -> str:
    """Return what a clock is counted from, in English words."""
    kind = basis.partition(":")[0]
    return BASES.get(kind, kind.replace("_", " ").capitalize())
