"""A form as it is asked on a page: which questions are shown, what stands in them, what is wrong, what is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nrm.diagrams.forms import Field, Form
from nrm.queries.known import Known

_SIGNS = re.compile(r"[^A-Za-z0-9_-]+")
_CODE = re.compile("[a-z][a-z_ ]+")
Errors = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One component as it stands on the page.

    ``name`` is the key path (``lines[0].need``) and the HTML name; ``rows`` are the rows of a list, each its
    questions; ``inside`` those of a group. ``is_fixed``: the rows of this list are given, none added or removed.
    """

    field: Field
    name: str
    value: object = None
    errors: tuple[str, ...] = ()
    known: Known | None = None
    rows: tuple[tuple[Question, ...], ...] = ()
    inside: tuple[Question, ...] = ()
    is_fixed: bool = False

    @property
    def id(self) -> str:
        """Return the id of the (first) control, so that the error summary can link to it."""
        return field_id(self.name)

    @property
    def values(self) -> tuple[str, ...]:
        """Return the chosen values of a question with several answers."""
        if isinstance(self.value, str | int | bool) or self.value is None:
            return () if self.value in (None, "") else (str(self.value),)
        return tuple(str(value) for value in self.value) if isinstance(self.value, list | tuple) else ()

    @property
    def text(self) -> str:
        """Return the value as an HTML control holds it."""
        if self.value is None:
            return ""
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        text = str(self.value)
        is_moment = self.field.type == "datetime" and self.field.subtype == "datetime"
        return text.replace(" ", "T")[:16] if is_moment else text

    @property
    def shown(self) -> str:
        """Return a value that cannot be changed as it is read."""
        if isinstance(self.value, bool):
            return "Yes" if self.value else "No"
        if self.field.options:
            return self.field.option_label(self.text)
        return self.text.replace("_", " ").capitalize() if _CODE.fullmatch(self.text) else self.text

    @property
    def is_short(self) -> bool:
        """Whether the choices fit beside each other."""
        labels_ = [option.label for option in self.field.options]
        return len(labels_) <= 6 and sum(map(len, labels_)) <= 60 and max(map(len, labels_), default=0) <= 22


def field_id(name: str) -> str:
    """Return the id of a field's control."""
    return "q-" + _SIGNS.sub("-", name).strip("-")


def questions(
    form: Form, answers: Mapping[str, object], *, errors: Errors | None = None,
    known: Mapping[str, Known] | None = None,
) -> tuple[Question, ...]:
    """Return what is asked, given the answers so far; a list without rows shows an empty one."""
    filled = {**answers}
    for key, field in form.fields.items():
        if field.type == "dynamiclist" and not filled.get(key):
            filled[key] = [{}]
    return _level(form.components, filled, "", form.visible(filled), errors or {}, known or {})


def _level(
    components: tuple[Field, ...], answers: Mapping[str, object], path: str, visible: frozenset[str], errors: Errors,
    known: Mapping[str, Known],
) -> tuple[Question, ...]:
    made: list[Question] = []
    for field in components:
        name = path + field.name
        if name not in visible or field.type == "button":
            continue
        asked = Question(
            field, name, answers.get(field.key, field.default) if field.key else None, tuple(errors.get(name, ())),
            known.get(field.element) if field.element and not path else None,
        )
        if field.type == "group":
            asked = replace(asked, inside=_level(field.fields, answers, path, visible, errors, known))
        elif field.type == "dynamiclist":
            rows = answers.get(field.key)
            asked = replace(asked, is_fixed=any(one.readonly for one in field.fields), rows=tuple(
                _level(field.fields, row, f"{name}[{number}].", visible, errors, known)
                for number, row in enumerate(rows if isinstance(rows, list) else []) if isinstance(row, Mapping)
            ))
        if field.type != "group" or asked.inside:
            made.append(asked)
    return tuple(made)


def flat(asked: Sequence[Question]) -> Iterator[Question]:
    """Yield every question, those in groups and rows included."""
    for one in asked:
        yield one
        yield from flat(one.inside)
        for row in one.rows:
            yield from flat(row)


def names(asked: Sequence[Question]) -> str:
    """Return the names of what is shown, as the page posts them back: what is new is noticed."""
    return " ".join(one.name for one in flat(asked) if one.field.key)


def labels(asked: Sequence[Question]) -> dict[str, str]:
    """Return name -> label, for the error summary."""
    return {one.name: one.field.label for one in flat(asked)}


def new_since(asked: Sequence[Question], posted: str) -> list[Question]:
    """Return the questions that were not on the page that was sent; rows do not count, they are added by hand."""
    before = set(posted.split())
    return [one for one in flat(asked) if one.field.key and one.name not in before and "[" not in one.name]


def with_rows(form: Form, answers: Mapping[str, object], action: str) -> dict[str, object]:
    """Carry out the buttons of a list: ``add:lines``, ``remove:lines:2``; anything else changes nothing."""
    changed = dict(answers)
    word, _, rest = action.partition(":")
    key, _, number = rest.partition(":")
    field = form.fields.get(key)
    if field is None or field.type != "dynamiclist":
        return changed
    rows = list(rows_of(changed.get(key)))
    if word == "add":
        changed[key] = [*(rows or [{}]), {}]
    elif word == "remove" and number.isdigit() and int(number) < len(rows):
        changed[key] = rows[: int(number)] + rows[int(number) + 1:]
    return changed


def rows_of(value: object) -> list[Mapping[str, object]]:
    """Return the rows of a list's value."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def has_conditions(form: Form) -> bool:
    """Whether answers bring further questions up."""
    stack = list(form.components)
    while stack:
        field = stack.pop()
        if field.condition:
            return True
        stack.extend(field.fields)
    return False


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as a reader sees it: the question's label and the answer in words."""

    label: str
    text: str
    rows: tuple[tuple[Told, ...], ...] = ()


def told(components: Sequence[Field], answers: Mapping[str, object]) -> tuple[Told, ...]:
    """Return answers as question and answer, in the form's order; what was not answered is left out."""
    found: list[Told] = []
    for field in components:
        if field.type == "group":
            found.extend(told(field.fields, answers))
        elif field.key and answers.get(field.key) not in (None, "", [], {}):
            found.append(_told(field, answers[field.key]))
    return tuple(found)


def _told(field: Field, value: object) -> Told:
    if field.type == "dynamiclist":
        return Told(field.label, "", tuple(told(field.fields, row) for row in rows_of(value)))
    if field.type == "filepicker":
        return Told(field.label, str(len(Question(field, field.key, value).values)))
    if isinstance(value, list):
        return Told(field.label, ", ".join(field.option_label(str(one)) for one in value))
    return Told(field.label, Question(field, field.key, value).shown if not isinstance(value, str) or field.options
                else value)
