"""One pass over a submission, level by level: clean, see what is asked, drop the rest, miss the missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from marshmallow import Schema, ValidationError

from nrm.diagrams.forms import messages as say
from nrm.diagrams.forms.answer_types import LONGEST_TEXT, MOST_ROWS, schema_class
from nrm.diagrams.forms.model import SEVERAL, Field, answered, is_empty
from nrm.diagrams.forms.visibility import Answers, outer_context, visible_names
from nrm.vocabulary.phrases import Phrase

Components = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """The top level of a form, or one row of a list: its components, their schema, the lists in it."""

    components: Components
    fields: Mapping[str, Field]
    schema: Schema
    rows: Mapping[str, Level]

    @classmethod
    def of(cls, components: Components) -> Level:
        """Build it once per form."""
        fields = answered(components)
        rows = {key: cls.of(f.fields) for key, f in fields.items() if f.type == "dynamiclist"}
        return cls(components, fields, schema_class(fields)(), rows)


@dataclass(slots=True)
class Checked:
    """What one level yielded; ``errors`` and ``hidden`` carry full key paths."""

    answers: dict[str, object]
    hidden: frozenset[str] = frozenset()
    errors: dict[str, list[str]] = field(default_factory=dict)


def check(level: Level, answers: object, *, draft: bool) -> Checked:
    """Check the top level and every row below it."""
    if not isinstance(answers, Mapping):
        return Checked({}, errors={"": [Phrase(say.NOT_A_MAPPING)]})
    return _check(level, answers, {}, "", draft=draft)


def _check(level: Level, answers: Answers, outer: Answers, path: str, *, draft: bool) -> Checked:
    given = {str(k): v for k, v in answers.items() if not is_empty(v) or k not in level.fields}
    clean, errors = _cleaned(level, given, draft=draft)
    shown = visible_names(level.components, clean, outer)
    hidden = {key for key in level.fields if key not in shown}
    result = Checked(
        answers={k: v for k, v in clean.items() if draft or k not in hidden},
        hidden=frozenset(path + key for key in hidden),
        # An unknown key is refused whatever is visible; a wrong answer to a hidden question is just dropped.
        errors={path + k: v for k, v in errors.items() if draft or k not in hidden},
    )
    context = {**outer, **outer_context(level.components, clean, shown)}
    for key in level.rows:
        if key in result.answers:
            _check_rows(key, level.rows[key], result, context, path, draft=draft)
    if not draft:
        _ask_for_missing(level, shown, result, path)
    return result


def _ask_for_missing(level: Level, shown: frozenset[str], result: Checked, path: str) -> None:
    for key, found in level.fields.items():
        missing = _missing(found, result.answers.get(key)) if key in shown else None
        if missing and path + key not in result.errors:
            result.errors[path + key] = [Phrase(missing)]


def _cleaned(level: Level, given: Answers, *, draft: bool) -> tuple[dict[str, object], dict[str, list[str]]]:
    clean: dict[str, object]
    errors: dict[str, list[str]]
    try:
        clean, errors = dict(level.schema.load(dict(given), partial=True)), {}
    except ValidationError as wrong:
        valid = wrong.valid_data
        clean, errors = dict(valid) if isinstance(valid, Mapping) else {}, _messages(wrong)
    if draft:
        kept = {k: given[k] for k in errors if k in level.fields and _keepable(level.fields[k], given[k])}
        return {**clean, **kept}, {k: v for k, v in errors.items() if k not in kept}
    return {k: v for k, v in clean.items() if not is_empty(v)}, errors


def _check_rows(key: str, level: Level, result: Checked, context: Answers, path: str, *, draft: bool) -> None:
    kept: list[dict[str, object]] = []
    rows = result.answers[key]
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        if draft or not _is_blank(row):  # in a draft an empty row may have just been added
            checked = _check(level, row, context, f"{path}{key}[{number}].", draft=draft)
            kept.append(checked.answers)
            result.errors.update(checked.errors)
            result.hidden |= checked.hidden
    result.answers[key] = kept
    if not kept:
        del result.answers[key]


def _is_blank(row: Mapping[str, object]) -> bool:
    return all(is_empty(value) or value is False for value in row.values())


def _missing(field: Field, value: object) -> str | None:
    if not field.required:
        return None
    if field.type == "checkbox":
        return None if value is True else say.MUST_TICK
    if not is_empty(value):
        return None
    return say.NEEDS_A_ROW if field.type == "dynamiclist" else say.REQUIRED


def _keepable(field: Field, value: object) -> bool:
    """Whether a draft may keep an unfinished answer: right shape, reasonable size."""
    if field.type == "dynamiclist":
        return False
    if field.type in SEVERAL or field.type == "filepicker":
        return isinstance(value, list) and len(value) <= MOST_ROWS and all(_short(v) for v in value)
    return _short(value) or (isinstance(value, int | float) and abs(value) < 10**15)


def _short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\x00" not in value


def _messages(wrong: ValidationError) -> dict[str, list[str]]:
    found = wrong.messages if isinstance(wrong.messages, dict) else {"_schema": wrong.messages}
    plain: dict[str, list[str]] = {}
    for key, value in found.items():
        texts = value if isinstance(value, list) else [Phrase(say.WRONG_SHAPE)]
        plain["" if key == "_schema" else str(key)] = [
            t if isinstance(t, Phrase) else Phrase(str(t)) for t in texts]
    return plain
