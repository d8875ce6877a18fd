"""A form sent twice acts once: its key, the act and the answer are one transaction (docs/adr/0007).

A double click, a line that broke, a page sent again: who sends the same form with the same content once more is
given the first answer. With something changed in it, it is another form.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from nrm.commands.repeating import Replay, form_payload, once
from nrm.wiring.system import System
from nrm_web.routing import View
from nrm_web.visit import Visit, the_visit

FIELD = "_key"
"""The hidden field with the key of a form, made when the form is shown."""
OF_THE_SESSION = ("csrf_token", "_who", FIELD)
_PURPOSE = "form sent"
SHOWN_ONCE, SEE_OTHER = 201, 303
"""The answers of acts: a page with a new secret, and where to go on. Any other page may be had again by asking."""


def acting_once(view: View) -> View:
    """Return a view that acts once for each key and content of a form, by whoever is signed in."""

    @wraps(view)
    def acted(**places: str) -> ResponseReturnValue:
        if not request.form.get(FIELD):
            return view(**places)
        visit, payload = the_visit(), _payload()
        key = visit.system.keys.mac(_PURPOSE, f"{request.form[FIELD]}\n{payload.decode()}")
        with once(visit.system, visit.actor, route=_route(), key=key, payload=payload) as one:
            if one.first is not None:
                return _again(one.first)
            with _working_with(visit, one.system):
                response = make_response(view(**places))
            one.answer = _kept(response)
        return response

    return acted


def _payload() -> bytes:
    fields = ((name, value) for name, value in request.form.items(multi=True) if name not in OF_THE_SESSION)
    files = ((name, one.filename, one.mimetype, one.stream) for name, one in request.files.items(multi=True))
    return form_payload(sorted(fields), files)


def _route() -> str:
    return f"{request.method} {request.path}"[:400]


@contextmanager
def _working_with(visit: Visit, system: System) -> Iterator[None]:
    """Inside, the visit's acts are part of one transaction."""
    outside, visit.system = visit.system, system
    try:
        yield
    finally:
        visit.system = outside


def _kept(response: Response) -> Replay | None:
    if response.status_code == SEE_OTHER:
        return Replay(SEE_OTHER, response.headers["Location"].encode())
    return Replay(SHOWN_ONCE, response.get_data()) if response.status_code == SHOWN_ONCE else None


def _again(first: Replay) -> Response:
    if first.status == SEE_OTHER:
        return make_response(redirect(first.body.decode(), SEE_OTHER))
    return Response(first.body, first.status, content_type="text/html; charset=utf-8")
