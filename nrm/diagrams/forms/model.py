"""What a form is: components as drawn, fields as answered, and what a checked submission yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nrm.vocabulary.categories import Category
from nrm.vocabulary.facts import FactValue

TEXTS = frozenset({"textfield", "textarea"})
CHOICES = frozenset({"select", "radio"})
SEVERAL = frozenset({"checklist", "taglist"})
PLAIN = frozenset({"text", "separator", "spacer", "button"})
ANSWERED = TEXTS | CHOICES | SEVERAL | {"number", "datetime", "checkbox", "dynamiclist", "filepicker"}
ALLOWED = ANSWERED | PLAIN | {"group"}
"""Component types of form-js that a form may use; html, iframe, image, expression and the like may not."""

SOURCES = frozenset({"agencies", "districts"})
"""Lists of the deployment that a choice may offer (form-js ``valuesKey``)."""


@dataclass(frozen=True, slots=True)
class Option:
    """One listed answer."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One component. ``key`` is empty for what is not answered (text, group, separator …).

    ``condition`` is FEEL over field keys; where it is true the component is hidden. ``fields`` are the
    components inside a group or of one row of a dynamiclist. ``subtype`` is ``date|time|datetime``.
    ``source`` names a list of the deployment (of ``SOURCES``) that gives the options when it is shown.
    ``minimum``/``maximum`` are numbers, ``min_length``/``max_length`` characters, ``decimals`` digits.
    """

    key: str
    type: str
    id: str
    label: str = ""
    help: str = ""
    text: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    source: str = ""
    category: Category = Category.PROCESS
    element: str = ""
    fact: str = ""
    condition: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    decimals: int | None = None
    subtype: str = "date"
    multiple: bool = False
    prefix: str = ""
    suffix: str = ""
    readonly: bool = False
    default: object = None
    fields: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """The key, or the component id for what is not answered."""
        return self.key or self.id

    @property
    def values(self) -> frozenset[str]:
        """The option values."""
        return frozenset(option.value for option in self.options)

    def option_label(self, value: str) -> str:
        """The label of an option value, or the value itself."""
        return next((o.label for o in self.options if o.value == value), value)

    def answered(self) -> Mapping[str, Field]:
        """Key -> field of one row of this dynamiclist."""
        return answered(self.fields)


@dataclass(frozen=True, slots=True)
class Validated:
    """A checked submission.

    ``answers``: key -> cleaned value, hidden ones gone. ``hidden``: key paths that were not asked.
    ``facts``: fact name -> typed value, for answered questions only. ``by_category``: the answers again,
    split by data category; a list of rows keeps all its rows in each category that has a part of it.
    """

    answers: Mapping[str, object]
    hidden: frozenset[str] = frozenset()
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    by_category: Mapping[Category, dict[str, object]] = field(default_factory=dict)


def answered(components: tuple[Field, ...]) -> Mapping[str, Field]:
    """Key -> field of all answered components, groups opened, rows of a dynamiclist left inside it."""
    return MappingProxyType({f.key: f for f in _flat(components) if f.key})


def everything(components: tuple[Field, ...]) -> Iterator[Field]:
    """Every component, depth first, rows included."""
    for component in components:
        yield component
        yield from everything(component.fields)


def _flat(components: tuple[Field, ...]) -> Iterator[Field]:
    for component in components:
        if component.type == "group":
            yield from _flat(component.fields)
        else:
            yield component


def is_empty(value: object) -> bool:
    """Whether a value counts as *not answered*. False is an answer."""
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())
