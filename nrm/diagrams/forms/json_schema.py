"""A form as JSON Schema 2020-12, so that a program can fill it in knowing nothing else."""

from __future__ import annotations

from collections.abc import Callable

from nrm.diagrams.forms.answer_types import LARGEST_NUMBER, LONGEST_LINE, LONGEST_TEXT, MOST_FILES, MOST_ROWS
from nrm.diagrams.forms.model import CHOICES, TEXTS, Field, answered

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, object]


def schema_of(form_id: str, title: str, components: tuple[Field, ...]) -> Json:
    """The schema of a whole form. A question with a condition is never in ``required``: see ``x-nrm-*``.

    ``x-nrm-hidden-when``: FEEL over the other answers; the answer is dropped where it is true.
    ``x-nrm-required-when-asked``: it must be answered unless hidden. ``x-nrm-fact``, ``x-nrm-element`` and
    ``x-nrm-category`` say what the answer is.
    """
    return {"$schema": DIALECT, "$id": f"urn:nrm:form:{form_id}", "title": title, **_object(components, "")}


def _object(components: tuple[Field, ...], above: str) -> Json:
    conditions = _conditions(components, above)
    fields = answered(components)
    properties = {key: _property(field, conditions[key]) for key, field in fields.items()}
    required = [key for key, field in fields.items() if field.required and not conditions[key]]
    found: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        found["required"] = required
    return found


def _conditions(components: tuple[Field, ...], above: str) -> dict[str, str]:
    """Key -> FEEL under which it is hidden, groups' conditions included."""
    found: dict[str, str] = {}
    for component in components:
        own = _either(above, component.condition)
        if component.type == "group":
            found.update(_conditions(component.fields, own))
        elif component.key:
            found[component.key] = own
    return found


def _either(one: str, other: str) -> str:
    return f"({one}) or ({other})" if one and other else one or other


def _property(field: Field, condition: str) -> Json:
    found: Json = {"title": field.label or field.key, **_shape(field)}
    if field.help:
        found["description"] = field.help
    extra = {"category": field.category.value, "element": field.element, "fact": field.fact,
             "hidden-when": condition}
    found.update({f"x-nrm-{word}": value for word, value in extra.items() if value})
    if field.required and condition:
        found["x-nrm-required-when-asked"] = True
    return found


def _shape(field: Field) -> Json:
    if field.type in TEXTS:
        return _text(field)
    if field.type in CHOICES:
        return {"type": "string", **_options(field)}
    return _SHAPES.get(field.type, _several)(field)


def _several(field: Field) -> Json:
    items: Json = {"type": "string", **_options(field)}
    return {"type": "array", "uniqueItems": True, "items": items, **_at_least_one(field)}


def _rows(field: Field) -> Json:
    rows = _object(field.fields, "")
    return {"type": "array", "maxItems": MOST_ROWS, "items": rows, **_at_least_one(field)}


def _files(field: Field) -> Json:
    items = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}
    most = MOST_FILES if field.multiple else 1
    return {"type": "array", "items": items, "maxItems": most, **_at_least_one(field)}


def _at_least_one(field: Field) -> Json:
    return {"minItems": 1} if field.required else {}


def _tick(field: Field) -> Json:
    return {"const": True} if field.required else {"type": "boolean"}


def _moment(field: Field) -> Json:
    if field.subtype == "date":
        return {"type": "string", "format": "date"}
    hours = r"\d{2}:\d{2}"
    day = "" if field.subtype == "time" else r"\d{4}-\d{2}-\d{2}T"
    return {"type": "string", "pattern": f"^{day}{hours}"}


def _options(field: Field) -> Json:
    if field.source and not field.options:
        return {"x-nrm-options-from": field.source}
    labels = {option.value: option.label for option in field.options}
    return {"enum": list(labels), "x-nrm-labels": labels}


def _text(field: Field) -> Json:
    most = field.max_length or (LONGEST_LINE if field.type == "textfield" else LONGEST_TEXT)
    found: Json = {"type": "string", "maxLength": most}
    least = field.min_length or (1 if field.required else None)
    if least:
        found["minLength"] = least
    if field.pattern:
        found["pattern"] = f"^(?:{field.pattern})$"
    return found


def _number(field: Field) -> Json:
    return {
        "type": "integer" if field.decimals == 0 else "number",
        "minimum": -LARGEST_NUMBER if field.minimum is None else field.minimum,
        "maximum": LARGEST_NUMBER if field.maximum is None else field.maximum,
    }


_SHAPES: dict[str, Callable[[Field], Json]] = {
    "number": _number, "checkbox": _tick, "datetime": _moment, "filepicker": _files, "dynamiclist": _rows,
}
