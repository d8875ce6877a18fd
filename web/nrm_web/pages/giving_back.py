"""What one's agency received and may use no more: it says itself what became of it (X1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.giving_back import ANSWERS, BASES, confirm_given_back
from nrm.queries.recalls import asked_back
from nrm.vocabulary.errors import InvalidInput
from nrm_web.pages.case import CATEGORIES
from nrm_web.pages.consents import KEPT_ON, PURPOSE_TITLES, WAYS
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
ANSWER_TITLES = {
    "erased": "We have erased it", "returned": "We have given it back", "must_keep": "We have to keep it",
}


@pages.get("/to-give-back")
def to_give_back() -> ResponseReturnValue:
    """What is to be confirmed, case by case."""
    return _show()


@pages.post("/to-give-back")
def given_back() -> ResponseReturnValue:
    """Confirm for one's agency what became of what it received of one case."""
    visit, form = the_visit(), request.form
    try:
        confirm_given_back(
            visit.system, visit.actor, case=form.get("case", ""), answer=form.get("answer", ""),
            basis=form.get("basis", ""), words=form.get("words", ""),
        )
    except InvalidInput as wrong:
        return _show(form.get("case", ""), wrong.fields)
    return redirect(url_for("web.to_give_back", done="given_back"), 303)


def _show(case: str = "", errors: Mapping[str, Sequence[str]] | None = None) -> Response:
    visit = the_visit()
    html = render_template(
        "referrals/to_give_back.html", items=asked_back(visit.system, visit.actor), wrong_at=case, errors=errors or {},
        answers=[(code, ANSWER_TITLES[code]) for code in ANSWERS], bases=[(code, KEPT_ON[code]) for code in BASES],
        typed=request.form, done=request.args.get("done", ""), ways=WAYS, purpose_titles=PURPOSE_TITLES,
        categories=CATEGORIES, labels={"answer": "What became of it", "basis": "Why it has to be kept"},
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")
