"""The draft of a process: picture, limits, forms and tables, findings, changes; review by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.draft_files import changed_limits, placed, removable
from nrm.commands.draft_ladders import ladder_files
from nrm.commands.publishing import (
    ask_review,
    check_draft,
    drop_draft,
    publish_draft,
    require_author,
    save_process_draft,
    send_back,
    start_draft,
)
from nrm.diagrams.bundle import TESTS, Bundle
from nrm.diagrams.received import received
from nrm.queries.process_drafts import DraftView, draft_view
from nrm.vocabulary.errors import (
    BundleRejected,
    ConfigurationRefused,
    Conflict,
    DocumentRefused,
    InvalidInput,
    NrmError,
)
from nrm.vocabulary.findings import Finding, Severity
from nrm_web.answering import posted_version
from nrm_web.blueprint import words_of
from nrm_web.diagram_data import (
    bundle_words,
    changed_marks,
    finding_data,
    step_rows,
    viewer_data,
)
from nrm_web.draft_choices import editor_choices
from nrm_web.draft_conflict import conflict_page
from nrm_web.draft_decisions import reviewed
from nrm_web.draft_ladders import (
    EFFECTS,
    FIXED,
    LEVELS,
    SPARE,
    WHENS,
    ladder_labels,
    ladder_rows,
    ladders_posted,
    role_choices,
)
from nrm_web.draft_limits import UNITS, limit_labels, limit_rows, limits_posted
from nrm_web.pages.processes import download, form_preview, titles_of
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit

pages = Pages()
LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Shown:
    """How the draft page is shown this time: what was typed, and what is wrong with it."""

    status: int = 200
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    refused: str = ""
    findings: tuple[Finding, ...] | None = None
    is_typed: bool = False


@pages.get("/drafts/<draft_id>")
def draft(draft_id: str) -> ResponseReturnValue:
    """The page of one draft."""
    return _show(draft_id, Shown())


@pages.post("/drafts/<draft_id>", largest=LARGEST)
def draft_save(draft_id: str) -> ResponseReturnValue:
    """Save diagram, limits, ladders and note together, and ask for review where asked; or rearrange rungs, unsaved."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    if request.form.get("_action", "").startswith("rung:"):
        return _show(draft_id, Shown(is_typed=True))
    try:
        version = save_process_draft(
            visit.system, visit.actor, draft_id=draft_id, files=_changed(view.bundle), version=posted_version(),
            note=request.form.get("note"),
        )
    except InvalidInput as wrong:
        return _show(draft_id, Shown(422, errors=wrong.fields, is_typed=True))
    except (DocumentRefused, ConfigurationRefused) as wrong:
        return _show(draft_id, Shown(422, refused=wrong.sentence, is_typed=True))
    except Conflict as wrong:
        if view.line.status not in ("draft", "review"):
            raise
        return conflict_page(view, wrong.sentence, _fits(view.bundle))
    if request.form.get("_action") != "review":
        return _to("web.draft", draft_id, "draft_saved")
    return _review_asked(draft_id, version)


