"""``Idempotency-Key``: a request sent twice is carried out once and answered with the same bytes."""

from __future__ import annotations

from flask import Response, g, request

from nrm.commands import repeating
from nrm.vocabulary.errors import InvalidInput
from nrm_api.signing import the_actor, the_system

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 200
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def replay_or_go_on() -> Response | None:
    """Claim the request's key, or return the answer that was given the first time."""
    key = request.headers.get(HEADER)
    if key is None or request.method not in UNSAFE or not hasattr(g, "nrm_actor"):
        return None
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise InvalidInput(fields={HEADER: [f"Use 1 to {LONGEST} printable signs."]})
    route = f"{request.method} {request.path}"[:400]
    payload = b"\n".join((
        request.query_string, request.headers.get("If-Match", "").encode(), request.get_data(cache=True),
    ))
    found = repeating.begin(the_system(), the_actor(), route=route, key=key, payload=payload)
    if found is None:
        g.nrm_once = (route, key)
        return None
    answer = Response(found.body, status=found.status, content_type="application/json")
    answer.headers[REPLAYED] = "true"
    return answer


def keep_answer(response: Response) -> Response:
    """Keep the answer of an act that was done; release the key of one that was refused."""
    once = g.pop("nrm_once", None)
    if once is None:
        return response
    route, key = once
    if 200 <= response.status_code < 300:
        repeating.finish(
            the_system(), the_actor(), route=route, key=key, status=response.status_code, body=response.get_data(),
        )
    elif response.status_code < 500:
        repeating.give_up(the_system(), the_actor(), route=route, key=key)
    return response
