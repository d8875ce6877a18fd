"""Inputs of a decision given as JSON: read by the types that the model declares, refused by name where wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nrm.decisions.dmn.graph import InputData
from nrm.decisions.feel.errors import suggestion
from nrm.decisions.feel.literals import date_from, duration_from, moment_from, time_from
from nrm.decisions.feel.types import Type
from nrm.decisions.feel.values import Value, released
from nrm.vocabulary.errors import InvalidInput

_WRITTEN: Mapping[str, tuple[Callable[[str], Value], str]] = {
    "date": (date_from, "a date as 2026-03-31"),
    "time": (time_from, "a time as 14:30:00"),
    "date and time": (moment_from, "a date and time as 2026-03-31T14:30:00"),
    "days and time duration": (duration_from, "a duration as P1DT2H"),
    "years and months duration": (duration_from, "a duration as P1Y2M"),
}


class _Misfit(ValueError):
    """Carries what was needed."""


def given(inputs: Mapping[str, object], needed: Iterable[InputData], *, also: Iterable[str] = ()) -> dict[str, object]:
    """The inputs with dates, times and durations read from their text, where the model says that they are such.

    ``needed``: what the decision asks; ``also``: other names that it reads.
    Raises ``InvalidInput`` with a sentence per name: unknown ones, and text that is not what is needed.
    """
    types = {name: one.item.type for one in needed for name in one.known_as}
    names = {*types, *also}
    read: dict[str, object] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in inputs.items():
        if name not in names:
            wrong[name] = [f"The decision does not ask for this.{suggestion(name, sorted(names))}"]
            continue
        try:
            read[name] = _read(value, types.get(name))
        except _Misfit as misfit:
            wrong[name] = [f"This must be {misfit}."]
    if wrong:
        raise InvalidInput(fields=wrong)
    return read


def _read(value: object, of: Type | None) -> object:
    if of is None:
        return value
    if isinstance(value, str) and of.kind in _WRITTEN:
        reader, needed = _WRITTEN[of.kind]
        found = reader(value)
        if found is None:
            raise _Misfit(needed)
        return released(found)
    if isinstance(value, list):
        return [_read(item, of.element) for item in value]
    if isinstance(value, dict):
        fields = dict(of.fields)
        return {name: _read(item, fields.get(name)) for name, item in value.items()}
    return value