@pages.post("/drafts/<draft_id>/check", repeatable=True, largest=LARGEST)
def draft_check(draft_id: str) -> ResponseReturnValue:
    """Findings on the draft as it stands on the page, for the editor; nothing is saved."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    try:
        files: Mapping[str, bytes | None] = _changed(view.bundle)
    except InvalidInput:  # the limits are told when they are saved
        files = _diagram(view.bundle)
    found = check_draft(visit.system, visit.actor, draft_id=draft_id, files=files)
    return jsonify({"findings": finding_data(found, words_of(visit.system, visit))})


@pages.post("/drafts/<draft_id>/mine", repeatable=True, largest=LARGEST)
def draft_mine(draft_id: str) -> ResponseReturnValue:
    """Give back the diagram that was posted: what could not be saved can be kept."""
    visit = the_visit()
    bundle = draft_view(visit.system, visit.actor, draft_id=draft_id).bundle
    return download(request.form.get("xml", "").encode(), bundle.diagram_name)


@pages.post("/drafts/<draft_id>/files", files=LARGEST_FILES)
def draft_upload(draft_id: str) -> ResponseReturnValue:
    """Put an uploaded diagram, form or table into the draft."""
    visit = the_visit()
    view = _own(draft_id)
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput(fields={"file": ["Choose a file."]})
        files = placed(view.bundle, sent.filename, sent.stream.read())
        save_process_draft(visit.system, visit.actor, draft_id=draft_id, files=files, version=posted_version())
    except InvalidInput as wrong:
        return _show(draft_id, Shown(422, errors=wrong.fields))
    except (DocumentRefused, ConfigurationRefused) as wrong:
        place = f" ({line})" if (line := getattr(wrong, "line", None)) else ""
        return _show(draft_id, Shown(422, errors={"file": [wrong.sentence + place]}))
    return _to("web.draft", draft_id, "uploaded")


@pages.post("/drafts/<draft_id>/files/remove")
def draft_remove(draft_id: str) -> ResponseReturnValue:
    """Take a form or table out that no step uses."""
    visit = the_visit()
    view = _own(draft_id)
    name = request.form.get("name", "")
    if not removable(view.bundle, name):
        return _show(draft_id, Shown(422, refused="A form or table that a step uses cannot be taken out."))
    gone = dict.fromkeys((name, name.removesuffix(".dmn") + TESTS))  # tests go with their table
    save_process_draft(visit.system, visit.actor, draft_id=draft_id, files=gone, version=posted_version())
    return _to("web.draft", draft_id, "removed")


@pages.get("/drafts/<draft_id>/files/<path:name>")
def draft_file(draft_id: str, name: str) -> ResponseReturnValue:
    """One file of the draft, to keep or to change elsewhere."""
    visit = the_visit()
    return download(draft_view(visit.system, visit.actor, draft_id=draft_id).bundle.file(name), name)


@pages.get("/drafts/<draft_id>/forms/<form_id>")
def draft_form(draft_id: str, form_id: str) -> ResponseReturnValue:
    """A form of the draft as people would be asked it."""
    visit = the_visit()
    bundle = draft_view(visit.system, visit.actor, draft_id=draft_id).bundle
    return form_preview(bundle.form(form_id), url_for("web.draft", draft_id=draft_id), back_text="The draft")


@pages.post("/drafts/<draft_id>/drop")
def draft_drop(draft_id: str) -> ResponseReturnValue:
    """Drop one's own draft."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    drop_draft(visit.system, visit.actor, draft_id=draft_id)
    return redirect(url_for("web.process", process_id=view.line.process, said="draft_dropped"), 303)


@pages.post("/drafts/<draft_id>/again")
def draft_again(draft_id: str) -> ResponseReturnValue:
    """Begin again from the version in force, where another one was published: the old draft stays to be read."""
    visit = the_visit()
    view = _own(draft_id)
    if not view.is_behind:
        return _to("web.draft", draft_id, "")
    drop_draft(visit.system, visit.actor, draft_id=draft_id)
    fresh = start_draft(visit.system, visit.actor, process=view.line.process)
    return redirect(url_for("web.draft", draft_id=fresh, said="draft_again", old=draft_id), 303)


@pages.get("/drafts/<draft_id>/review")
def draft_review(draft_id: str) -> ResponseReturnValue:
    """Both versions side by side, the changes in words, the findings: what a second person decides on."""
    return _review(draft_id)


@pages.post("/drafts/<draft_id>/publish", fresh=True)
def draft_publish(draft_id: str) -> ResponseReturnValue:
    """Publish what was looked at, as the second person."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    try:
        publish_draft(visit.system, visit.actor, draft_id=draft_id, digest=request.form.get("digest", ""))
    except (BundleRejected, Conflict) as refused:
        return _review(draft_id, 422 if isinstance(refused, BundleRejected) else 409, refused)
    return redirect(url_for("web.process", process_id=view.line.process, said="published"), 303)


@pages.post("/drafts/<draft_id>/send-back")
def draft_send_back(draft_id: str) -> ResponseReturnValue:
    """Send the draft back to its author, with what should change."""
    visit = the_visit()
    reason = request.form.get("reason", "")
    try:
        send_back(visit.system, visit.actor, draft_id=draft_id, reason=reason)
    except InvalidInput as wrong:
        return _review(draft_id, 422, wrong)
    return redirect(url_for("web.processes", said="draft_sent_back"), 303)


def _own(draft_id: str) -> DraftView:
    """The reader's own draft. Raises NotAllowed for somebody else's, before what was sent is looked at."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    require_author(view.line.author_id, visit.actor)
    return view


