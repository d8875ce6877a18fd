"""The registers of a case that have pages of their own: process, history; and its records."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.correct_record import correct_record
from nrm.commands.read_case import read_case, read_process
from nrm.commands.read_history import Verdict, read_history, verify_case
from nrm.commands.read_record import RecordPage, read_record
from nrm.queries.case_history import Entry
from nrm.queries.case_process import ProcessView
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm_web.addresses import as_number, asked_instant
from nrm_web.answering import offered, own_values, posted_answers
from nrm_web.attaching import TAKEN, file_names, with_files
from nrm_web.blueprint import words_of
from nrm_web.case_tabs import tabs
from nrm_web.diagram_data import viewer_data
from nrm_web.history_words import line_words
from nrm_web.navigation import has
from nrm_web.pages.case import CATEGORIES, case_id
from nrm_web.questions import Errors, has_conditions, labels, names, new_since, questions, with_rows
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit
from nrm_web.words import Words

pages = Pages()
MORE = "More questions follow from your answers. Look at them, then send again."
_WAY = re.compile(r"(.+) \((.+)\)", re.DOTALL)
STATES = {"active": "Open", "overdue": "Overdue", "done": "Done", "stopped": "Stopped"}


@pages.get("/cases/<code>/process")
def case_process(code: str) -> ResponseReturnValue:
    """Where the case stands, or stood at an instant: the picture with marks, and the equal list."""
    visit = the_visit()
    words = words_of(visit.system, visit)
    view = read_process(
        visit.system, visit.actor, case_id=case_id(code), run_id=request.args.get("run") or None, at=asked_instant(),
    )
    page = read_case(visit.system, visit.actor, case_id=view.case_id) if _reads() else None
    return render_template(
        "nrm/case_process.html", case=page, view=view, code=view.case_code, tabs=tabs(page, "process") if page else [],
        bundles=("viewer",), data=viewer_data(view.diagram, words, _marks(view)),
        plain=lambda text: plain(text, words),
        standing=[row for row in view.rows if row.state in ("active", "overdue", "stopped")],
    )


@pages.get("/cases/<code>/history")
def case_history(code: str) -> ResponseReturnValue:
    """Who did what and when."""
    return _history(code)


@pages.post("/cases/<code>/history", repeatable=True)
def check_history(code: str) -> ResponseReturnValue:
    """Check that nobody altered the history; the answer is a sentence."""
    visit = the_visit()
    return _history(code, verify_case(visit.system, visit.actor, case_id=case_id(code)))


@pages.get("/records/<record_id>")
def record(record_id: str) -> ResponseReturnValue:
    """One record, as its reader may see it."""
    visit = the_visit()
    page = read_record(visit.system, visit.actor, record_id=record_id)
    return render_template("nrm/record.html", record=page, categories=CATEGORIES,
                           files={field.key for field in page.form.file_fields},
                           file_names=file_names(visit, page.case_id, page.form, page.values),
                           done=request.args.get("done", ""), look=request.args.get("look", "0"))


@pages.get("/records/<record_id>/correct")
def correction(record_id: str) -> ResponseReturnValue:
    """The form of a record, filled with what it says now."""
    page = _correctable(record_id)
    return _correct_page(page, page.values)


@pages.post("/records/<record_id>/correct", files=LARGEST_FILES)
def correct(record_id: str) -> ResponseReturnValue:
    """Save a correction as a new version, with a reason."""
    visit = the_visit()
    page = _correctable(record_id)
    answers, wrong_files = with_files(the_visit(), page.case_id, page.form, posted_answers(page.form))
    action = request.form.get("_action", "complete")
    if wrong_files:
        return _correct_page(page, answers, wrong_files, 422)
    if action.startswith(("add:", "remove:")):
        return _correct_page(page, with_rows(page.form, answers, action))
    fresh = new_since(questions(page.form, answers), request.form.get("_shown", "")) if action != "continue" else []
    if action == "continue" or fresh:
        return _correct_page(page, answers, {fresh[0].name: [MORE]} if fresh else {}, 422 if fresh else 200)
    try:
        made = correct_record(visit.system, visit.actor, record_id=record_id, answers=answers,
                              reason=request.form.get("_reason", ""))
    except InvalidInput as wrong:
        fields = {"_reason" if name == "reason" else name: texts for name, texts in wrong.fields.items()}
        return _correct_page(page, answers, fields, 422)
    return redirect(url_for("web.record", record_id=made.record_id, done="corrected", look=len(made.look_again)), 303)


@pages.post("/records/<record_id>/questions", repeatable=True)
def record_questions(record_id: str) -> ResponseReturnValue:
    """The questions that follow from the answers, as a part of the page."""
    visit = the_visit()
    page = _correctable(record_id)
    form = offered(visit.system, visit.actor, page.form)
    answers = posted_answers(form)
    shown = [one for one in questions(form, answers) if str(one.field.category) not in page.hidden]
    return render_template(
        "nrm/questions.html", asked=shown, shown_names=names(shown), attaching=TAKEN,
        file_names=file_names(visit, page.case_id, form, answers),
    )


def _correctable(record_id: str) -> RecordPage:
    visit = the_visit()
    page = read_record(visit.system, visit.actor, record_id=record_id)
    if not page.may_correct:
        raise NotFound
    return page


def _correct_page(page: RecordPage, answers: Mapping[str, object], errors: Errors | None = None,
                  status: int = 200) -> Response:
    visit = the_visit()
    form = offered(visit.system, visit.actor, page.form)
    shown = [one for one in questions(form, answers, errors=errors) if str(one.field.category) not in page.hidden]
    html = render_template(
        "nrm/correct.html", record=page, form=form, asked=shown, shown_names=names(shown), errors=errors or {},
        labels={**labels(shown), "_reason": "Reason"}, own=own_values(), has_conditions=has_conditions(form),
        attaching=TAKEN, has_files=bool(form.file_fields), file_names=file_names(visit, page.case_id, form, answers),
        reasons=[(code, code.replace("_", " ").capitalize()) for code in page.reasons],
    )
    return Response(html, status, content_type="text/html; charset=utf-8")


def plain(text: str, words: Words) -> str:
    """Return a step's title, or ``title (when)``, in the reader's language; an unnamed one by its id in words."""
    parts = _WAY.fullmatch(text)
    if parts is not None:
        return f"{plain(parts[1], words)} ({words(parts[2])})"
    return words(text) if " " in text or "_" not in text else words(text.replace("_", " ").capitalize())


def _reads() -> bool:
    """Whether the reader may open the case page itself: an auditor sees the process and the history only."""
    visit = the_visit()
    return has(visit.actor, visit.system.configuration.policy, Permission.CASE_READ)


def _marks(view: ProcessView) -> list[dict[str, str]]:
    """Return the marks of the picture: the same states as in the list, in few words."""
    visit = the_visit()
    words, now = words_of(visit.system, visit), visit.system.clock.now()
    made = []
    for row in view.rows:
        if not row.state:
            continue
        text = title = words(STATES.get(row.state, row.state))
        if row.state == "done":
            text = "✓" if row.done < 2 else f"✓ ×{row.done}"
        elif row.due_at is not None:
            text = f"{title}: {words.due(row.due_at, now)}"
        state = "incident" if row.state == "stopped" else row.state
        made.append({"element": row.element, "state": state, "text": text, "title": row.who or title})
    return made


def _history(code: str, verdict: Verdict | None = None) -> ResponseReturnValue:
    visit = the_visit()
    before = request.args.get("before", "")
    page = read_history(visit.system, visit.actor, case_id=case_id(code),
                        before_seq=as_number(before))
    case = read_case(visit.system, visit.actor, case_id=page.case_id) if _reads() else None
    return render_template(
        "nrm/case_history.html", case=case, page=page, code=page.case_code, verdict=verdict,
        tabs=tabs(case, "history") if case else [], line=_line,
    )


def _line(entry: Entry) -> str:
    return line_words(entry, words_of(the_visit().system, the_visit()))
