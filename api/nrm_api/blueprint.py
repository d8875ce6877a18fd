"""Blueprints of the API: strict reading, a token first, problems as answers, versions as ETags."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import HTTPException

from nrm.queries.paging import LARGEST_LIMIT, Page
from nrm.vocabulary.errors import NrmError
from nrm_api import problems
from nrm_api.document import MAY_SAY, ONLY_LOOKS, VERSION_OF
from nrm_api.intake import LARGEST_JSON, LARGEST_UPLOAD, StrictParser, refuse_version
from nrm_api.repeating import carried_out_once
from nrm_api.signing import require_token

_LOG = logging.getLogger("nrm.api")
View = TypeVar("View", bound=Callable[..., object])
_STALE = ("task_changed", "case_changed", "record_changed")


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A flask-smorest blueprint that reads strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view. One that writes takes a key, and ``If-Match`` where it says whose version that is."""
        register = super().route(rule, **options)
        writes = "GET" not in options.get("methods", ("GET",))

        def place(view: View) -> View:
            # Flask's own OPTIONS would name what addresses that are none take too: routes.meta answers.
            setattr(view, "provide_automatic_options", False)  # noqa: B010
            register(_writing(view) if writes else view)
            return view

        return place

    def version_of(self, thing: str) -> Callable[[View], View]:
        """Declare whose version ``If-Match`` names on a route that writes: task, case, record."""
        return self._declared(VERSION_OF, thing)

    def only_looks(self) -> Callable[[View], View]:
        """Declare that a POST changes nothing but the history: a repeat is another look, so no answer is kept."""
        return self._declared(ONLY_LOOKS, True)

    def may_say(self, *statuses: str) -> Callable[[View], View]:
        """Declare a refusal that not every route knows: 409 of one that reads, 429 of one that is dear."""
        return self._declared(MAY_SAY, statuses)

    def _declared(self, name: str, value: object) -> Callable[[View], View]:
        def declare(view: View) -> View:
            declared = self.doc(**{name: value})(view)
            setattr(declared, name, value)
            return declared

        return declare

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        """Read the request with a schema."""
        return cast("Callable[[View], View]", super().arguments(schema, **options))

    def response(self, status: int, schema: object = None, **options: Any) -> Callable[[View], View]:
        """Answer with a schema."""
        return cast("Callable[[View], View]", super().response(status, schema, **options))

    def doc(self, **options: Any) -> Callable[[View], View]:
        """Say more in the document."""
        return cast("Callable[[View], View]", super().doc(**options))


def new_blueprint(name: str, description: str) -> ApiBlueprint:
    """Return a blueprint with everything that every route shares."""
    blueprint = ApiBlueprint(f"api_{name}", f"nrm_api.{name}", url_prefix="/api/v1", description=description)
    blueprint.before_request(_limit_size)
    blueprint.before_request(require_token)
    blueprint.after_request(_private)
    blueprint.register_error_handler(NrmError, _our_error)
    for kind in (HTTPException, 400, 404, 405, 413, 415):  # by number too: the pages' handlers stand by number
        blueprint.register_error_handler(kind, problems.from_http)
    blueprint.register_error_handler(Exception, _defect)
    return blueprint


def _writing(view: View) -> View:
    """Refuse a condition that the route cannot keep, then act once for each key."""
    guarded = view if hasattr(view, VERSION_OF) else refuse_version(view)
    return guarded if hasattr(view, ONLY_LOOKS) else carried_out_once(guarded)


def _limit_size() -> None:
    multipart = (request.content_type or "").startswith("multipart/form-data")
    request.max_content_length = LARGEST_UPLOAD if multipart else LARGEST_JSON
    if request.content_length is not None and request.content_length > request.max_content_length:
        raise problems.TooLarge


def _private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _our_error(error: NrmError) -> Response:
    if "If-Match" in request.headers and error.code in _STALE:
        return problems.answer(problems.PreconditionFailed(error.sentence))
    return problems.answer(error)


def _defect(error: Exception) -> Response:
    """Answer a defect of ours. The log names its kind and place, never a value of the request."""
    if current_app.testing:
        raise error
    _LOG.error("defect %s at %s", type(error).__name__, request.endpoint)
    return problems.unexpected()


def version_tag(version: int) -> str:
    """Return a version as an ETag."""
    return f'"{version}"'


def with_version(body: object, version: int, status: int = 200) -> Any:
    """Return an answer with its version as ETag, for ``If-Match``.

    Never 304: what the reader may see, their draft and what is known change without the version.
    """
    return body, status, {"ETag": version_tag(version)}


def page(found: Page[Any]) -> Mapping[str, object]:
    """Return a page for its schema."""
    return {"items": found.items, "after": found.after}


class Paging(Schema):
    """Where a page begins and how long it is."""

    after = fields.String(metadata={"description": "The `after` of the page before."})
    limit = fields.Integer(validate=validate.Range(1, LARGEST_LIMIT), metadata={"description": "Default 25."})


class Nothing(Schema):
    """An empty body."""


class Done(Schema):
    """It was done."""

    done = fields.Boolean(required=True)


DONE = {"done": True}


def aware(**kwargs: Any) -> fields.AwareDateTime:
    """Return a field for an instant with its zone, such as 2026-03-06T10:00:00+02:00."""
    return fields.AwareDateTime(format="iso", **kwargs)


def words(longest: int = 2000, **kwargs: Any) -> fields.String:
    """Return a field for words of a person."""
    return fields.String(validate=validate.Length(max=longest), **kwargs)


def whole(**kwargs: Any) -> fields.Integer:
    """Return a field of a body for a whole number: 2.5 is refused and not cut to 2, "2" is words."""
    return fields.Integer(strict=True, **kwargs)


class YesNo(fields.Boolean):
    """A field of a body for true or false, and nothing that passes for it, such as 1 or "on"."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def yes_no(**kwargs: Any) -> YesNo:
    """Return a field for :class:`YesNo`."""
    return YesNo(**kwargs)


def answers() -> fields.Dict:
    """Return the field for a form's answers: key -> value, checked by the form itself."""
    return fields.Dict(keys=fields.String(), required=True, metadata={
        "description": "Field key -> value, as the form's JSON schema says.", "additionalProperties": True,
    })
