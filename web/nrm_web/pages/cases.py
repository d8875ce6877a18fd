"""The list of cases, and opening a case: first look whether there is one already, then the form."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.open_case import open_case, opening_form
from nrm.commands.search_duplicates import search_duplicates
from nrm.diagrams.forms import Form
from nrm.queries.case_list import case_list
from nrm.vocabulary.errors import InvalidInput
from nrm_web.addresses import address_with, asked
from nrm_web.answering import happened_at, offered, own_values, posted_answers
from nrm_web.blueprint import words_of
from nrm_web.questions import Errors, has_conditions, labels, names, new_since, questions, with_rows
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
MORE = "More questions follow from your answers. Look at them, then send again."
SEARCHED = {
    "given_name": "person.given_name", "family_name": "person.family_name", "chosen_name": "person.chosen_name",
}
"""The search's fields, which are also fields of the opening form, and their dictionary elements."""


@pages.get("/cases")
def cases() -> ResponseReturnValue:
    """The cases one works on; status, district, stage and the beginning of a code stand in the address."""
    visit = the_visit()
    filters = {name: asked(name) for name in ("district", "stage", "q")}
    status = asked("status") or "running"
    page = case_list(
        visit.system, visit.actor, status=None if status == "all" else status, after=asked("after"),
        district=filters["district"], stage=filters["stage"], q=filters["q"],
    )
    tabs = [
        {"href": address_with(status=name), "label": label, "here": status == name}
        for name, label in (("running", "Open"), ("ended", "Closed"), ("all", "All"))
    ]
    return render_template("nrm/cases.html", page=page, filters=filters, tabs=tabs, status=status,
                           is_filtered=any(filters.values()))


@pages.get("/cases/new")
def open_case_search() -> ResponseReturnValue:
    """Before a case is opened: is there one already?"""
    visit = the_visit()
    opening_form(visit.system, visit.actor)
    return render_template("nrm/open_search.html", typed={}, found=None)


@pages.post("/cases/new", repeatable=True)
def search_before_opening() -> ResponseReturnValue:
    """Search; what was typed goes on into the form, never into the address."""
    visit = the_visit()
    typed = {name: request.form.get(name, "").strip()[:200] for name in SEARCHED}
    try:
        found = search_duplicates(
            visit.system, visit.actor, names={element: typed[name] for name, element in SEARCHED.items()},
        )
    except InvalidInput as wrong:
        errors = {"given_name": list(wrong.fields.get("names", [wrong.sentence]))}
        return render_template("nrm/open_search.html", typed=typed, found=None, errors=errors), 422
    return render_template("nrm/open_search.html", typed=typed, found=found)


@pages.get("/cases/new/form")
def open_case_form() -> ResponseReturnValue:
    """The opening form without a search: the person gave no name."""
    return _show({}, {"_searched": "nothing"})


@pages.post("/cases/new/form")
def open_a_case() -> ResponseReturnValue:
    """Begin the form with what was searched, add or remove rows, or open the case."""
    visit = the_visit()
    form = opening_form(visit.system, visit.actor)
    answers = posted_answers(form)
    action = request.form.get("_action", "complete")
    own = own_values()
    if action.startswith(("add:", "remove:")):
        return _show(with_rows(form, answers, action), own)
    if action in ("begin", "continue"):
        return _show(answers, own)
    fresh = new_since(questions(form, answers), own["_shown"]) if "_shown" in own else []
    if fresh:
        return _show(answers, own, {fresh[0].name: [MORE]}, 422)
    try:
        opened = open_case(
            visit.system, visit.actor, district=own.get("_district", ""), answers=answers,
            happened_at=happened_at(words_of(visit.system, visit)),
        )
    except InvalidInput as wrong:
        return _show(answers, own, _own_names(wrong.fields) or {"": [wrong.sentence]}, 422)
    return redirect(url_for("web.case_opened", code=opened.code), 303)


@pages.post("/cases/new/questions", repeatable=True)
def opening_questions() -> ResponseReturnValue:
    """The questions that follow from the answers, as a part of the page."""
    visit = the_visit()
    form = offered(visit.system, visit.actor, opening_form(visit.system, visit.actor))
    shown = questions(form, posted_answers(form))
    return render_template("nrm/questions.html", asked=shown, shown_names=names(shown))


@pages.get("/cases/<code>/opened")
def case_opened(code: str) -> ResponseReturnValue:
    """The receipt: the code to note down, and what comes next."""
    from nrm_web.pages.case import opened_page

    return opened_page(code)


def _own_names(fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
    own = {"district": "_district", "happened_at": "_happened_on"}
    return {own.get(name, name): list(texts) for name, texts in fields.items()}


def _show(answers: Mapping[str, object], own: Mapping[str, str], errors: Errors | None = None,
          status: int = 200) -> Response:
    visit = the_visit()
    form: Form = offered(visit.system, visit.actor, opening_form(visit.system, visit.actor))
    shown = questions(form, answers, errors=errors)
    html = render_template(
        "nrm/open_form.html", form=form, asked=shown, shown_names=names(shown), own=own, errors=errors or {},
        labels={**labels(shown), "_district": "District"}, has_conditions=has_conditions(form),
        district=own.get("_district") or _own_district(),
    )
    return Response(html, status, content_type="text/html; charset=utf-8")


def _own_district() -> str:
    """Return the district of the opener's agency, where it has one only."""
    visit = the_visit()
    agency = next((a for a in visit.system.configuration.agencies if a.id == visit.actor.agency_id), None)
    return agency.districts[0] if agency is not None and len(agency.districts) == 1 else ""
