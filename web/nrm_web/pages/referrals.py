"""Referrals: what one's agency was asked, what one's cases asked of others, and what each of them names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.referrals import (
    WITHDRAWING,
    name_fields,
    prepare_referral,
    read_choice,
    read_referral,
    withdraw_referral,
)
from nrm.queries.referrals import HOW_SOON, RECEIVED, SENT, boxes_of, referrals
from nrm.rules.referral_steps import ReferralStatus
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm_web.pages.case import CATEGORIES, case_id
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
BOX_TITLES = {"received": "Received", "sent": "Sent"}
STATUS_TITLES = {
    "draft": "Prepared", "sent": "Waits for an answer", "returned": "A question first", "accepted": "Taken on",
    "refused": "Refused", "delivered": "Delivered", "confirmed": "Confirmed by the person",
    "not_delivered": "Not delivered", "revoked": "Taken back", "expired": "Ended unanswered",
}
TONES = {
    "sent": "info", "returned": "warning", "accepted": "success", "delivered": "success", "confirmed": "success",
    "refused": "warning", "revoked": "warning", "not_delivered": "warning",
}
REASON_TITLES = {
    "not_needed": "It is not needed any more", "other_provider": "Another provider gives it",
    "the_person_asked": "The person asked for it", "sent_by_mistake": "It was sent by mistake",
    "consent_withdrawn": "The person took the consent back", "agency_ended": "The agency takes part no longer",
    "no_capacity": "No place or time free", "no_such_service": "They do not offer this",
    "out_of_area": "Outside their area", "not_eligible": "Their rules do not allow it",
    "conflict": "Conflict of interest", "other": "Another reason",
}


@pages.get("/referrals")
def referrals_board() -> ResponseReturnValue:
    """The referrals of one list, the newest first; the filter stands in the address."""
    visit = the_visit()
    boxes = boxes_of(visit.system, visit.actor)
    asked = request.args.get("box", "")
    box = asked if asked in boxes else next(iter(boxes), RECEIVED)
    status = request.args.get("status", "")
    page = referrals(
        visit.system, visit.actor, box=box, status=status if status in set(ReferralStatus) else None,
        after=request.args.get("after") or None,
    )
    return render_template(
        "referrals/list.html", page=page, box=box, tabs=referral_tabs(boxes, box), chosen=status, **_titles()
    )


def referral_tabs(boxes: Sequence[str], here: str) -> list[dict[str, object]]:
    """Return the tabs of referrals; who asks others for services asks them to take cases over too."""
    found: list[dict[str, object]] = [
        {"href": url_for("web.referrals_board", box=one), "label": BOX_TITLES[one], "here": one == here}
        for one in boxes
    ]
    if SENT in boxes:
        found.append({"href": url_for("web.transfers_board"), "label": "Transfers", "here": here == "transfers"})
    return found


@pages.get("/referrals/<referral_id>")
def referral(referral_id: str) -> ResponseReturnValue:
    """One referral, as its reader's side may see it."""
    return _referral(referral_id)


@pages.post("/referrals/<referral_id>/withdraw")
def referral_withdraw(referral_id: str) -> ResponseReturnValue:
    """Take a referral back, with the reason."""
    visit = the_visit()
    try:
        withdraw_referral(visit.system, visit.actor, referral_id=referral_id, reason=request.form.get("reason", ""))
    except InvalidInput as wrong:
        return _referral(referral_id, wrong.fields)
    return redirect(url_for("web.referral", referral_id=referral_id, done="taken_back"), 303)


@pages.get("/referrals/<referral_id>/fields")
def referral_fields(referral_id: str) -> ResponseReturnValue:
    """What the provider is told once it has taken the person on: each answer beside its question."""
    return _fields(referral_id)


@pages.post("/referrals/<referral_id>/fields")
def referral_name_fields(referral_id: str) -> ResponseReturnValue:
    """Name the answers anew."""
    visit = the_visit()
    chosen = request.form.getlist("fields")
    try:
        name_fields(visit.system, visit.actor, referral_id=referral_id, fields=chosen)
    except InvalidInput as wrong:
        return _fields(referral_id, chosen, wrong.fields)
    return redirect(url_for("web.referral", referral_id=referral_id, done="fields"), 303)


@pages.post("/cases/<code>/plan/<line_no>/referral")
def referral_prepare(code: str, line_no: str) -> ResponseReturnValue:
    """Prepare the referral of a plan line, to choose what it names before it is sent."""
    visit = the_visit()
    if not line_no.isdigit() or len(line_no) > 4:
        raise NotFound
    referral_id = prepare_referral(visit.system, visit.actor, case_id=case_id(code), line_no=int(line_no))
    return redirect(url_for("web.referral_fields", referral_id=referral_id), 303)


def _referral(referral_id: str, errors: Mapping[str, Sequence[str]] | None = None) -> Response:
    visit = the_visit()
    seen = read_referral(visit.system, visit.actor, referral_id=referral_id)
    html = render_template(
        "referrals/referral.html", seen=seen, errors=errors or {}, labels={"reason": "Reason"},
        withdrawing=[(code, REASON_TITLES[code]) for code in WITHDRAWING], typed=request.form,
        done=request.args.get("done", ""), **_titles(),
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")


def _fields(
    referral_id: str, chosen: Sequence[str] | None = None, errors: Mapping[str, Sequence[str]] | None = None
) -> Response:
    visit = the_visit()
    choice = read_choice(visit.system, visit.actor, referral_id=referral_id)
    named = [one.element for one in choice.offers if one.named] if chosen is None else list(chosen)
    groups: dict[str, list[object]] = {}
    for one in choice.offers:
        groups.setdefault(CATEGORIES[one.category], []).append(one)
    html = render_template(
        "referrals/fields.html", seen=choice.referral, groups=groups, named=named, errors=errors or {},
        labels={"fields": "What they are told"}, **_titles(),
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")


def _titles() -> dict[str, object]:
    return {"status_titles": STATUS_TITLES, "tones": TONES, "reasons": REASON_TITLES, "soon": HOW_SOON}
