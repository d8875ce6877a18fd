"""Need to know on a case's pages: why one sees it, who opened it, a conflict of interest of one's own or another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.conflicts import declare_conflict, lift_conflict, note_conflict
from nrm.commands.read_access import read_readers, why_me, why_them
from nrm.commands.read_case import read_case
from nrm.commands.read_conflicts import read_conflicts
from nrm.queries.why_seen import user_of_login
from nrm.vocabulary.access_words import ConflictReason
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.addresses import as_number
from nrm_web.case_tabs import tabs
from nrm_web.navigation import has
from nrm_web.pages.case import CATEGORIES, case_id
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
OWN_REASONS = [
    (str(ConflictReason.RELATIVE), "I am related to the person or to somebody involved"),
    (str(ConflictReason.KNOWN), "I know the person or somebody involved from my own life"),
    (str(ConflictReason.INVOLVED), "I am involved in what happened, or may be"),
    (str(ConflictReason.INTEREST), "I have an interest of my own in how the case goes"),
    (str(ConflictReason.OTHER), "Another reason, which I shall tell my supervisor"),
]
REASONS = [(str(reason), reason.sentence) for reason in ConflictReason]
LABELS = {"reason": "Reason", "user_id": "Who", "login": "Sign-in name"}
BECAUSE = {
    "team": "A seat in the team", "agency": "Their agency answers for the case", "provider": "A referral taken on",
    "task": "A task that is with them", "oversight": "Oversight, without content", "auditor": "Audit, without content",
    "glass": "An emergency", "system": "The system's own clock",
}
"""How somebody stood to the case when they opened it, by the first word of the rule."""
WHAT_WAS_READ = {
    "case": "the case page", "task": "a task", "history": "the history", "process": "the process", "access": "access",
    "readers": "who opened the case", "conflicts": "conflicts of interest", "identity": "name and papers",
    "contact": "contact", "stay": "the place of stay", "self_harm": "self-harm", "file": "a file",
    "record": "a record", "clocks": "the clocks",
}


@pages.get("/cases/<code>/access")
def case_access(code: str) -> ResponseReturnValue:
    """Why one sees what one sees, who opened the case, and saying that one has a conflict of interest."""
    return _access(code)


@pages.post("/cases/<code>/conflict")
def own_conflict(code: str) -> ResponseReturnValue:
    """Say that one has a conflict of interest oneself; the case is not there any more afterwards."""
    visit = the_visit()
    try:
        declare_conflict(visit.system, visit.actor, case_id=case_id(code), reason=request.form.get("reason", ""))
    except InvalidInput as wrong:
        return _access(code, wrong.fields)
    return redirect(url_for("web.home", done="conflict"), 303)


@pages.get("/cases/<code>/conflicts")
def case_conflicts(code: str) -> ResponseReturnValue:
    """Who is kept from the case, and keeping somebody from it."""
    return _conflicts(code)


@pages.post("/cases/<code>/conflicts")
def note(code: str) -> ResponseReturnValue:
    """Keep somebody from the case."""
    visit, form = the_visit(), request.form
    try:
        note_conflict(
            visit.system, visit.actor, case_id=case_id(code), user_id=form.get("user_id", ""),
            reason=form.get("reason", ""),
        )
    except InvalidInput as wrong:
        return _conflicts(code, wrong.fields)
    return redirect(url_for("web.case_conflicts", code=code, said="kept_away"), 303)


@pages.post("/cases/<code>/conflicts/<kept_id>/lift")
def lift(code: str, kept_id: str) -> ResponseReturnValue:
    """Let somebody back."""
    visit = the_visit()
    lift_conflict(visit.system, visit.actor, case_id=case_id(code), user_id=kept_id)
    return redirect(url_for("web.case_conflicts", code=code, said="let_back"), 303)


@pages.get("/audit/cases/<code>/access")
def audit_why(code: str) -> ResponseReturnValue:
    """Why somebody can or cannot see a case now, in full: for an auditor."""
    visit = the_visit()
    login = request.args.get("login", "").strip()
    found = user_of_login(visit.system, visit.actor, login) if login else None
    view = why_them(visit.system, visit.actor, case_id=case_id(code), user_id=found or visit.actor.user_id)
    errors = {"login": ["There is no account of this name."]} if login and found is None else {}
    return render_template(
        "auditor/why.html", code=view.case_code, view=view if found else None, login=login, errors=errors,
        labels=LABELS, categories=CATEGORIES,
    ), 422 if errors else 200


def _access(code: str, errors: Mapping[str, Sequence[str]] | None = None) -> ResponseReturnValue:
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    readers = read_readers(
        visit.system, visit.actor, case_id=page.id,
        before_seq=as_number(request.args.get("before", "")),
    ) if "readers.list" in page.may else None
    html = render_template(
        "nrm/case_access.html", case=page, tabs=tabs(page, "access"), code=page.code, readers=readers,
        why=why_me(visit.system, visit.actor, case_id=page.id), categories=CATEGORIES, what=WHAT_WAS_READ,
        because=BECAUSE, reasons=OWN_REASONS, errors=errors or {}, labels=LABELS, typed=request.form,
    )
    return html, 422 if errors else 200


def _conflicts(code: str, errors: Mapping[str, Sequence[str]] | None = None) -> ResponseReturnValue:
    visit = the_visit()
    view = read_conflicts(visit.system, visit.actor, case_id=case_id(code))
    opens = has(visit.actor, visit.system.configuration.policy, Permission.CASE_READ)
    html = render_template(
        "nrm/case_conflicts.html", view=view, code=view.case_code, opens=opens, reasons=REASONS, errors=errors or {},
        labels=LABELS, typed=request.form,
        people=[(one.user_id, f"{one.name} · {one.agency_name}") for one in view.workers],
    )
    return html, 422 if errors else 200
