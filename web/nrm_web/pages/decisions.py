"""Decisions: each table in words, tried on facts, with its tests, findings and versions; two versions compared."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.publishing import start_draft
from nrm.decisions.dmn import Decided
from nrm.queries.decisions import DecisionLine, compare_decision, decision_view, decisions_list, try_decision
from nrm.queries.process_drafts import draft_view
from nrm.vocabulary.errors import InvalidInput
from nrm_web.blueprint import words_of
from nrm_web.decision_sheets import paired, sheets_of
from nrm_web.decision_words import PREFIX, asked_label, given_facts, labels_of, steps_of, test_lines
from nrm_web.routing import Pages
from nrm_web.visit import the_visit
from nrm_web.words import Words

pages = Pages()


@pages.get("/decisions")
def decisions() -> ResponseReturnValue:
    """The decisions in force; ``q``: only those that say this."""
    visit = the_visit()
    words = words_of(visit.system, visit)
    wanted = request.args.get("q", "").strip()
    lines = decisions_list(visit.system, visit.actor)
    return render_template(
        "decisions/decisions.html", lines=[one for one in lines if _says(one, wanted, words)], said=wanted,
        total=len(lines),
    )


@pages.get("/decisions/<process>/<table>")
def decision(process: str, table: str) -> ResponseReturnValue:
    """One decision as it is in force, or of the version that ``version`` numbers."""
    return _page(process, table)


@pages.post("/decisions/<process>/<table>", repeatable=True)
def decision_try(process: str, table: str) -> ResponseReturnValue:
    """What the decision comes to on the facts of the form; nothing is kept."""
    visit = the_visit()
    number = _number("version")
    view = decision_view(visit.system, visit.actor, process=process, table=table, number=number)
    try:
        decided = try_decision(
            visit.system, visit.actor, process=process, table=table, inputs=given_facts(view.asked, request.form),
            number=number,
        )
    except InvalidInput as wrong:
        return _page(process, table, errors={PREFIX + name: texts for name, texts in wrong.fields.items()})
    return _page(process, table, decided=decided)


@pages.post("/decisions/<process>/<table>/change")
def decision_change(process: str, table: str) -> ResponseReturnValue:
    """Begin a draft of the process, or go to the one that is begun, at the page of the table."""
    visit = the_visit()
    draft_id = start_draft(visit.system, visit.actor, process=process)
    if table not in draft_view(visit.system, visit.actor, draft_id=draft_id).bundle.table_ids:
        return redirect(url_for("web.draft", draft_id=draft_id), 303)
    return redirect(url_for("web.draft_table", draft_id=draft_id, table_id=table, said="draft_started"), 303)


@pages.get("/decisions/<process>/<table>/compare")
def decision_compare(process: str, table: str) -> ResponseReturnValue:
    """Two versions of a decision, cell by cell and in words; the one in force and the one before if none are named."""
    visit = the_visit()
    view = decision_view(visit.system, visit.actor, process=process, table=table, number=_number("after"))
    after, named = view.number, _number("before")
    before = named if named is not None else next((one.number for one in view.versions if one.number < after), after)
    one, other, changes = compare_decision(
        visit.system, visit.actor, process=process, table=table, before=before, after=after,
    )
    return render_template(
        "decisions/compare.html", process=process, table=table, before=before, after=after, name=other.name,
        pairs=paired(one, other, words_of(visit.system, visit)), changes=[change.sentence for change in changes],
    )


def _page(
    process: str, table: str, decided: Decided | None = None, errors: Mapping[str, list[str]] | None = None,
) -> ResponseReturnValue:
    visit = the_visit()
    words = words_of(visit.system, visit)
    view = decision_view(visit.system, visit.actor, process=process, table=table, number=_number("version"))
    labels = labels_of(view, words)
    html = render_template(
        "decisions/decision.html", view=view, sheets=sheets_of(view.decision, words), tests=test_lines(view, words),
        steps=steps_of(decided, labels, words) if decided else (),
        asked=[(one, asked_label(one, words)) for one in view.asked], typed=request.form, prefix=PREFIX,
        errors=errors or {}, labels={PREFIX + name: label for name, label in labels.items()},
        chosen=next(one for one in view.versions if one.number == view.number),
    )
    return html, 422 if errors else 200


def _says(line: DecisionLine, wanted: str, words: Words) -> bool:
    texts = (line.table, line.name, words(line.name), line.process, line.process_title, words(line.process_title))
    said = " ".join(texts).casefold()
    return all(word in said for word in wanted.casefold().split())


def _number(name: str) -> int | None:
    """The number of a version in the address, None where there is none; what is no number fits no version."""
    given = request.args.get(name, "")
    if not given:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
