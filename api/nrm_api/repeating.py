"""``Idempotency-Key``: a request sent twice is carried out once and answered with the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from flask import Response, make_response, request

from nrm.commands.repeating import Replay, form_payload, once
from nrm.vocabulary.errors import InvalidInput
from nrm_api.signing import the_actor, the_system, working_with

View = TypeVar("View", bound=Callable[..., object])
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 200


def carried_out_once(view: View) -> View:
    """Return a view whose act, the request's key and the answer are one transaction, where a key is sent."""

    @wraps(view)
    def carried_out(*args: object, **kwargs: object) -> object:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not 1 <= len(key) <= LONGEST or not key.isprintable():
            raise InvalidInput(fields={HEADER: [f"Use 1 to {LONGEST} printable signs."]})
        route = f"{request.method} {request.path}"[:400]
        with once(the_system(), the_actor(), route=route, key=key, payload=_payload()) as one:
            if one.first is not None:
                return _again(one.first)
            with working_with(one.system):
                response = make_response(view(*args, **kwargs))
            if response.status_code < 300:
                one.answer = Replay(response.status_code, response.get_data())
        return response

    return cast("View", carried_out)


def _payload() -> bytes:
    said = _parts() if request.mimetype == "multipart/form-data" else request.get_data(cache=True)
    return b"\n".join((request.query_string, request.headers.get("If-Match", "").encode(), said))


def _parts() -> bytes:
    files = ((name, one.filename, one.mimetype, one.stream) for name, one in request.files.items(multi=True))
    return form_payload(request.form.items(multi=True), files)

def _again(first: Replay) -> Response:
    answer = Response(first.body, status=first.status, content_type="application/json")
    answer.headers[REPLAYED] = "true"
    return answer
