"""The auditor's pages: any case by process facts, its history in words, whether it was altered, and an export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.audit import audit_search, export_history, read_installation, verify_installation
from nrm.commands.read_history import Verdict, history_choices, read_history, verify_case
from nrm.queries.audit_search import AuditFilter
from nrm.queries.case_history import Entry, EntryFilter
from nrm.queries.case_list import STATUSES, case_id_of
from nrm.queries.processes import processes_list
from nrm.queries.scope import require_role
from nrm.rules.exports import Large
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.history_acts import ACTS
from nrm.vocabulary.permissions import Permission
from nrm_web.addresses import as_number
from nrm_web.audit_words import entry_words, installation_words, rule_words
from nrm_web.blueprint import words_of
from nrm_web.large_exports import take_or_ask
from nrm_web.navigation import has
from nrm_web.routing import Pages
from nrm_web.spreadsheet import spreadsheet
from nrm_web.visit import the_visit

pages = Pages()
FILTERS = ("code", "district", "stage", "status", "agency", "overdue", "from", "until")
NOT_A_DAY = "Write a day."


@pages.get("/audit")
def audit() -> ResponseReturnValue:
    """Search cases by process facts. Nothing is searched before it is asked: each search is an entry."""
    visit = the_visit()
    require_role(visit.actor, Permission.AUDIT_SEARCH, visit.system.configuration.policy)
    chosen = {name: request.args.get(name, "").strip() for name in FILTERS}
    page, errors = None, {}
    if "find" in request.args or any(chosen.values()):
        try:
            page = audit_search(
                visit.system, visit.actor, wanted=_wanted(chosen), after=request.args.get("after") or None,
            )
        except InvalidInput as wrong:
            errors = wrong.fields
    with visit.system.database.reader(visit.actor) as unit:
        agencies = [(one.id, one.name) for one in visit.system.agencies(unit).by_id.values()]
    html = render_template(
        "auditor/search.html", page=page, chosen=chosen, agencies=agencies, statuses=("running", "ended", *STATUSES),
        stages=_stages(), errors=errors, labels={"from": "Opened from", "until": "Opened until", "status": "Status"},
    )
    return html, 422 if errors else 200


@pages.get("/audit/cases/<code>")
def audit_case(code: str) -> ResponseReturnValue:
    """The history of one case; the reading is an entry of it."""
    return _history(code, None)


@pages.post("/audit/cases/<code>/check", repeatable=True)
def audit_check(code: str) -> ResponseReturnValue:
    """Check that nobody altered this history; the answer is a sentence."""
    visit = the_visit()
    case_id = case_id_of(visit.system, visit.actor, code)
    return _history(code, verify_case(visit.system, visit.actor, case_id=case_id, permission=Permission.AUDIT_READ))


@pages.post("/audit/cases/<code>/export", repeatable=True, fresh=True)
def audit_export(code: str) -> ResponseReturnValue:
    """The history as a table for a spreadsheet; the export is an entry, so it is asked for by a press."""
    visit = the_visit()
    case_id = case_id_of(visit.system, visit.actor, code)
    return take_or_ask(Large.CASES, lambda: spreadsheet(
        export_history(visit.system, visit.actor, case_id=case_id), "history.csv",
    ))


@pages.get("/audit/installation")
def audit_installation() -> ResponseReturnValue:
    """Sign-ins, accounts, agencies, publications, searches: what concerns no single case."""
    return _installation(None)


@pages.post("/audit/installation/check", repeatable=True)
def audit_installation_check() -> ResponseReturnValue:
    """Check that nobody altered the installation's own history."""
    visit = the_visit()
    return _installation(verify_installation(visit.system, visit.actor))


def _history(code: str, verdict: Verdict | None) -> ResponseReturnValue:
    visit = the_visit()
    case_id = case_id_of(visit.system, visit.actor, code)
    chosen = {name: request.args.get(name, "").strip() for name in ("actor", "agency", "act")}
    page = read_history(
        visit.system, visit.actor, case_id=case_id, before_seq=_before(), permission=Permission.AUDIT_READ,
        wanted=EntryFilter(**chosen),
    )
    words = words_of(visit.system, visit)
    choices = history_choices(visit.system, visit.actor, case_id=case_id)
    acts = sorted(((act, words(ACTS.get(act, act))) for act in choices.acts), key=lambda one: one[1])
    return render_template(
        "auditor/history.html", page=page, lines=_lines(page.entries, entry_words), verdict=verdict, chosen=chosen,
        choices=(("actor", "Who", choices.actors), ("agency", "Agency", choices.agencies), ("act", "Act", acts)),
        code=page.case_code, check=url_for("web.audit_check", code=page.case_code),
        export=url_for("web.audit_export", code=page.case_code),
    )


def _installation(verdict: Verdict | None) -> ResponseReturnValue:
    visit = the_visit()
    page = read_installation(visit.system, visit.actor, before_seq=_before())
    return render_template(
        "auditor/history.html", page=page, lines=_lines(page.entries, installation_words), verdict=verdict, code="",
        check=url_for("web.audit_installation_check"), export="",
    )


def _lines(entries: tuple[Entry, ...], say: Callable[..., str]) -> list[tuple[Entry, str, str]]:
    visit = the_visit()
    words = words_of(visit.system, visit)
    titles = {code: role.title for code, role in visit.system.configuration.roles.items()}
    return [(entry, say(entry, words), rule_words(entry, words, titles)) for entry in entries]


def _before() -> int | None:
    return as_number(request.args.get("before", ""))


def _wanted(chosen: dict[str, str]) -> AuditFilter:
    until = _day("until", chosen["until"])
    return AuditFilter(
        code=chosen["code"] or None, district=chosen["district"] or None, stage=chosen["stage"] or None,
        status=chosen["status"] or None, agency=chosen["agency"] or None, overdue=bool(chosen["overdue"]),
        opened_from=_day("from", chosen["from"]), opened_until=None if until is None else until + timedelta(days=1),
    )


def _day(name: str, text: str) -> datetime | None:
    """The beginning of a day where the auditor is; None where none is given."""
    return begin_of_day(name, text) if text else None


def begin_of_day(name: str, text: str) -> datetime:
    """Return the beginning of a day where the auditor is. Raises InvalidInput for what is no day."""
    visit = the_visit()
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(fields={name: [NOT_A_DAY]}) from None
    return datetime.combine(on, time(), words_of(visit.system, visit).zone).astimezone(UTC)


def _stages() -> list[tuple[str, str]]:
    visit = the_visit()
    if not has(visit.actor, visit.system.configuration.policy, Permission.PROCESSES_READ):
        return []
    return [(line.process, line.title) for line in processes_list(visit.system, visit.actor)]
