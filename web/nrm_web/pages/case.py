"""One case: its header, what is opened on press, its tabs, and the acts on the case as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.access_first import refuse_first
from nrm.commands.add_note import add_note
from nrm.commands.case_life import CLOSING, REOPENING, change_team, close_case, link_cases, reopen_case
from nrm.commands.files import download
from nrm.commands.read_case import read_case, read_stay, reveal
from nrm.commands.start_run import start_run
from nrm.documents.papers import ENDINGS
from nrm.queries.case_list import case_id_of
from nrm.queries.case_view import CasePage
from nrm.queries.known import Known
from nrm.queries.receipts import receipt_of
from nrm.queries.task_reasons import colleagues
from nrm.rules.routing import Seat
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm_web.answering import happened_at, own_values
from nrm_web.attaching import AGAIN, attach, sent_files
from nrm_web.blueprint import words_of
from nrm_web.case_tabs import tabs
from nrm_web.erasure_words import BASES
from nrm_web.protection import OPENED_ALONE
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit

pages = Pages()
CATEGORIES = {
    "identity": "Name and papers", "contact": "Contact", "stay": "Place of stay", "narrative": "What happened",
    "health": "Health", "self_harm": "Self-harm", "risk": "Risk and safety", "family": "Family", "plan": "Plan",
    "decision": "Decisions and consent", "offender": "Who did it", "process": "Course of the work",
}


@pages.get("/cases/<code>")
def case(code: str) -> ResponseReturnValue:
    """The summary of a case; of an erased one the receipt, for who could have known it."""
    visit = the_visit()
    receipt = receipt_of(visit.system, visit.actor, case_id=case_id(code))
    if receipt is not None:
        return render_template("nrm/erased.html", receipt=receipt, bases=BASES), 410
    return show(code, "summary")


@pages.get("/cases/<code>/timeline")
def case_timeline(code: str) -> ResponseReturnValue:
    """What happened and when."""
    return show(code, "timeline")


@pages.get("/cases/<code>/team")
def case_team(code: str) -> ResponseReturnValue:
    """Who works on the case."""
    return show(code, "team")


@pages.get("/cases/<code>/plan")
def case_plan(code: str) -> ResponseReturnValue:
    """The plan's lines and the referrals that follow from them."""
    return show(code, "plan")


@pages.get("/cases/<code>/records")
def case_records(code: str) -> ResponseReturnValue:
    """The records the reader may see."""
    return show(code, "records")


@pages.get("/cases/<code>/notes")
def case_notes(code: str) -> ResponseReturnValue:
    """Notes, and writing one."""
    return show(code, "notes")


@pages.get("/cases/<code>/files")
def case_files(code: str) -> ResponseReturnValue:
    """Files, and attaching one."""
    return show(code, "files")


@pages.get("/cases/<code>/more")
def case_more(code: str) -> ResponseReturnValue:
    """Start a process, link a case, close, reopen."""
    return show(code, "more")


@pages.post("/cases/<code>/reveal/<group>", repeatable=True)
def case_reveal(code: str, group: str) -> ResponseReturnValue:
    """Open names or ways of contact: an act each time. A part of the page for the script, else the page."""
    if group == "stay":
        raise NotFound
    visit = the_visit()
    known = reveal(visit.system, visit.actor, case_id=case_id(code), group=group)
    if request.headers.get("X-Requested-With") == "nrm":
        return render_template("nrm/revealed.html", known=known)
    return show(code, "summary", revealed={group: known})


@pages.get("/cases/<code>/stay")
def case_stay(code: str) -> ResponseReturnValue:
    """The page of the place of stay, before it is opened."""
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    if "stay" not in page.groups:
        raise NotFound
    return render_template("nrm/stay.html", case=page, known=None)


@pages.post("/cases/<code>/stay", repeatable=True)
def open_stay(code: str) -> ResponseReturnValue:
    """Open the place of stay: for the named few, an act each time."""
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    if "stay" not in page.groups:
        raise NotFound
    return render_template("nrm/stay.html", case=page, known=read_stay(visit.system, visit.actor, case_id=page.id))


@pages.post("/cases/<code>/notes")
def write_note(code: str) -> ResponseReturnValue:
    """Write a note."""
    visit = the_visit()
    try:
        add_note(
            visit.system, visit.actor, case_id=case_id(code), category=request.form.get("category", ""),
            text=request.form.get("text", ""), happened_at=_happened(),
        )
    except InvalidInput as wrong:
        return show(code, "notes", errors=wrong.fields)
    return redirect(url_for("web.case_notes", code=code, done="note"), 303)


@pages.post("/cases/<code>/files", files=LARGEST_FILES)
def put_file(code: str) -> ResponseReturnValue:
    """Attach a file."""
    visit = the_visit()
    sent = sent_files("file")
    try:
        if not sent:
            _refuse(code, Permission.CASE_FILE, {"file": ["Choose a file."]})
        attach(visit, case_id(code), request.form.get("category", ""), sent[0])
    except InvalidInput as wrong:
        again = {"file": [*wrong.fields.get("file", ()), AGAIN]} if sent else {}
        return show(code, "files", errors={**wrong.fields, **again})
    return redirect(url_for("web.case_files", code=code, done="file"), 303)


@pages.get("/files/<file_id>")
def file(file_id: str) -> ResponseReturnValue:
    """Open a file: an act. It leaves under a neutral name and never opens inside a page."""
    visit = the_visit()
    found = download(visit.system, visit.actor, file_id=file_id)
    name = f"file-{file_id[:8]}.{ENDINGS[found.media_type][0]}"
    return Response(found.pieces, content_type=found.media_type, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": OPENED_ALONE,
        "Content-Length": str(found.size),
    })


