"""Errors as RFC 9457 problems, in the project's words; what does not exist and what is foreign look the same."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

from nrm.vocabulary.errors import (
    BundleRejected,
    CaseClosed,
    ConfigurationRefused,
    Conflict,
    ConsentMissing,
    DocumentRefused,
    HistoryBroken,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotReady,
    NotSignedIn,
    NrmError,
    StateRefused,
    TaskNotOpen,
    TooManyTries,
)
from nrm.vocabulary.findings import Finding

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:nrm:problem:"
RETRY_AFTER_S = 5
STATUS: tuple[tuple[type[NrmError], int], ...] = (
    (NotFound, 404), (NotSignedIn, 401), (ConsentMissing, 403), (NotAllowed, 403), (CaseClosed, 409),
    (TaskNotOpen, 409), (Conflict, 409), (BundleRejected, 422), (DocumentRefused, 422),
    (ConfigurationRefused, 422), (InvalidInput, 422), (TooManyTries, 429), (NotReady, 503),
    (StateRefused, 500), (HistoryBroken, 500), (NrmError, 400),
)
BY_CODE = {"too_large": 413, "malformed_json": 400, "precondition_failed": 412, "media_type": 415,
           "length_required": 411, "no_version": 400}


class PreconditionFailed(Conflict):
    """The thing has changed since the version that ``If-Match`` names."""

    code = "precondition_failed"
    title = "This has changed since you read it"


class NoVersion(InvalidInput):
    """``If-Match`` was sent where there is no version it could name; the act was not carried out."""

    code = "no_version"
    title = "This request takes no If-Match: send it without"


class TooLarge(InvalidInput):
    """The request is larger than is taken here."""

    code = "too_large"
    title = "The request is too large"


def answer(error: NrmError) -> Response:
    """Return the problem document of one of our errors."""
    status = BY_CODE.get(error.code) or next(code for kind, code in STATUS if isinstance(error, kind))
    if status == 404:
        return not_found()
    more: dict[str, object] = {}
    if error.fields:
        more["errors"] = error.fields
    if isinstance(error, NotAllowed):
        more["rule"] = error.rule
    if isinstance(error, TaskNotOpen):
        more.update(role=error.role, at=error.at.isoformat() if error.at else None)
    if isinstance(error, DocumentRefused):
        more["line"] = error.line
    if isinstance(error, BundleRejected):
        more["findings"] = [_finding(one) for one in error.findings if isinstance(one, Finding)]
    response = problem(status, error.code, error.title, error.sentence, **more)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyTries):
        response.headers["Retry-After"] = str(error.retry_after)
    elif status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def not_found() -> Response:
    """Return the one answer for what is not there, foreign or misspelt: the same bytes each time."""
    return problem(404, NotFound.code, NotFound.title, NotFound.title)


def from_http(error: HTTPException) -> Response:
    """Return the problem document of what Flask refuses before a view is reached."""
    status = error.code or 500
    if status == 404:
        return not_found()
    words = {400: "malformed_request", 405: "method_not_allowed", 413: "too_large", 415: "media_type"}
    phrase = HTTPStatus(status).phrase
    response = problem(status, words.get(status, phrase.lower().replace(" ", "_")), phrase, _detail(status, phrase))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers["Allow"] = value
    return response


def unexpected() -> Response:
    """Return the answer to a defect of ours: nothing of what happened goes out."""
    return problem(500, "unexpected", "Something went wrong here", "It was not your request. Nothing was changed.")


def problem(status: int, code: str, title: str, detail: str, **more: object) -> Response:
    """Return a problem document."""
    body = {"type": f"{TYPE}{code}", "title": title, "status": status, "detail": detail, "code": code,
            **{name: value for name, value in more.items() if value is not None}}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _detail(status: int, phrase: str) -> str:
    return {
        405: "This address knows other methods.", 413: "The request is larger than is taken here.",
        415: "Send JSON (application/json).", 400: "The request cannot be read.",
    }.get(status, phrase)


def _finding(one: Finding) -> dict[str, object]:
    return {
        "code": one.code, "severity": str(one.severity), "element": one.element, "message": one.message,
        "file": one.file, "line": one.line,
    }
