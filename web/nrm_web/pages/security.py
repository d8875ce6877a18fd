"""One's own account: second factors, sessions, a recovery to stop; and the proof that weighty acts ask for."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.factors import add_passkey, begin_app, begin_passkey, begun_app, confirm_app, remove_factor
from nrm.commands.own_marks import forget_marks, give_marks
from nrm.commands.proving import Proof
from nrm.commands.recovery import stop_recovery
from nrm.commands.sessions import begin_tool_session, end_other_sessions, end_session, renew_token
from nrm.commands.stepping_up import step_up as prove_again
from nrm.queries.own_security import own_security
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm_web.pages.signing import LARGEST_KEPT, own_path
from nrm_web.repeating import SHOWN_ONCE
from nrm_web.replay import continue_page, opened
from nrm_web.routing import Pages
from nrm_web.session_cookies import with_session, with_token
from nrm_web.stepping_up import proof_page
from nrm_web.visit import site_of, the_visit

pages = Pages()
LABELS = {"code": "Code of the app", "name": "Name", "passkey": "Passkey", "own": "Your address or telephone"}
Errors = Mapping[str, list[str]]


@pages.get("/security", free=True)
def security() -> ResponseReturnValue:
    """One's own factors and sessions."""
    return _page({})


@pages.get("/security/app", free=True, fresh=True)
def security_app() -> ResponseReturnValue:
    """The app that is being set up; without one, back to where it begins."""
    try:
        return _app_page({})
    except Conflict:
        return redirect(url_for("web.security"), 303)


@pages.post("/security/app", free=True, fresh=True)
def security_app_begin() -> ResponseReturnValue:
    """Begin to set up an authenticator app."""
    begin_app(the_visit().system, the_visit().actor)
    return redirect(url_for("web.security_app"), 303)


@pages.post("/security/app/confirm", free=True, fresh=True)
def security_app_confirm() -> ResponseReturnValue:
    """Confirm the app with its first code: the session is renewed, all others end."""
    visit = the_visit()
    try:
        signed = confirm_app(
            visit.system, visit.actor, token=visit.token, code=request.form.get("code", ""),
            name=request.form.get("name", ""),
        )
    except InvalidInput as wrong:
        return _app_page(wrong.fields, 422)
    return with_session(visit, _said("factor_added"), signed)


@pages.post("/security/passkeys/new", free=True, fresh=True, repeatable=True)
def security_passkey_begin() -> ResponseReturnValue:
    """The page on which the browser makes a passkey."""
    return _passkey_page({})


@pages.post("/security/passkeys", free=True, fresh=True)
def security_passkey_add() -> ResponseReturnValue:
    """Keep a passkey that the browser has made: the session is renewed, all others end."""
    visit = the_visit()
    try:
        signed = add_passkey(
            visit.system, visit.actor, token=visit.token, site=site_of(visit.system, request),
            answer=request.form.get("passkey", ""), name=request.form.get("name", ""),
        )
    except InvalidInput as wrong:
        return _passkey_page(wrong.fields, 422)
    return with_session(visit, _said("factor_added"), signed)


@pages.post("/security/factors/<factor_id>/remove", fresh=True)
def security_factor_remove(factor_id: str) -> ResponseReturnValue:
    """Remove one of one's own factors."""
    remove_factor(the_visit().system, the_visit().actor, factor_id=factor_id)
    return _said("factor_removed")


@pages.post("/security/sessions/<session_id>/end")
def security_session_end(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    end_session(the_visit().system, the_visit().actor, session_id=session_id)
    return _said("session_ended")


@pages.post("/security/sessions/end-others")
def security_sessions_end() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    end_other_sessions(the_visit().system, the_visit().actor, token=the_visit().token)
    return _said("sessions_ended")


@pages.post("/security/tool", fresh=True)
def security_tool() -> ResponseReturnValue:
    """Begin a session for a tool of one's own, and show its token, once."""
    visit = the_visit()
    return _page({}, SHOWN_ONCE, tool=begin_tool_session(visit.system, visit.actor, token=visit.token))


@pages.post("/security/marks")
def security_marks() -> ResponseReturnValue:
    """Give an address or telephone of one's own; only hashes of it are kept."""
    visit = the_visit()
    try:
        give_marks(visit.system, visit.actor, text=request.form.get("own", ""))
    except InvalidInput as wrong:
        return _page(wrong.fields, 422)
    return _said("marked")


@pages.post("/security/marks/forget")
def security_marks_forget() -> ResponseReturnValue:
    """Keep nothing of it any more."""
    forget_marks(the_visit().system, the_visit().actor)
    return _said("unmarked")


@pages.post("/security/recovery/stop")
def security_recovery_stop() -> ResponseReturnValue:
    """Stop the recovery of one's own account."""
    stop_recovery(the_visit().system, the_visit().actor, user_id=the_visit().actor.user_id)
    return _said("recovery_stopped")


@pages.get("/step-up")
def step_up() -> ResponseReturnValue:
    """Ask for a proof before a page that asks for a fresh one."""
    return proof_page(the_visit(), next_path=own_path(request.args.get("next", "")))


@pages.post("/step-up", repeatable=True, largest=LARGEST_KEPT)
def step_up_now() -> ResponseReturnValue:
    """Take the proof, and go on where the person was."""
    visit = the_visit()
    sealed, next_path = request.form.get("_kept", ""), request.form.get("_next", "")
    proof = Proof(request.form.get("code", ""), request.form.get("passkey", ""), site_of(visit.system, request))
    try:
        prove_again(
            visit.system, visit.actor, token=visit.token, proof=proof, password=request.form.get("password", ""),
        )
    except InvalidInput as wrong:
        return proof_page(visit, kept=sealed, next_path=next_path, errors=wrong.fields, status=422)
    visit.token = renew_token(visit.system, visit.actor, token=visit.token)
    kept = opened(visit.system, sealed) if sealed else None
    if kept is not None and kept.who == visit.actor.user_id:
        return with_token(visit, continue_page(kept, title="Thank you"))
    return with_token(visit, make_response(redirect(own_path(next_path), 303)))


def _page(errors: Errors, status: int = 200, *, tool: str = "") -> ResponseReturnValue:
    visit = the_visit()
    html = render_template(
        "nrm/security.html", own=own_security(visit.system, visit.actor, token=visit.token), errors=errors,
        required=visit.system.settings.needs_factor, said=request.args.get("said", ""), tool=tool,
        labels=LABELS, own_typed=request.form.get("own", ""),
    )
    return html, status


def _app_page(errors: Errors, status: int = 200) -> ResponseReturnValue:
    visit = the_visit()
    html = render_template(
        "nrm/security_app.html", app=begun_app(visit.system, visit.actor), errors=errors, labels=LABELS,
        name=request.form.get("name", ""),
    )
    return html, status


def _passkey_page(errors: Errors, status: int = 200) -> ResponseReturnValue:
    visit = the_visit()
    passkey = begin_passkey(visit.system, visit.actor, token=visit.token, site=site_of(visit.system, request))
    html = render_template(
        "nrm/security_passkey.html", passkey=passkey, errors=errors, labels=LABELS, bundles=("passkeys",),
        name=request.form.get("name", ""),
    )
    return html, status


def _said(code: str) -> Response:
    return Response(status=303, headers={"Location": url_for("web.security", said=code)})
