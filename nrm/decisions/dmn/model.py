"""A decision table as read: columns, rules, and the parsed expressions in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.deciding import decide
from nrm.decisions.dmn.wording import rows
from nrm.decisions.feel import Expression, Problem, UnaryTests
from nrm.vocabulary.errors import DocumentRefused

HIT_POLICIES = {"UNIQUE": "U", "FIRST": "F", "COLLECT": "C"}
LATER_POLICIES = ("ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER")


class TableRefused(DocumentRefused):
    """The document is no decision table that can be used; ``problems`` holds all that was found."""

    code = "table_refused"
    title = "The decision table cannot be used"

    def __init__(self, sentence: str, *, problems: tuple[Problem, ...] = (), line: int | None = None) -> None:
        super().__init__(sentence, line=line)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class InputColumn:
    """What is asked: an expression over facts, its label for people, and the only values it may have (if
    said).
    """

    id: str
    label: str
    expression: Expression
    allowed: UnaryTests | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """What is decided: the fact name, its label, the values it may have, and its default when no rule
    matches.
    """

    name: str
    label: str
    allowed: UnaryTests | None = None
    default: Expression | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: ``number`` from 1; one test per input, one expression per output; ``note`` is its
    annotation.
    """

    id: str
    number: int
    tests: tuple[UnaryTests, ...]
    outputs: tuple[Expression, ...]
    note: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """One decision table: immutable, parsed once, evaluated any number of times. ``hit_policy``: U, F or
    C.
    """

    id: str
    name: str
    hit_policy: str
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]
    doc: str = ""
    names: frozenset[str] = field(default=frozenset())
    """All names that any of its expressions may read."""

    def evaluate(self, facts: Mapping[str, object]) -> Decided:
        """Decide on ``facts`` (name -> value, ``None`` or missing = not known); never raises."""
        return decide(self, facts)

    def as_rows(self) -> dict[str, object]:
        """The table for a page: hit policy in words, heads, and for each rule its texts and words
        (JSON-ready).
        """
        return rows(self)
