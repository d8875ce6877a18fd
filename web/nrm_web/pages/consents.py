"""Consent: what for and for whom, every version, who received what; recorded, taken back, or in its place the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.form_acts.consents import PURPOSES
from nrm.commands.overrides import BASES, ask_override, confirm_override, revoke_override
from nrm.commands.overrides import PURPOSES as LAW_PURPOSES
from nrm.commands.read_case import read_case
from nrm.commands.read_consents import foresee_withdrawal, read_consent_ledger
from nrm.commands.withdraw_consent import record_consent, withdraw_purposes
from nrm.queries.case_view import CasePage
from nrm.queries.consent_ledger import ANY, Cell, ConsentLedger
from nrm.queries.disclosures import PERSON
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm_web.case_tabs import tabs
from nrm_web.pages.case import CATEGORIES, case_id
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
PURPOSE_TITLES = {
    "interview": "To be asked about what happened", "case_management": "To have the case worked on",
    "family_assessment": "To ask the family", "referral": "To be referred to a service", "police": "To tell the police",
    "feedback": "To tell whoever brought the person how far it is", "follow_up": "To be contacted later",
    "statistics": "To count in statistics", "photo": "To be photographed", "justice": "To tell the prosecution",
    "labour": "To tell the labour inspectorate", "foreign_partner": "To tell a partner abroad",
    "own": "For the person themselves",
}
BASIS_TITLES = {
    "danger_to_life": "Danger to life", "child_protection": "Protection of a child", "court_order": "Court order",
    "statutory_duty": "Duty by law",
}
STATES = {
    "given": "Agrees", "override": "By law", "refused": "Says no", "withdrawn": "Taken back", "expired": "Over",
    "revoked": "No longer holds", "proposed": "Proposed", "altered": "Altered: does not count",
}
TONES = {"given": "success", "override": "warning", "proposed": "info", "altered": "danger"}
WAYS = {
    "read": "Opened", "referral_sent": "Asked to take a referral", "referral_accepted": "Took a referral",
    "export": "In an export", "letter": "In a letter",
}
ANSWERS = {
    "erase": "Will erase it", "return": "Will give it back", "must_keep": "Has to keep it by law",
    "none": "Has not answered yet", "erased": "Has erased it", "returned": "Has given it back",
}
KEPT_ON = {
    "statutory_duty": "A duty by law to keep it", "court_order": "Order of a court",
    "legal_claim": "A claim at law that needs it",
}
VOICES = {"person": "the person", "guardian": "the guardian", "assent": "the child", "override": "by law"}


@pages.get("/cases/<code>/consents")
def case_consents(code: str) -> ResponseReturnValue:
    """What the person agreed to and refused, and recording an answer."""
    return _consents(code)


@pages.post("/cases/<code>/consents")
def put_consent(code: str) -> ResponseReturnValue:
    """Record an answer of the person."""
    visit, form = the_visit(), request.form
    try:
        record_consent(
            visit.system, visit.actor, case_id=case_id(code), purpose=form.get("purpose", ""),
            answer=form.get("answer", ""), recipients=form.getlist("recipients"),
            categories=form.getlist("categories"), given_by=form.get("given_by", ""),
        )
    except InvalidInput as wrong:
        return _consents(code, wrong.fields, "record")
    return _back(code, "consent")


@pages.post("/cases/<code>/consents/foresee", repeatable=True)
def foresee(code: str) -> ResponseReturnValue:
    """What a withdrawal would end, before it is recorded."""
    visit = the_visit()
    purposes, recipients = request.form.getlist("back_purposes"), request.form.getlist("back_recipients")
    named = [name for name in recipients if name not in ("", ANY)]
    try:
        found = foresee_withdrawal(
            visit.system, visit.actor, case_id=case_id(code), purposes=purposes, recipients=named
        )
    except InvalidInput as wrong:
        return _consents(code, {f"back_{name}": texts for name, texts in wrong.fields.items()}, "back")
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    with visit.system.database.reader(visit.actor) as unit:
        agencies = visit.system.agencies(unit)
        names = [agencies.name(name) for name in named]
    return render_template(
        "nrm/consent_withdrawal.html", case=page, tabs=tabs(page, "consents"), found=found, purposes=purposes,
        recipients=named, recipient_names=names, purpose_titles=PURPOSE_TITLES, categories=CATEGORIES,
    )


@pages.post("/cases/<code>/consents/withdraw")
def take_back(code: str) -> ResponseReturnValue:
    """Record that the person takes purposes back, for some agencies or for all."""
    visit, form = the_visit(), request.form
    try:
        withdraw_purposes(
            visit.system, visit.actor, case_id=case_id(code), purposes=form.getlist("back_purposes"),
            recipients=form.getlist("back_recipients"),
        )
    except InvalidInput as wrong:
        return _consents(code, {f"back_{name}": texts for name, texts in wrong.fields.items()}, "back")
    return _back(code, "withdrawn")


@pages.post("/cases/<code>/overrides")
def propose_override(code: str) -> ResponseReturnValue:
    """Propose to share on a legal basis; a second person confirms it."""
    visit, form = the_visit(), request.form
    try:
        ask_override(
            visit.system, visit.actor, case_id=case_id(code), recipient=form.get("recipient", ""),
            purpose=form.get("law_purpose", ""), categories=form.getlist("law_categories"),
            basis=form.get("basis", ""), reason=form.get("law_reason", ""),
        )
    except InvalidInput as wrong:
        own = {"purpose": "law_purpose", "categories": "law_categories", "reason": "law_reason"}
        return _consents(code, {own.get(k, k): v for k, v in wrong.fields.items()}, "law")
    return _back(code, "override")


@pages.post("/cases/<code>/overrides/<consent_id>/confirm", fresh=True)
def second_person(code: str, consent_id: str) -> ResponseReturnValue:
    """Confirm a legal basis as the second person."""
    visit = the_visit()
    _belongs(code, consent_id)
    confirm_override(visit.system, visit.actor, override_id=consent_id)
    return _back(code, "override_confirmed")


@pages.post("/cases/<code>/overrides/<consent_id>/revoke")
def end_override(code: str, consent_id: str) -> ResponseReturnValue:
    """Take a legal basis back before its time, or refuse a proposed one."""
    visit = the_visit()
    _belongs(code, consent_id)
    try:
        revoke_override(
            visit.system, visit.actor, override_id=consent_id, reason=request.form.get("revoke_reason", "")
        )
    except InvalidInput as wrong:
        return _consents(code, {"revoke_reason": wrong.fields["reason"]}, consent_id)
    return _back(code, "override_revoked")


def _back(code: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.case_consents", code=code, done=done), 303)


def _consents(code: str, errors: Mapping[str, Sequence[str]] | None = None, panel: str = "") -> Response:
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    ledger = read_consent_ledger(visit.system, visit.actor, case_id=page.id)
    with visit.system.database.reader(visit.actor) as unit:
        agencies = [(agency.id, agency.name) for agency in visit.system.agencies(unit).active]
    html = render_template(
        "nrm/case_consents.html", case=page, tabs=tabs(page, "consents"), errors=errors or {}, panel=panel,
        ledger=ledger, at={(cell.purpose, cell.recipient): cell for cell in ledger.cells},
        places={(cell.purpose, cell.recipient): f"c{number}" for number, cell in enumerate(ledger.cells, start=1)},
        purposes=[(name, PURPOSE_TITLES.get(name, name)) for name in PURPOSES], purpose_titles=PURPOSE_TITLES,
        given=_given(ledger), bases=BASIS_TITLES, states=STATES, tones=TONES, ways=WAYS, answers=ANSWERS,
        kept_on=KEPT_ON,
        voices=VOICES, law_purposes=[(name, PURPOSE_TITLES.get(name, name)) for name in LAW_PURPOSES],
        basis_options=[(name, BASIS_TITLES.get(name, name)) for name in BASES],
        agencies=agencies, categories=CATEGORIES, recipients_given=_recipients_given(page, ledger),
        typed=request.form if request.method == "POST" else {}, chosen=_chosen(), done=request.args.get("done", ""),
        labels={"purpose": "What for", "answer": "Answer", "given_by": "Who answered", "recipient": "Agency",
                "law_purpose": "What for", "basis": "Legal basis", "law_categories": "What would be shared",
                "law_reason": "Reason", "back_purposes": "What is taken back", "back_recipients": "From whom",
                "revoke_reason": "Reason"},
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")


def _given(ledger: ConsentLedger) -> list[tuple[str, str]]:
    """The purposes of which something can be taken back."""
    names = dict.fromkeys(cell.purpose for cell in ledger.cells if cell.may_withdraw)
    return [(name, PURPOSE_TITLES.get(name, name)) for name in names]


def _recipients_given(page: CasePage, ledger: ConsentLedger) -> list[tuple[str, str]]:
    """The agencies from which something can be taken back: named ones, and those that received something."""
    named = {cell.recipient: cell.recipient_name for cell in ledger.cells if _is_named(cell)}
    held = {one.agency_id: one.agency_name for one in ledger.received if one.agency_id not in (page.agency_id, PERSON)}
    return sorted({**named, **held}.items(), key=lambda one: one[1])


def _is_named(cell: Cell) -> bool:
    return cell.may_withdraw and not cell.recipient.startswith(ANY)


def _chosen() -> dict[str, list[str]]:
    names = ("recipients", "categories", "law_categories", "back_purposes", "back_recipients")
    return {name: request.form.getlist(name) for name in names}


def _belongs(code: str, consent_id: str) -> None:
    visit = the_visit()
    page = read_case(visit.system, visit.actor, case_id=case_id(code))
    if all(line.id != consent_id for line in page.consents):
        raise NotFound
