"""Which questions a form asks, given the answers so far: FEEL conditions, followed until nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from nrm.decisions import feel
from nrm.diagrams.forms.model import SEVERAL, Field, answered

Answers = Mapping[str, object]


@lru_cache(maxsize=4096)
def parsed(condition: str) -> feel.Expression:
    """The parsed condition, without its leading ``=``. Raises what ``feel.parse_expression`` raises."""
    return feel.parse_expression(condition)


def visible_names(components: tuple[Field, ...], answers: Answers,
                  outer: Answers | None = None) -> frozenset[str]:
    """Names (key, or id where there is none) of the components shown at this level.

    An answer to a hidden question counts as not given, so that a chain of conditions holds together.
    ``outer`` are the answers around a row. A condition that is not true or false hides nothing.
    """
    fields = answered(components)
    shown = frozenset(_names(components))
    for _ in range(len(shown) + 2):
        context = {**(outer or {}), **_context(fields, answers, shown)}
        now = frozenset(_shown(components, context))
        if now == shown:
            break
        shown = now
    return shown


def visible_paths(components: tuple[Field, ...], answers: Answers) -> frozenset[str]:
    """Like :func:`visible_names`, with rows: ``lines`` and ``lines[0].need``."""
    names = visible_names(components, answers)
    paths = set(names)
    context = _context(answered(components), answers, names)
    for field in answered(components).values():
        if field.type == "dynamiclist" and field.key in names:
            for number, row in enumerate(_rows(answers.get(field.key))):
                inside = visible_names(field.fields, row, context)
                paths |= {f"{field.key}[{number}].{name}" for name in inside}
    return frozenset(paths)


def outer_context(components: tuple[Field, ...], answers: Answers, shown: frozenset[str]) -> Answers:
    """The names a row's conditions may read beside its own."""
    return _context(answered(components), answers, shown)


def _rows(value: object) -> list[Answers]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _context(fields: Mapping[str, Field], answers: Answers, shown: frozenset[str]) -> dict[str, object]:
    return {key: answers.get(key, _nothing(f)) if key in shown else _nothing(f) for key, f in fields.items()}


def _nothing(field: Field) -> object:
    if field.type == "checkbox":
        return False
    return [] if field.type in SEVERAL or field.type == "dynamiclist" else None


def _names(components: tuple[Field, ...]) -> Iterator[str]:
    for component in components:
        yield component.name
        if component.type == "group":
            yield from _names(component.fields)


def _shown(components: tuple[Field, ...], context: Answers) -> Iterator[str]:
    for component in components:
        if component.condition and parsed(component.condition).evaluate(context).value is True:
            continue
        yield component.name
        if component.type == "group":
            yield from _shown(component.fields, context)
