"""The OpenAPI document: what every route shares, and the examples of the main journey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

EXTENSION = "nrm_api_document"
TITLE = "NRM"
VERSION = "1.0.0"
DESCRIPTION = """\
Everything the pages do, for programs.

**Signing in.** Send `Authorization: Bearer TOKEN`. An administrator makes a token (`nrm token create USER`); it acts
as that account and sees what that account sees.

**The way of a case.** `POST /cases` opens one; `GET /tasks?queue=claimable` and `GET /tasks?queue=mine` say what is to
be done; `GET /tasks/{task_id}` gives the form as JSON Schema with what is already known; `POST
/tasks/{task_id}/complete` sends the answers. Some questions depend on others: `x-nrm-hidden-when` is a FEEL expression
over the other answers; the answer of a hidden question is dropped, and one marked `x-nrm-required-when-asked` must be
given unless it is hidden. An answer that is missing comes back as a 422 whose `errors` name it, and nothing is lost:
send the same answers again with that one added.

**Time.** `happened_at` is when it happened (ISO 8601 with zone), where that is not now.

**Versions.** Tasks, cases and records carry an `ETag`. Send it back as `If-Match` with an act on that task, case or
record: 412 says that someone was in between, and nothing was done. Where a request lists no `If-Match`, sending one is
refused (400, `no_version`): no condition is ever passed over in silence.

**Repeating.** Send an `Idempotency-Key` of your own with an act: the same key brings the same answer for 24 hours, and
the act happens once, whatever breaks in between. Act and answer are kept together or not at all; a refused act frees
its key. The same key with another request is refused (422). While the first is at work the second waits; where that
takes too long it is told so (409 `in_flight`, or 503). A POST that only looks (searching, opening, checking) lists no
key and keeps no answer: each look leaves its own entry.

**Errors** are RFC 9457 problems with `code`, `title`, `detail`, `status`, and `errors` (path -> sentences). What
does not exist and what you may not see look the same: 404. 503 carries `Retry-After`.

**Limits.** JSON up to 1 MB and 20 levels, uploads up to 25 MB. Unknown fields, duplicate keys, NaN are refused. Who
writes very often, or asks for dear things very often, is told to wait (429 with `Retry-After`).

**Lists** are paged: give `after` back to get the next page; it is null on the last.
"""
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "code": {"type": "string", "description": "Stable, for programs."},
        "errors": {
            "type": "object", "description": "Path of the field -> sentences.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "rule": {"type": "string", "description": "The rule that refused."},
        "role": {"type": ["string", "null"], "description": "The role that was first."},
        "at": {"type": ["string", "null"], "description": "When."},
        "line": {"type": ["integer", "null"]},
        "findings": {"type": "array", "items": {"type": "object"}},
    },
}
SPEC: dict[str, Any] = {
    "info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    "servers": [{"url": "/"}],
    "security": [{"token": []}],
}
_ALWAYS = {"401": "No token, or one that ended", "503": "The system cannot answer now; see Retry-After"}
_USUALLY = {"403": "You may see this but not do that", "404": "There is nothing here, or nothing for you",
            "422": "Some of it needs attention; see errors"}
_UNSAFE = {"400": "The request cannot be read", "409": "The state of things has moved on",
           "412": "It has changed since the version of If-Match", "413": "Too large",
           "429": "Asked for very often; see Retry-After"}
_SOMETIMES = {code: _UNSAFE[code] for code in ("409", "429")}
VERSION_OF = "x-nrm-version-of"
MAY_SAY = "x-nrm-may-say"
ONLY_LOOKS = "x-nrm-only-looks"
UNSAFE = ("post", "put", "patch", "delete")


def text_of(found: dict[str, Any]) -> str:
    """Return the document as it is served and committed."""
    return json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def finished(made: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what every route shares written out."""
    found = deepcopy(made)
    components = found.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components.pop("responses", None)
    components["headers"] = {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
    for path in found["paths"].values():
        for method, operation in path.items():
            if isinstance(operation, dict):
                _finish(method, operation, components["schemas"])
    for name in ("Error", "PaginationMetadata"):  # flask-smorest's own, which no route of ours answers with
        components["schemas"].pop(name, None)
    found["tags"] = [tag | {"name": tag["name"].removeprefix("api_")} for tag in found.get("tags", [])
                     if tag["name"] != "api_rest"]
    return found


def _finish(method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    operation["tags"] = [tag.removeprefix("api_") for tag in operation.get("tags", [])]
    responses = operation["responses"]
    for code in ("422", "default"):
        responses.pop(code, None)
    open_to_all = operation.get("security") == []
    wanted = {"503": _ALWAYS["503"]} if open_to_all else {**_ALWAYS, **_USUALLY}
    thing, looks = operation.pop(VERSION_OF, None), operation.pop(ONLY_LOOKS, False)
    if method in UNSAFE:
        wanted |= {code: sentence for code, sentence in _UNSAFE.items() if thing or code != "412"}
        operation.setdefault("parameters", []).extend(_headers(thing, looks=looks))
    if "requestBody" in operation:
        wanted["415"] = "Send what this takes: see the content of the request"
        operation["requestBody"]["required"] = _asks_for_something(operation["requestBody"], schemas)
    wanted |= {code: _SOMETIMES[code] for code in operation.pop(MAY_SAY, ())}
    for code, sentence in wanted.items():
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[code] = {"description": sentence, "content": content}
    operation["responses"] = dict(sorted(responses.items()))


def _asks_for_something(body: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether a body must be sent: a missing one counts as an empty object."""
    (content,) = body["content"].values()
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    return bool(schemas.get(name, content["schema"]).get("required"))


def _headers(thing: str | None, *, looks: bool) -> Iterator[dict[str, Any]]:
    """The headers a writing route takes besides the token."""
    if not looks:
        yield _header("Idempotency-Key", {"type": "string", "maxLength": 200},
                      "A text of your own: the same request with the same key is carried out once.")
    if thing:
        yield _header("If-Match", {"type": "string"},
                      f"The `ETag` of the {thing} as you saw it: 412 where it has changed since.")


def _header(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "schema": schema, "description": description}
