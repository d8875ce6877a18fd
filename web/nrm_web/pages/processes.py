"""The processes in force: their versions, each as a picture and a list, with forms, tables, limits and law."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.publishing import start_draft, withdraw_version
from nrm.diagrams.bundle import Bundle
from nrm.diagrams.forms import Form
from nrm.diagrams.process import read_process
from nrm.queries.process_drafts import open_drafts
from nrm.queries.processes import (
    VersionLine,
    VersionView,
    process_version,
    processes_list,
    version_file,
    version_form,
    versions,
)
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm_web.answering import offered
from nrm_web.blueprint import words_of
from nrm_web.diagram_data import step_rows, viewer_data
from nrm_web.questions import questions
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
STARTS = {
    "opening": "when a case is opened", "call": "by another process", "person": "by a person, from the case",
    "message": "by a message", "command": "by an act, such as approving a line of the plan",
    "date": "when a date becomes known that it waits for",
}
TYPES = {"bpmn": "application/xml", "dmn": "application/xml", "json": "application/json", "yaml": "text/plain"}


@dataclass(frozen=True, slots=True)
class StepTitles:
    """What the equal list needs beside its rows: titles of forms, lengths of limits."""

    forms: dict[str, str]
    lengths: dict[str, tuple[int, str]]


@pages.get("/processes")
def processes() -> ResponseReturnValue:
    """The processes in force, and the drafts that are open."""
    visit = the_visit()
    return render_template(
        "coordinator/processes.html", lines=processes_list(visit.system, visit.actor),
        drafts=open_drafts(visit.system, visit.actor),
    )


@pages.get("/processes/<process_id>")
def process(process_id: str) -> ResponseReturnValue:
    """One process: the version in force, or the one that ``version`` numbers."""
    return _page(process_id)


@pages.post("/processes/<process_id>/draft")
def draft_begin(process_id: str) -> ResponseReturnValue:
    """Begin a draft, or go to the one that is begun."""
    visit = the_visit()
    draft_id = start_draft(visit.system, visit.actor, process=process_id)
    return redirect(url_for("web.draft", draft_id=draft_id, said="draft_started"), 303)


@pages.post("/processes/<process_id>/withdraw", fresh=True)
def process_withdraw(process_id: str) -> ResponseReturnValue:
    """Withdraw the version in force to the one before, with a reason."""
    visit = the_visit()
    reason = request.form.get("reason", "")
    try:
        withdraw_version(visit.system, visit.actor, process=process_id, reason=reason)
    except InvalidInput as wrong:
        return _page(process_id, 422, wrong.fields)
    return redirect(url_for("web.process", process_id=process_id, said="withdrawn"), 303)


@pages.get("/processes/<process_id>/forms/<form_id>")
def process_form(process_id: str, form_id: str) -> ResponseReturnValue:
    """A form as people are asked it; nothing is sent."""
    visit = the_visit()
    _, chosen = _chosen(process_id)
    form = version_form(visit.system, visit.actor, digest=chosen.digest, form=form_id)
    return form_preview(form, url_for("web.process", process_id=process_id, version=request.args.get("version")))


@pages.get("/processes/<process_id>/files/<path:name>")
def process_file(process_id: str, name: str) -> ResponseReturnValue:
    """One file of a version, to keep or to change elsewhere."""
    visit = the_visit()
    _, chosen = _chosen(process_id)
    return download(version_file(visit.system, visit.actor, digest=chosen.digest, name=name), name)


def form_preview(form: Form, back: str, *, back_text: str = "The process") -> ResponseReturnValue:
    """Return a form rendered as people are asked it, with every question that depends on an answer unhidden first."""
    visit = the_visit()
    asked = offered(visit.system, visit.actor, form)
    return render_template(
        "coordinator/form_preview.html", form=asked, asked=questions(asked, {}), back=back, back_text=back_text,
        conditions=[(field.label or field.name, field.condition) for field in asked.fields.values() if field.condition],
    )


def download(data: bytes, name: str) -> Response:
    """Return a file as an attachment with a plain name; browsers never show it as a page of ours."""
    plain = name.rsplit("/", 1)[-1]
    response = Response(data, content_type=TYPES.get(plain.rsplit(".", 1)[-1], "application/octet-stream"))
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}"'
    return response


def titles_of(bundle: Bundle) -> StepTitles:
    """Return what the equal list of a bundle needs beside its rows."""
    lengths = {
        key: (limit["length"], str(limit["unit"]))
        for key, limit in bundle.limits.items() if isinstance(limit.get("length"), int)
    }
    return StepTitles({form: bundle.form(form).title for form in bundle.form_ids}, lengths)  # type: ignore[arg-type]


def _chosen(process_id: str) -> tuple[tuple[VersionLine, ...], VersionLine]:
    visit = the_visit()
    known = versions(visit.system, visit.actor, process=process_id)
    wanted = request.args.get("version", "")
    for line in known:
        if str(line.number) == wanted or (not wanted and line.status == "current"):
            return known, line
    if wanted or not known:
        raise NotFound
    return known, known[0]


def _page(process_id: str, status: int = 200, errors: dict[str, list[str]] | None = None) -> ResponseReturnValue:
    visit = the_visit()
    words = words_of(visit.system, visit)
    known, chosen = _chosen(process_id)
    view = process_version(visit.system, visit.actor, digest=chosen.digest)
    html = render_template(
        "coordinator/process.html", view=view, process_id=process_id, versions=known, chosen=chosen,
        rows=step_rows(read_process(view.diagram.encode()), words), titles=_titles(view),
        data=viewer_data(view.diagram, words), drafts=open_drafts(visit.system, visit.actor, process=process_id),
        errors=errors or {}, typed=request.form.get("reason", ""),
        grounds={str(one): one.sentence for one in PauseGround},
        starts=[STARTS.get(one, one) for one in view.starts], earlier=any(line.status == "earlier" for line in known),
    )
    return html, status


def _titles(view: VersionView) -> StepTitles:
    return StepTitles(
        {form.id: form.title for form in view.forms},
        {limit.key: (limit.length, str(limit.unit)) for limit in view.limits},
    )