@pages.post("/cases/<code>/start")
def start(code: str) -> ResponseReturnValue:
    """Start a process that can happen at any time."""
    visit = the_visit()
    start_run(visit.system, visit.actor, case_id=case_id(code), process=request.form.get("process", ""))
    return redirect(url_for("web.case", code=code, done="started"), 303)


@pages.post("/cases/<code>/team")
def set_team(code: str) -> ResponseReturnValue:
    """Fill a seat of the team; the person is chosen in a second step, among those who can have it."""
    visit = the_visit()
    role, agency = request.form.get("role", ""), request.form.get("agency", "")
    if request.form.get("_action") == "people":
        return show(code, "team", status=200)
    user_id = request.form.get("user_id") or None
    named = request.form.get("named") == "yes" and user_id is not None
    try:
        if not role or not agency:
            _refuse(code, Permission.CASE_TEAM, {"role": ["Choose a role and an agency."]})
        seat = Seat(role, agency, user_id, chosen="chosen" in request.form)
        change_team(visit.system, visit.actor, case_id=case_id(code), members=[(seat, named)],
                    basis=request.form.get("basis", "").strip() or "team changed")
    except InvalidInput as wrong:
        return show(code, "team", errors={
            {"members[0].agency": "agency", "members": "role"}.get(k, k): v for k, v in wrong.fields.items()})
    return redirect(url_for("web.case_team", code=code, done="team"), 303)


@pages.post("/cases/<code>/close")
def close(code: str) -> ResponseReturnValue:
    """Close the case outside its process."""
    visit = the_visit()
    return _life(code, lambda: "closed" if close_case(
        visit.system, visit.actor, case_id=case_id(code), reason=request.form.get("reason", "")) else "closing")


@pages.post("/cases/<code>/reopen")
def reopen(code: str) -> ResponseReturnValue:
    """Open a closed case again."""
    return _life(code, lambda: reopen_case(
        the_visit().system, the_visit().actor, case_id=case_id(code), reason=request.form.get("reason", "")),
        "reopened")


@pages.post("/cases/<code>/link")
def link(code: str) -> ResponseReturnValue:
    """Link the case with another one by code."""
    return _life(code, lambda: link_cases(
        the_visit().system, the_visit().actor, case_id=case_id(code), kind=request.form.get("kind", ""),
        other_code=request.form.get("other_code", "")), "linked")


def _life(code: str, act: Callable[[], object], done: str = "") -> ResponseReturnValue:
    """Carry an act out and go back to the case. ``done``: what it says there; empty: what the act returned."""
    try:
        came = act()
    except InvalidInput as wrong:
        return show(code, "more", errors=wrong.fields)
    return redirect(url_for("web.case", code=code, done=done or came), 303)


def case_id(code: str) -> str:
    """Return the id of a case named by its code (or id) in an address. Raises NotFound."""
    visit = the_visit()
    return case_id_of(visit.system, visit.actor, code)


def show(code: str, tab: str, *, errors: Mapping[str, Sequence[str]] | None = None, status: int | None = None,
         revealed: Mapping[str, Sequence[Known]] | None = None) -> Response:
    """Render one tab of a case; with errors, what was typed stays."""
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    html = render_template(
        f"nrm/case_{tab}.html", case=page, tabs=tabs(page, tab), tab=tab, errors=errors or {},
        typed=request.form if request.method == "POST" else {}, own=own_values(), revealed=revealed or {},
        categories=CATEGORIES, writable=_writable(page), people=_people(tab), agencies=_agencies(tab),
        labels={"text": "Note", "category": "What kind", "file": "File", "reason": "Reason"},
        closing=_coded(CLOSING), reopening=_coded(REOPENING), done=request.args.get("done", ""),
    )
    return Response(html, status or (422 if errors else 200), content_type="text/html; charset=utf-8")


def opened_page(code: str) -> ResponseReturnValue:
    """Return the receipt after opening a case: its code, and the tasks that are with the opener."""
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    mine = [
        line for line in page.tasks
        if line.role in visit.actor.roles and line.agency_id == visit.actor.agency_id
        and line.assignee_id in (None, visit.actor.user_id)
    ]
    return render_template("nrm/opened.html", case=page, lines=mine)


def _refuse(code: str, permission: Permission, fields: dict[str, list[str]]) -> NoReturn:
    """Say what is wrong with a form, unless the reader may not send it at all: then that."""
    visit = the_visit()
    refuse_first(visit.system, visit.actor, (permission,), {"case": code}, InvalidInput(fields=fields))


def _happened() -> datetime | None:
    return happened_at(words_of(the_visit().system, the_visit()))


def _writable(page: CasePage) -> list[tuple[str, str]]:
    """Return the kinds of notes and files the reader may write: those they may read."""
    allowed = {rule.category for rule in page.rules if rule.allowed}
    return [(str(c), CATEGORIES[c]) for c in Category if c in allowed and c is not Category.STAY]


def _people(tab: str) -> list[tuple[str, str]]:
    role, agency = request.form.get("role", ""), request.form.get("agency", "")
    if tab != "team" or not role or not agency:
        return []
    visit = the_visit()
    return [(one.user_id, one.name)
            for one in colleagues(visit.system, visit.actor, agency_id=agency, role=role)]


def _agencies(tab: str) -> list[tuple[str, str]]:
    if tab != "team":
        return []
    visit = the_visit()
    with visit.system.database.reader(visit.actor) as unit:
        return [(agency.id, agency.name) for agency in visit.system.agencies(unit).active]


def _coded(codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, code.replace("_", " ").capitalize()) for code in codes]
