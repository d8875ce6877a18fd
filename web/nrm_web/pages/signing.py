"""Sign in, in one step or two, sign out, language, and one's own password."""

from __future__ import annotations

import json

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.accounts import change_password, set_language
from nrm.commands.passkey_sign_in import passkey_asked, sign_in_with_passkey
from nrm.commands.proving import Proof
from nrm.commands.sign_in import (
    Halfway,
    SignedIn,
    finish_sign_in,
    sign_in,
    sign_in_halfway,
    sign_out,
)
from nrm.vocabulary.errors import InvalidInput, NotSignedIn, TooManyTries
from nrm_web.replay import continue_page, opened, sign_in_again
from nrm_web.routing import Pages
from nrm_web.session_cookies import (
    known_device,
    let_in,
    step_token,
    with_language,
    with_session,
    with_step,
    without_session,
    without_step,
)
from nrm_web.visit import device_of, site_of, the_visit

pages = Pages()
HTML = "text/html; charset=utf-8"
LARGEST_KEPT = 3 * 1024 * 1024


@pages.get("/sign-in", anyone=True)
def sign_in_page() -> ResponseReturnValue:
    """The sign-in page; who is signed in goes on."""
    if the_visit().present is not None:
        return redirect(own_path(request.args.get("next", "")), 303)
    return _sign_in_page(200)


@pages.post("/sign-in", anyone=True, largest=LARGEST_KEPT)
def sign_in_now() -> ResponseReturnValue:
    """Sign in; what was typed into an ended session goes on from there."""
    visit = the_visit()
    login = request.form.get("login", "")
    try:
        signed = sign_in(
            visit.system, login=login, password=request.form.get("password", ""), network=request.remote_addr or "",
            device=device_of(request), known=known_device(visit),
        )
    except NotSignedIn as refused:
        return _sign_in_page(401, refused.sentence, login)
    except TooManyTries as refused:
        return _wait(_sign_in_page(429, refused.sentence, login), refused)
    if isinstance(signed, Halfway):
        return with_step(visit, _factor_page(signed.token, 200), signed.token)
    return _go_on(signed)


@pages.post("/sign-in/factor", anyone=True, largest=LARGEST_KEPT)
def sign_in_factor() -> ResponseReturnValue:
    """The second step of a sign-in: the code of an app, or a passkey."""
    visit = the_visit()
    token = step_token(visit)
    proof = Proof(request.form.get("code", ""), request.form.get("passkey", ""), site_of(visit.system, request))
    try:
        signed = finish_sign_in(
            visit.system, token=token, proof=proof, network=request.remote_addr or "", device=device_of(request),
            known=known_device(visit),
        )
    except NotSignedIn as refused:
        if refused.code == "proof_refused":
            return _factor_page(token, 401, refused.sentence)
        ended = _sign_in_page(401, refused.sentence)
        without_step(visit, ended)
        return ended
    except TooManyTries as refused:
        return _wait(_sign_in_page(429, refused.sentence), refused)
    return _go_on(signed)


@pages.post("/sign-in/passkey", anyone=True, largest=LARGEST_KEPT)
def sign_in_passkey() -> ResponseReturnValue:
    """Sign in with a passkey alone: no name, no password."""
    visit = the_visit()
    if visit.present is not None:
        return redirect(own_path(request.form.get("_next", "")), 303)
    try:
        signed = sign_in_with_passkey(
            visit.system, browser=visit.before, answer=request.form.get("passkey", ""),
            site=site_of(visit.system, request), network=request.remote_addr or "", device=device_of(request),
            known=known_device(visit),
        )
    except NotSignedIn as refused:
        return _sign_in_page(401, refused.sentence)
    except TooManyTries as refused:
        return _wait(_sign_in_page(429, refused.sentence), refused)
    return _go_on(signed)


def _go_on(signed: SignedIn) -> Response:
    """The session has begun: another one of this browser ends, and it goes on to where it was meant to."""
    visit = the_visit()
    if visit.present is not None:
        sign_out(visit.system, visit.token)
    let_in(visit, signed)
    return with_session(visit, _after_signing_in(signed.actor.user_id), signed)