def _review_asked(draft_id: str, version: int) -> ResponseReturnValue:
    """The draft is saved; now ask for review, or say what still stops it."""
    visit = the_visit()
    try:
        ask_review(visit.system, visit.actor, draft_id=draft_id)
    except BundleRejected as refused:
        found = tuple(one for one in refused.findings if isinstance(one, Finding))
        return _show(draft_id, Shown(422, refused="The draft is saved. A review can be asked for when everything "
                                     "that must be mended is mended.", findings=found))
    except Conflict as refused:
        return _show(draft_id, Shown(409, refused=refused.sentence))
    return _to("web.draft", draft_id, "draft_asked")


def _to(endpoint: str, draft_id: str, said: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint, draft_id=draft_id, said=said or None), 303)


def _diagram(bundle: Bundle) -> dict[str, bytes | None]:
    xml = request.form.get("xml", "")
    return {bundle.diagram_name: xml.encode()} if xml.strip() else {}


def _changed(bundle: Bundle) -> dict[str, bytes | None]:
    visit = the_visit()
    return {
        **_diagram(bundle), **changed_limits(bundle, limits_posted(bundle), prefix="limit."),
        **ladder_files(visit.system, visit.actor, bundle, ladders_posted(bundle)),
    }


def _fits(bundle: Bundle) -> Bundle | None:
    """The draft as it would be with what was posted, or None where that cannot be read."""
    try:
        changed = received(bundle, _changed(bundle))
        changed.process()
    except NrmError:
        return None
    return changed


def _show(draft_id: str, shown: Shown) -> ResponseReturnValue:
    visit = the_visit()
    words = words_of(visit.system, visit)
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    found = shown.findings
    if found is None:
        found = check_draft(visit.system, visit.actor, draft_id=draft_id)
    may_edit = view.line.is_mine and view.line.status in ("draft", "review")
    xml = view.bundle.file(view.bundle.diagram_name).decode()
    if shown.is_typed and request.form.get("xml", "").strip():
        xml = request.form["xml"]
    data = {**viewer_data(xml, words), "findings": finding_data(found, words)}
    if may_edit:
        data["choices"] = editor_choices(visit.system, visit.actor, view.bundle, words)
        data["words"] = bundle_words(words)
    ladders = ladder_rows(view.bundle, shown.is_typed)
    html = render_template(
        "coordinator/draft.html", view=view, line=view.line, may_edit=may_edit, data=data, findings=found,
        stops=sum(one.severity is Severity.STOP for one in found), errors=shown.errors, refused=shown.refused,
        rows=step_rows(view.bundle.process(), words), titles=titles_of(view.bundle), units=UNITS,
        limits=limit_rows(view, shown.is_typed), note=request.form.get("note", "") if shown.is_typed else view.note,
        labels={**limit_labels(view.bundle), **ladder_labels(ladders)}, ladders=ladders, whens=WHENS, effects=EFFECTS,
        levels=LEVELS, fixed=FIXED, spare=SPARE, role_choices=role_choices(visit.system, words),
        unused=[name for name in view.bundle.files if removable(view.bundle, name)],
    )
    return html, shown.status


def _review(draft_id: str, status: int = 200, refused: NrmError | None = None) -> ResponseReturnValue:
    visit = the_visit()
    words = words_of(visit.system, visit)
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    found = check_draft(visit.system, visit.actor, draft_id=draft_id)
    before, after = changed_marks(view.changes, view.base, view.bundle, words)
    html = render_template(
        "coordinator/review.html", view=view, line=view.line, findings=found, digest=view.bundle.digest,
        stops=sum(one.severity is Severity.STOP for one in found),
        before=viewer_data(view.base.file(view.base.diagram_name).decode(), words, before),
        after=viewer_data(view.bundle.file(view.bundle.diagram_name).decode(), words, after),
        rows_before=step_rows(view.base.process(), words), rows_after=step_rows(view.bundle.process(), words),
        titles_before=titles_of(view.base), titles_after=titles_of(view.bundle), tables=list(reviewed(view, words)),
        refused=refused.sentence if refused is not None and not refused.fields else "",
        errors=refused.fields if refused is not None else {}, typed=request.form.get("reason", ""),
    )
    return html, status
