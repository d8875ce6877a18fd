"""Cases that change hands: who was asked, what came of it, and taking an unanswered request back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.take_back_transfer import REASONS, take_back_transfer
from nrm.queries.referrals import boxes_of
from nrm.queries.transfers import transfers
from nrm.vocabulary.errors import InvalidInput
from nrm_web.pages.case import case_id
from nrm_web.pages.referrals import REASON_TITLES, referral_tabs
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
STATUS_TITLES = {
    "proposed": "Waits for an answer", "accepted": "Taken over", "refused": "Refused", "withdrawn": "Taken back",
}
TONES = {"proposed": "info", "accepted": "success", "refused": "warning", "withdrawn": "warning"}
WHY_TITLES = {
    "additional_services": "Services that are not given here", "moves": "The person moves",
    "safety": "Safety of the person", "other": "Another reason",
}


@pages.get("/transfers")
def transfers_board() -> ResponseReturnValue:
    """The requests, the newest first."""
    return _board()


@pages.post("/cases/<code>/transfer/withdraw")
def transfer_withdraw(code: str) -> ResponseReturnValue:
    """Take the open request of a case back, with the reason."""
    visit = the_visit()
    try:
        take_back_transfer(
            visit.system, visit.actor, case_id=case_id(code), reason=request.form.get("reason", "")
        )
    except InvalidInput as wrong:
        return _board(wrong.fields, code)
    return redirect(url_for("web.transfers_board", done="taken_back"), 303)


def _board(errors: Mapping[str, Sequence[str]] | None = None, code: str = "") -> Response:
    visit = the_visit()
    page = transfers(visit.system, visit.actor, after=request.args.get("after") or None)
    html = render_template(
        "referrals/transfers.html", page=page, tabs=referral_tabs(boxes_of(visit.system, visit.actor), "transfers"),
        status_titles=STATUS_TITLES, tones=TONES, why=WHY_TITLES, errors=errors or {}, wrong_at=code,
        withdrawing=[(one, REASON_TITLES[one]) for one in REASONS], labels={"reason": "Reason"},
        done=request.args.get("done", ""),
    )
    return Response(html, 422 if errors else 200, content_type="text/html; charset=utf-8")
