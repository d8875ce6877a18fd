"""Tokens with which programs act as an account: issued, shown once, revoked."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.accounts import create_token, revoke_token
from nrm.queries.api_tokens import issued_tokens
from nrm.vocabulary.errors import InvalidInput
from nrm_web.repeating import SHOWN_ONCE
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
DAYS = "90"


@pages.get("/api-tokens")
def api_tokens() -> ResponseReturnValue:
    """The tokens there are, and a form for a new one."""
    return _page()


@pages.post("/api-tokens", fresh=True)
def api_token_create() -> ResponseReturnValue:
    """Issue a token and show it, once."""
    visit = the_visit()
    login, days = request.form.get("login", ""), request.form.get("days", "")
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
    try:
        token = create_token(visit.system, visit.actor, login=login, days=number)
    except InvalidInput as wrong:
        return _page(422, wrong.fields, {"login": login, "days": days})
    return _page(SHOWN_ONCE, token=token, login=login.strip().lower())


@pages.post("/api-tokens/<token_id>/revoke")
def api_token_revoke(token_id: str) -> ResponseReturnValue:
    """Revoke one token: the program is shut out with its next request."""
    visit = the_visit()
    revoke_token(visit.system, visit.actor, token_id=token_id)
    return redirect(url_for("web.api_tokens", said="tokens_revoked"), 303)


def _page(
    status: int = 200, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None,
    token: str = "", login: str = "",
) -> ResponseReturnValue:
    visit = the_visit()
    html = render_template(
        "admin/api_tokens.html", tokens=issued_tokens(visit.system, visit.actor), errors=errors or {},
        typed=typed or {"login": "", "days": DAYS}, token=token, login=login,
        labels={"login": "Account", "days": "Valid for how many days"},
    )
    return html, status
