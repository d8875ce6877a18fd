"""What is shown when something cannot be done: one plain page per kind, never more than the reader may know."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from nrm.vocabulary.errors import (
    BundleRejected,
    Conflict,
    DocumentRefused,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotReady,
    NotSignedIn,
    NrmError,
    TooManyTries,
)
from nrm_web.replay import ask_to_sign_in
from nrm_web.visit import begin, the_visit

log = logging.getLogger("nrm.web")

STATUS: tuple[tuple[type[NrmError], int], ...] = (
    (InvalidInput, 422), (NotSignedIn, 401), (NotAllowed, 403), (NotFound, 404), (Conflict, 409),
    (TooManyTries, 429), (NotReady, 503), (BundleRejected, 422), (DocumentRefused, 422),
)
TOO_LARGE = (
    "Texts may have one megabyte in all, files 20 megabytes. Nothing was stored: go back, make it smaller and send it "
    "again."
)
UNFORESEEN = (
    "Nothing was stored. Go back and try again; if it happens again, tell your administrator when it happened."
)
_HTTP: Mapping[int, tuple[str, str]] = {
    400: ("The request could not be read", "Go back and try again."),
    403: ("You may not do this", "Your role does not open this."),
    404: ("There is nothing here", "The address may be mistyped, or what was here is not with you."),
    405: ("There is nothing here", "This address is not opened this way."),
    413: ("This is too large", TOO_LARGE),
}
_UNKNOWN = ("Something went wrong", UNFORESEEN)
_MOVED_ON = (409, 412)
"""Somebody else was first."""


def status_of(error: NrmError) -> int:
    """Return the HTTP status of one of our errors."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def register(web: Blueprint) -> None:
    """Answer our errors inside the pages, and HTTP's for every address that is not the API's."""
    web.register_error_handler(NrmError, on_error)
    web.app_errorhandler(HTTPException)(on_http)
    web.app_errorhandler(500)(on_crash)


def on_error(error: NrmError) -> ResponseReturnValue:
    """Translate one of our errors into a page, or for our own scripts into JSON."""
    status = status_of(error)
    if wants_json():
        return jsonify({"code": error.code, "sentence": error.sentence, "fields": error.fields}), status
    if isinstance(error, NotSignedIn):
        if request.method == "POST":
            return ask_to_sign_in(the_visit())
        return redirect(url_for("web.sign_in_page", next=request.full_path.rstrip("?")), 303)
    if isinstance(error, NotFound):
        return nothing_here()
    response = _page(status, error.title, error.sentence, error.fields)
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def on_http(error: HTTPException) -> ResponseReturnValue:
    """Answer an HTTP error as a page, also where no visit had begun, such as for a picture that is not there."""
    status = error.code or 500
    if g.get("visit") is None:
        g.visit = begin(current_app.extensions["nrm"], request)
    if wants_json():
        return jsonify({"code": str(status)}), status
    return nothing_here() if status in (404, 405) else _page(status, *_HTTP.get(status, _UNKNOWN))


def on_crash(error: Exception) -> ResponseReturnValue:
    """Answer what nobody foresaw. What was typed is not logged."""
    log.error("unexpected %s at %s", type(getattr(error, "original_exception", error)).__name__, request.endpoint)
    if request.path.startswith("/api/") or g.get("visit") is None:
        body = {"type": "about:blank", "title": "Internal error", "status": 500}
        return jsonify(body), 500, {"Content-Type": "application/problem+json"}
    return _page(500, *_UNKNOWN)


def note_refusal(response: Response) -> None:
    """Log that something was refused, by pages or API: how and where, never what; ``_MOVED_ON`` is daily work."""
    if 400 <= response.status_code < 500 and response.status_code not in _MOVED_ON:
        log.info("refused %s at %s", response.status_code, request.endpoint)


def nothing_here() -> Response:
    """Return the page for whatever does not exist for the reader: always the same bytes."""
    return _page(404, *_HTTP[404])


def refused_origin() -> Response:
    """Return the page for a form that was not sent from our own pages."""
    return _page(403, "This was not sent from here", "The form was sent from another site, so nothing was done.")


def refused_token() -> Response:
    """Return the page for a form without this session's token."""
    return _page(403, "This page was open for too long",
                 "The form belongs to an earlier session, so nothing was done. Open the page again.")


def wants_json() -> bool:
    """Whether one of our scripts asks, not a person."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and "application/json" in request.headers.get("Accept", "")


def _page(status: int, title: str, sentence: str, fields: Mapping[str, list[str]] | None = None) -> Response:
    html = render_template("nrm/error.html", heading=title, sentence=sentence, fields=fields or {}, is_error=True)
    return Response(html, status, content_type="text/html; charset=utf-8")
