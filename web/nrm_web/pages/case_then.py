"""The auditor's page of a case as it stood at an instant."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from nrm.commands.read_history import read_then
from nrm.queries.case_list import case_id_of
from nrm_web.addresses import asked_instant
from nrm_web.pages.case import CATEGORIES
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/audit/cases/<code>/then")
def case_then(code: str) -> ResponseReturnValue:
    """Team, tasks, versions of the processes and who could see what, at an instant; without one: now."""
    visit = the_visit()
    at = asked_instant() or visit.system.clock.now()
    found = read_then(visit.system, visit.actor, case_id=case_id_of(visit.system, visit.actor, code), at=at)
    return render_template("auditor/then.html", then=found, code=found.case_code, categories=CATEGORIES)
