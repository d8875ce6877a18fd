"""Reading requests strictly: size, depth, duplicate keys and odd numbers are refused, unknown fields too."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

import orjson
from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from nrm.vocabulary.errors import InvalidInput
from nrm_api.problems import NoVersion, PreconditionFailed
from nrm_api.signing import tell

View = TypeVar("View", bound=Callable[..., object])
LARGEST_JSON = 1024 * 1024
LARGEST_UPLOAD = 25 * 1024 * 1024
DEEPEST = 20
LONGEST_NUMBER = 17
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPENING = b"[{"


class _Odd(ValueError):
    """A construct that JSON libraries disagree on, in a sentence."""


def strict_json(data: bytes) -> Any:
    """Return what JSON bytes say. Raises InvalidInput (``malformed_json``, ``too_large``).

    Refused besides what is no JSON: duplicate keys, NaN and Infinity, numbers longer than 17 digits, lone
    surrogates, more than 20 levels.
    """
    if len(data) > LARGEST_JSON:
        raise InvalidInput("The JSON is larger than 1 MB.", code="too_large")
    if _depth(data) > DEEPEST:
        raise InvalidInput(f"The JSON is nested deeper than {DEEPEST} levels.", code="malformed_json")
    try:
        value = json.loads(
            data, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float,
        )
        orjson.dumps(value)  # refuses lone surrogates, which nothing can store
    except _Odd as odd:
        raise InvalidInput(str(odd), code="malformed_json") from None
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput("This is not well-formed JSON in UTF-8.", code="malformed_json") from None
    return value


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for sign in re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", data)):
        depth += 1 if sign in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Odd("A key stands twice in the same object.")
    return found


def _constant(word: str) -> NoReturn:
    raise _Odd(f"{word} is not a number here.")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_NUMBER:
        raise _Odd("A number is too long.")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if len(text) > 40 or not math.isfinite(value):
        raise _Odd("A number is too long or too large.")
    return value


class StrictParser(FlaskParser):
    """webargs with our own JSON reader; what a schema does not know is refused everywhere but in headers."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012
        "json": RAISE, "query": RAISE, "form": RAISE, "files": RAISE, "headers": None, "path": None,
    }

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Read a part of the request; what is wrong with it is told to nobody who may not send it."""
        try:
            return super().parse(*args, **kwargs)
        except InvalidInput as wrong:
            tell(wrong)

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Read the body; a missing one counts as an empty object."""
        data = req.get_data(cache=True)
        if not data.strip():
            return {}
        if not req.is_json:
            raise InvalidInput("Send JSON (Content-Type: application/json).", code="media_type")
        value = strict_json(data)
        if not isinstance(value, dict):
            raise InvalidInput("An object is expected.", code="malformed_json")
        return value

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Read the query; a parameter given twice is refused unless it is a list."""
        twice = [name for name in req.args if len(req.args.getlist(name)) > 1]
        if twice:
            raise InvalidInput(fields={name: ["Give this once."] for name in twice})
        return super().load_querystring(req, schema)

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Turn marshmallow's findings into ours: path -> sentences."""
        found: Any = error.messages
        inside = next(iter(found.values())) if len(found) == 1 and next(iter(found)) in LOCATIONS else found
        raise InvalidInput(fields=flat(inside))


LOCATIONS = ("json", "query", "form", "files", "headers", "json_or_form")


def flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Return nested messages as ``lines[0].need`` -> sentences."""
    if isinstance(messages, list):
        return {path or "_": [str(one) for one in messages]}
    if not isinstance(messages, dict):
        return {path or "_": [str(messages)]}
    found: dict[str, list[str]] = {}
    for key, value in messages.items():
        if isinstance(key, int):
            below = f"{path}[{key}]"
        elif key == "_schema":
            below = path
        else:
            below = f"{path}.{key}" if path else str(key)
        found.update(flat(value, below))
    return found


def version_asked() -> int | None:
    """Return the version that ``If-Match`` names, or None. PreconditionFailed for what cannot be one of ours."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    number = header.strip().strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise PreconditionFailed("If-Match names no version of this.")
    return int(number)


def refuse_version(view: View) -> View:
    """Return a view that refuses ``If-Match``: who asks for a guard must not believe that there was one."""

    @wraps(view)
    def without(*args: object, **kwargs: object) -> object:
        if "If-Match" in request.headers:
            raise NoVersion
        return view(*args, **kwargs)

    return cast("View", without)


__all__ = [
    "DEEPEST", "LARGEST_JSON", "LARGEST_UPLOAD", "StrictParser", "flat", "missing", "refuse_version", "strict_json",
    "version_asked",
]
