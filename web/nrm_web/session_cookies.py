"""Every cookie there is: the session, the second step of a sign-in, the device, the visitor, the language."""

from __future__ import annotations

from flask import Response, request

from nrm.commands.sign_in import SignedIn, session_actor
from nrm_web.visit import (
    BEFORE_COOKIE,
    DEVICE_COOKIE,
    LANGUAGE_COOKIE,
    STEP_COOKIE,
    Visit,
    cookie_name,
    guarded_cookie,
    is_https,
)

YEAR_S = 365 * 24 * 3600


def known_device(visit: Visit) -> str:
    """Return what the device's cookie says."""
    return request.cookies.get(guarded_cookie(visit.system, DEVICE_COOKIE), "")


def step_token(visit: Visit) -> str:
    """Return the token of the sign-in that waits for its second factor."""
    return request.cookies.get(guarded_cookie(visit.system, STEP_COOKIE), "")


def let_in(visit: Visit, signed: SignedIn) -> None:
    """From here on the visit is of who has just signed in: pages are in their language, forms carry their token."""
    visit.token, visit.present = signed.token, session_actor(visit.system, signed.token)
    visit.language = signed.actor.language


def with_session(visit: Visit, response: Response, signed: SignedIn) -> Response:
    """Put a session that has just begun into the browser, and take away what led to it."""
    _set(visit, response, cookie_name(visit.system), signed.token)
    if signed.known:
        _set(visit, response, guarded_cookie(visit.system, DEVICE_COOKIE), signed.known, max_age=YEAR_S)
    without_step(visit, response)
    _drop(visit, response, guarded_cookie(visit.system, BEFORE_COOKIE))
    return response


def with_token(visit: Visit, response: Response) -> Response:
    """Put the token that the session has now into the browser."""
    _set(visit, response, cookie_name(visit.system), visit.token)
    return response


def with_visitor(visit: Visit | None, response: Response) -> Response:
    """Put into the browser of who is not signed in what the token of their forms rests on."""
    if visit is None or visit.present is not None:
        return response
    name = guarded_cookie(visit.system, BEFORE_COOKIE)
    if request.cookies.get(name) != visit.before:
        _set(visit, response, name, visit.before)
    return response


def with_language(visit: Visit, response: Response, chosen: str) -> Response:
    """Keep the language in the browser, for pages before signing in."""
    _set(visit, response, guarded_cookie(visit.system, LANGUAGE_COOKIE), chosen, max_age=YEAR_S)
    return response


def with_step(visit: Visit, response: Response, token: str) -> Response:
    """Put a sign-in that waits for its second factor into the browser."""
    _set(visit, response, guarded_cookie(visit.system, STEP_COOKIE), token)
    return response


def without_step(visit: Visit, response: Response) -> None:
    """Take the second step out of the browser, where there is one."""
    if step_token(visit):
        _drop(visit, response, guarded_cookie(visit.system, STEP_COOKIE))


def without_session(visit: Visit, response: Response) -> None:
    """Take the session out of the browser."""
    _drop(visit, response, cookie_name(visit.system))


def _set(visit: Visit, response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=max_age, httponly=True, samesite="Lax", secure=is_https(visit.system), path="/",
    )


def _drop(visit: Visit, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=is_https(visit.system), httponly=True, samesite="Lax")
