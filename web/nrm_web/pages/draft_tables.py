"""The page of one decision table in a draft: changed in the browser, checked, with its tests and what changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.draft_files import placed
from nrm.commands.publishing import require_author, save_process_draft
from nrm.decisions.dmn.proving import read_tests
from nrm.diagrams.bundle import TESTS, Bundle
from nrm.diagrams.compare_contents import tables as compare_tables
from nrm.diagrams.received import received
from nrm.queries.process_drafts import OPEN, DraftView, draft_view
from nrm.vocabulary.errors import Conflict, DocumentRefused
from nrm_web.answering import posted_version
from nrm_web.blueprint import words_of
from nrm_web.decision_words import editor_words, test_lines
from nrm_web.draft_decisions import Drafted, drafted
from nrm_web.routing import LARGEST_FILES, Pages
from nrm_web.visit import the_visit

pages = Pages()
LARGEST = 4 * 1024 * 1024
NOTHING_SENT = "The table was not sent: changing it here needs a script. Download it, change it elsewhere, upload it."


@dataclass(frozen=True)
class Shown:
    """How the page is shown this time. ``xml``, ``tests``: what was typed; ``mine``: how it differs from the saved."""

    status: int = 200
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    refused: str = ""
    xml: str = ""
    tests: str | None = None
    mine: tuple[str, ...] = ()


@pages.get("/drafts/<draft_id>/tables/<table_id>")
def draft_table(draft_id: str, table_id: str) -> ResponseReturnValue:
    """A decision table of the draft; its author changes it here."""
    return _show(draft_id, table_id, Shown())


@pages.post("/drafts/<draft_id>/tables/<table_id>", largest=LARGEST)
def draft_table_save(draft_id: str, table_id: str) -> ResponseReturnValue:
    """Save the table as it was changed; what cannot be read stays on the page, with what is wrong."""
    saved = _own(draft_id, table_id)
    xml = request.form.get("xml", "")
    if not xml.strip():
        return _show(draft_id, table_id, Shown(422, refused=NOTHING_SENT))
    try:
        _save(draft_id, {f"tables/{table_id}.dmn": xml.encode()})
    except DocumentRefused as wrong:
        return _show(draft_id, table_id, Shown(422, refused=_placed_sentence(wrong), xml=xml))
    except Conflict as wrong:
        mine = _differences(saved.bundle, xml.encode(), table_id)
        return _overtaken(saved, table_id, Shown(409, refused=wrong.sentence, xml=xml, mine=mine), wrong)
    return _back(draft_id, table_id, "table_saved")


@pages.post("/drafts/<draft_id>/tables/<table_id>/check", repeatable=True, largest=LARGEST)
def draft_table_check(draft_id: str, table_id: str) -> ResponseReturnValue:
    """Findings and tests of the table as it stands on the page, as a part of a page; nothing is saved."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    view.bundle.table(table_id)
    xml = request.form.get("xml", "").encode()
    bundle = received(view.bundle, {f"tables/{table_id}.dmn": xml}) if xml.strip() else view.bundle
    made = drafted(bundle, table_id, view.base_number)
    tests = test_lines(made.view, words_of(visit.system, visit)) if made.view else ()
    return render_template("decisions/proof.html", made=made, tests=tests)


@pages.post("/drafts/<draft_id>/tables/<table_id>/tests", largest=LARGEST)
def draft_table_tests(draft_id: str, table_id: str) -> ResponseReturnValue:
    """Save the table's tests as they were typed."""
    saved = _own(draft_id, table_id)
    text = request.form.get("tests", "").replace("\r\n", "\n")
    files = {f"tables/{table_id}{TESTS}": text.encode()}
    try:
        received(saved.bundle, files)
        read_tests(text.encode())
        _save(draft_id, files)
    except DocumentRefused as wrong:
        return _show(draft_id, table_id, Shown(422, errors={"tests": [_placed_sentence(wrong)]}, tests=text))
    except Conflict as wrong:
        return _overtaken(saved, table_id, Shown(409, refused=wrong.sentence, tests=text), wrong)
    return _back(draft_id, table_id, "tests_saved")


