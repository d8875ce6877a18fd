"""The page that the person carries: chosen with them, in their language, safe whoever finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from nrm.commands.access_first import refuse_first
from nrm.commands.person_summary import PARTS, language_of_person, write_summary
from nrm.commands.read_case import read_case
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.blueprint import words_of
from nrm_web.case_tabs import tabs
from nrm_web.pages.case import case_id
from nrm_web.routing import Pages
from nrm_web.visit import the_visit
from nrm_web.words import NAMES, Words

pages = Pages()
PART_TITLES = {
    "agreed": "What the person agreed to", "expected": "When the person is expected next", "call": "A number to call",
}
AGREED = {
    "interview": "You agreed to a conversation.", "case_management": "You agreed that one person coordinates things.",
    "family_assessment": "You agreed that your family may be asked.",
    "referral": "You agreed to be put in touch with services.", "police": "You agreed that an office may be told.",
    "justice": "You agreed that an office may be told.", "labour": "You agreed that an office may be told.",
    "foreign_partner": "You agreed that a partner abroad may be told.",
    "feedback": "You agreed that whoever brought you hears how it goes.",
    "follow_up": "You agreed to be contacted later.", "statistics": "You agreed to be counted without your name.",
    "photo": "You agreed to a picture or a recording.",
}
"""What each purpose is called where anybody may read it."""


@pages.get("/cases/<code>/page-to-carry")
def page_to_carry(code: str) -> ResponseReturnValue:
    """Choose what stands on the page, and in which language."""
    visit = the_visit()
    language = language_of_person(visit.system, visit.actor, case_id=case_id(code))
    return _choose(code, language or visit.language, PARTS)


@pages.post("/page-to-carry", repeatable=True)
def print_page() -> ResponseReturnValue:
    """The page, ready to be printed: browsers print the address beside it, so it does not say whose it is."""
    visit, form = the_visit(), request.form
    code, chosen, language = form.get("case", ""), form.getlist("parts"), form.get("language", "")
    if not code:
        refuse_first(visit.system, visit.actor, (Permission.CONSENT_RECORD,), {}, InvalidInput(
            fields={"case": ["Open the page from the case of the person."]}
        ))
    try:
        summary = write_summary(
            visit.system, visit.actor, case_id=case_id(code), language=language, parts=chosen
        )
    except InvalidInput as wrong:
        return _choose(code, language, chosen, wrong.fields)
    own = words_of(visit.system, visit)
    words = Words(own.wording, summary.language, own.zone)
    said = dict.fromkeys(AGREED[purpose] for purpose in summary.purposes)
    return render_template("nrm/page_to_carry.html", summary=summary, said=words, agreed=list(said), code=code)


def _choose(code: str, language: str, chosen: Sequence[str], errors: Mapping[str, Sequence[str]] | None = None,
            ) -> Response:
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    languages = [(name, NAMES.get(name, name)) for name in visit.system.configuration.product.languages]
    html = render_template(
        "nrm/page_to_carry_choice.html", case=page, tabs=tabs(page, "consents"), languages=languages, language=language,
        parts=list(PART_TITLES.items()), chosen=chosen, errors=errors or {},
        labels={"language": "Language", "parts": "What stands on it"},
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")
