"""The auditor's page of who looked at what: by account, agency or case, over a period."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.commands.access_review import review_access
from nrm.queries.access_review import Access, Review
from nrm.queries.scope import require_role
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.audit_words import one_rule
from nrm_web.blueprint import words_of
from nrm_web.pages.audit import begin_of_day
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
FIELDS = ("login", "agency", "code", "from", "until")
USUAL = timedelta(days=30)


@pages.get("/audit/access")
def access_review() -> ResponseReturnValue:
    """Ask who saw what. Nothing is looked up before it is asked: each review is an entry."""
    visit = the_visit()
    require_role(visit.actor, Permission.AUDIT_SEARCH, visit.system.configuration.policy)
    words = words_of(visit.system, visit)
    today = visit.system.clock.now().astimezone(words.zone).date()
    chosen = {name: request.args.get(name, "").strip() for name in FIELDS}
    chosen["from"] = chosen["from"] or (today - USUAL).isoformat()
    chosen["until"] = chosen["until"] or today.isoformat()
    found, errors = None, {}
    if "find" in request.args:
        try:
            found = review_access(visit.system, visit.actor, asked=_asked(chosen))
        except InvalidInput as wrong:
            errors = wrong.fields
    with visit.system.database.reader(visit.actor) as unit:
        agencies = [(one.id, one.name) for one in visit.system.agencies(unit).by_id.values()]
    html = render_template(
        "auditor/access.html", found=found, chosen=chosen, agencies=agencies, errors=errors,
        labels={"login": "Account", "from": "From", "until": "Until"},
        lines=[(line, _rules(line)) for line in found.lines] if found else [],
    )
    return html, 422 if errors else 200


def _asked(chosen: dict[str, str]) -> Review:
    begin, last = begin_of_day("from", chosen["from"]), begin_of_day("until", chosen["until"])
    return Review(
        begin, last + timedelta(days=1), login=chosen["login"] or None, agency=chosen["agency"] or None,
        code=chosen["code"] or None,
    )


def _rules(line: Access) -> list[str]:
    visit = the_visit()
    words = words_of(visit.system, visit)
    titles = {code: role.title for code, role in visit.system.configuration.roles.items()}
    return [one_rule(rule, words, titles) for entry in line.rules for rule in entry.split(";") if rule]