@pages.post("/drafts/<draft_id>/tables/<table_id>/files", files=LARGEST_FILES)
def draft_table_upload(draft_id: str, table_id: str) -> ResponseReturnValue:
    """Put an uploaded table, or its tests, in the place of this one."""
    saved = _own(draft_id, table_id)
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise DocumentRefused("Choose a file.")
        files = placed(saved.bundle, sent.filename, sent.stream.read())
        if not files.keys() <= {f"tables/{table_id}.dmn", f"tables/{table_id}{TESTS}"}:
            raise DocumentRefused("This file is not of this table. Put it in on the page of the draft.")
        _save(draft_id, files)
    except DocumentRefused as wrong:
        return _show(draft_id, table_id, Shown(422, errors={"file": [_placed_sentence(wrong)]}))
    except Conflict as wrong:
        return _overtaken(saved, table_id, Shown(409, refused=wrong.sentence), wrong)
    return _back(draft_id, table_id, "uploaded")


def _own(draft_id: str, table_id: str) -> DraftView:
    """The reader's own draft, which holds the table. Raises NotAllowed, NotFound."""
    visit = the_visit()
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    require_author(view.line.author_id, visit.actor)
    view.bundle.table(table_id)
    return view


def _save(draft_id: str, files: Mapping[str, bytes]) -> None:
    visit = the_visit()
    save_process_draft(visit.system, visit.actor, draft_id=draft_id, files=files, version=posted_version())


def _placed_sentence(wrong: DocumentRefused) -> str:
    words = words_of(the_visit().system, the_visit())
    place = f" ({words('line {number}', number=wrong.line)})" if wrong.line else ""
    return words(wrong.sentence) + place


def _differences(saved: Bundle, mine: bytes, table_id: str) -> tuple[str, ...]:
    try:
        changed = received(saved, {f"tables/{table_id}.dmn": mine})
        return tuple(change.sentence for change in compare_tables(table_id, saved, changed))
    except DocumentRefused:
        return ()


def _overtaken(view: DraftView, table_id: str, shown: Shown, wrong: Conflict) -> ResponseReturnValue:
    """What was typed, over what somebody saved in the meantime; a finished draft is no conflict to settle."""
    if view.line.status not in OPEN:
        raise wrong
    return _show(view.line.id, table_id, shown)


def _back(draft_id: str, table_id: str, said: str) -> ResponseReturnValue:
    return redirect(url_for("web.draft_table", draft_id=draft_id, table_id=table_id, said=said), 303)


def _show(draft_id: str, table_id: str, shown: Shown) -> ResponseReturnValue:
    visit = the_visit()
    words = words_of(visit.system, visit)
    view = draft_view(visit.system, visit.actor, draft_id=draft_id)
    made: Drafted = drafted(view.bundle, table_id, view.base_number)
    saved = view.bundle.files.get(f"tables/{table_id}{TESTS}", b"").decode("utf-8", "replace")
    html = render_template(
        "decisions/draft_table.html", draft=view, line=view.line, made=made, table_id=table_id,
        may_edit=view.line.is_mine and view.line.status in OPEN,
        tests=test_lines(made.view, words) if made.view else (), pairs=made.pairs_since(view.base, words),
        sheets=made.sheets(words),
        changes=[change.sentence for change in view.changes if change.where == f"table {table_id}"],
        data={"xml": shown.xml or view.bundle.table(table_id).decode("utf-8", "replace"),
              "decision": made.view.decision.id if made.view else "", "words": editor_words(words)},
        tests_text=saved if shown.tests is None else shown.tests, tests_file=f"tables/{table_id}{TESTS}",
        errors=shown.errors, labels={"tests": "Tests", "file": "File"}, shown=shown,
    )
    return html, shown.status
