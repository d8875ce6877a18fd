"""Answers taken apart: the facts they set, and the parts that belong to each data category."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.diagrams.forms import messages as say
from nrm.diagrams.forms.messages import CHECK_ANSWERS
from nrm.diagrams.forms.model import Field, is_empty
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import DocumentRefused, InvalidInput
from nrm.vocabulary.facts import Dictionary, FactType, FactValue, fact_value
from nrm.vocabulary.phrases import Phrase

Fields = Mapping[str, Field]


def facts(fields: Fields, answers: Mapping[str, object],
          dictionary: Dictionary | None) -> dict[str, FactValue]:
    """Fact name -> typed value of the answered questions; of several for one fact the last one counts.

    Raises InvalidInput where an answer is not a value of the fact, DocumentRefused for an unknown fact.
    """
    found: dict[str, FactValue] = {}
    for key, field in fields.items():
        if not field.fact or is_empty(answers.get(key)):
            continue
        if dictionary is not None and field.fact not in dictionary:
            sentence = f"The form sets the fact “{field.fact}”, which the dictionary does not know."
            raise DocumentRefused(sentence)
        described = dictionary[field.fact] if dictionary is not None else _described_by(field)
        try:
            value = fact_value(described, answers[key])
        except ValueError:
            sentence = Phrase(say.NOT_A_FACT_VALUE)
            raise InvalidInput(CHECK_ANSWERS, fields={key: [sentence]}) from None
        if value is not None:
            found[field.fact] = value
    return found


def _described_by(field: Field) -> FactType:
    """The fact's type as far as the form alone can tell."""
    if field.type == "checkbox":
        return FactType(field.fact, "boolean")
    if field.type == "number":
        return FactType(field.fact, "integer")
    if field.type == "datetime":
        return FactType(field.fact, "date")
    return FactType(field.fact, "enum", values=tuple(o.value for o in field.options))


def by_category(fields: Fields, answers: Mapping[str, object]) -> dict[Category, dict[str, object]]:
    """Category -> key -> answer. Rows with parts in several categories keep their place in each."""
    parts: dict[Category, dict[str, object]] = {}
    for key, value in answers.items():
        field = fields[key]
        if field.type != "dynamiclist":
            parts.setdefault(field.category, {})[key] = value
            continue
        inside = field.answered()
        rows = value if isinstance(value, list) else []
        for category in dict.fromkeys([field.category, *(f.category for f in inside.values())]):
            mine = [{k: v for k, v in row.items() if inside[k].category is category} for row in rows]
            if any(mine) or category is field.category:
                parts.setdefault(category, {})[key] = mine
    return parts


def merged(fields: Fields, parts: Mapping[Category, Mapping[str, object]]) -> dict[str, object]:
    """The answers again, as far as parts are given; a row misses what its reader may not see."""
    answers: dict[str, object] = {}
    for part in parts.values():
        for key, value in part.items():
            field = fields.get(key)
            if field is None or field.type != "dynamiclist" or not isinstance(value, list):
                answers[key] = value
                continue
            rows = answers.setdefault(key, [{} for _ in value])
            assert isinstance(rows, list)
            rows += [{} for _ in value[len(rows):]]
            for row, more in zip(rows, value, strict=False):
                row.update(more)
    return {key: answers[key] for key in [*fields, *answers] if key in answers}