def _after_signing_in(user_id: str) -> Response:
    """Go on: to what was kept, if the same person typed it, else to where they wanted to go."""
    visit = the_visit()
    sealed = request.form.get("_kept", "")
    kept = opened(visit.system, sealed) if sealed else None
    if kept is not None and kept.who == user_id:
        if visit.present is not None and visit.present.must_change:
            return _password_page(200)
        return continue_page(kept)
    if kept is not None:
        return _redirect(url_for("web.home", done="other_person"))
    return _redirect(own_path(request.form.get("_next", "")))


@pages.post("/sign-out", anyone=True)
def sign_out_now() -> ResponseReturnValue:
    """End the session and have the browser forget what it kept of it."""
    visit = the_visit()
    if visit.token:
        sign_out(visit.system, visit.token)
    visit.leave()
    response = _redirect(url_for("web.sign_in_page", done="signed_out"))
    without_session(visit, response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.post("/language", anyone=True)
def language() -> ResponseReturnValue:
    """Change the language of the pages: on the account of who is signed in, in a cookie for who is not."""
    visit = the_visit()
    chosen = request.form.get("language", "")
    if chosen not in visit.system.configuration.product.languages:
        raise InvalidInput(fields={"language": ["Choose one of the listed languages."]})
    if visit.present is not None:
        set_language(visit.system, visit.actor, language=chosen)
    return with_language(visit, _redirect(own_path(request.form.get("_back", ""))), chosen)


@pages.get("/password", free=True)
def password() -> ResponseReturnValue:
    """The page on which one changes one's own password."""
    return _password_page(200)


@pages.post("/password", free=True, repeatable=True, largest=LARGEST_KEPT)
def change_my_password() -> ResponseReturnValue:
    """Change the password; every session ends, this one too."""
    visit = the_visit()
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise InvalidInput(fields={"again": ["The two do not match."]})
        change_password(visit.system, visit.actor, old=old, new=new)
    except InvalidInput as wrong:
        return _password_page(422, wrong.fields)
    if request.form.get("_kept"):
        visit.leave()
        return sign_in_again(visit, request.form["_kept"], status=200)
    return _redirect(url_for("web.sign_in_page", done="password"))


def own_path(path: str) -> str:
    """Return a path of ours to go to, or the first page: never an address of another host."""
    fits = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-", "/step-up")) and "\\" not in path
    return path if fits and path.isprintable() else url_for("web.home")


def _password_page(status: int, errors: dict[str, list[str]] | None = None) -> Response:
    html = render_template(
        "nrm/password.html", errors=errors or {}, kept=request.form.get("_kept", ""),
        shortest=the_visit().system.settings.shortest_password,
    )
    return Response(html, status, content_type=HTML)


def _sign_in_page(status: int, refused: str = "", login: str = "") -> Response:
    visit = the_visit()
    html = render_template(
        "nrm/sign_in.html", kept=request.form.get("_kept", ""), refused=refused, login=login,
        next=own_path(request.values.get("next") or request.form.get("_next", "")), done=request.args.get("done", ""),
        sign_ins=_demo_sign_ins(), bundles=("passkeys",),
        passkey=passkey_asked(visit.system, browser=visit.before, site=site_of(visit.system, request)),
    )
    return Response(html, status, content_type=HTML)


def _factor_page(token: str, status: int, refused: str = "") -> Response:
    visit = the_visit()
    ways, passkey = sign_in_halfway(visit.system, token=token, site=site_of(visit.system, request))
    html = render_template(
        "nrm/sign_in_factor.html", kept=request.form.get("_kept", ""), ways=ways, passkey=passkey, refused=refused,
        next=own_path(request.form.get("_next", "")), bundles=("passkeys",),
    )
    return Response(html, status, content_type=HTML)


def _wait(response: Response, refused: TooManyTries) -> Response:
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _demo_sign_ins() -> list[dict[str, object]]:
    """The sign-ins of the demo, for its sign-in page; a real installation has none to show."""
    settings = the_visit().system.settings
    path = settings.dir / "sign_ins.json"
    if not settings.is_demo or not path.is_file():
        return []
    rows: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return [row for row in rows if row.get("tour")]


def _redirect(path: str) -> Response:
    return Response(status=303, headers={"Location": path})
