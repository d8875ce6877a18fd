"""Facts: the typed, non-identifying values that diagrams, decisions and forms may read (design 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from nrm.vocabulary.answers import YES_NO_UNKNOWN

FactKind = Literal["boolean", "answer", "enum", "integer", "date"]
FactScope = Literal["case", "run"]
Sensitivity = Literal["ordinary", "sensitive"]
FactValue = bool | int | str | date
"""A known value; ``None`` beside it always means *not known*."""

FACT_KINDS: tuple[str, ...] = get_args(FactKind)
# Facts are small integers (counts, scores): a bound keeps anything identifying from hiding in a number.
SMALLEST_INTEGER, LARGEST_INTEGER = -1_000_000, 1_000_000
_INTEGER = re.compile(r"[+-]?[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class FactType:
    """One entry of ``bpmn/dictionary.yaml``. ``values`` is filled for enum and answer, else empty."""

    name: str
    type: FactKind
    values: tuple[str, ...] = ()
    scope: FactScope = "case"
    initial: FactValue | None = None
    sensitivity: Sensitivity = "ordinary"
    label: Mapping[str, str] = field(default_factory=dict, hash=False)
    doc: str = ""

    def __post_init__(self) -> None:
        if self.type == "answer" and not self.values:
            object.__setattr__(self, "values", YES_NO_UNKNOWN)

    def title(self, language: str = "en") -> str:
        """The label in ``language``, else in English, else the name in plain words."""
        return self.label.get(language) or self.label.get("en") or self.name.replace("_", " ")


Dictionary = Mapping[str, FactType]


def fact_value(fact: FactType, raw: object) -> FactValue | None:
    """``raw`` (from a form, a table, JSON or Python) as a value of the fact's type; ``None``, "" stay
    unknown.

    Raises ``ValueError`` with a sentence that names the fact but never repeats the value.
    """
    if raw is None or raw == "":
        return None
    if fact.type == "boolean":
        return _boolean(fact, raw)
    if fact.type == "integer":
        return _integer(fact, raw)
    if fact.type == "date":
        return _date(fact, raw)
    if isinstance(raw, str) and raw in fact.values:
        return raw
    raise ValueError(f"{fact.title()} must be one of: {', '.join(fact.values)}.")


def fact_to_json(value: FactValue | None) -> bool | int | str | None:
    """The value as JSON carries it: dates as ISO strings, all else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def fact_from_json(fact: FactType, raw: object) -> FactValue | None:
    """The inverse of ``fact_to_json`` for a known fact; ``ValueError`` as in ``fact_value``."""
    return fact_value(fact, raw)


def initial_facts(dictionary: Dictionary, scope: FactScope | None = None) -> dict[str, FactValue]:
    """Name -> initial value of every fact (of the scope) that always has a value."""
    return {
        name: fact.initial
        for name, fact in dictionary.items()
        if fact.initial is not None and scope in (None, fact.scope)
    }


def _boolean(fact: FactType, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "yes"):
        return True
    if isinstance(raw, str) and raw.lower() in ("false", "no"):
        return False
    raise ValueError(f"{fact.title()} must be yes or no.")


def _integer(fact: FactType, raw: object) -> int:
    number: int | None = None
    if isinstance(raw, str):
        number = int(raw) if _INTEGER.fullmatch(raw.strip()) else None
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, float) and raw.is_integer():
        number = int(raw)
    if number is None or not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        raise ValueError(f"{fact.title()} must be a whole number.")
    return number


def _date(fact: FactType, raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if isinstance(raw, str) and len(raw) == 10:
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    raise ValueError(f"{fact.title()} must be a date such as 2026-03-31.")
