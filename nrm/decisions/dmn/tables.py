"""A decision table as read: columns, rules, and the parsed expressions in them."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.decisions.feel import Expression, Problem, UnaryTests
from nrm.vocabulary.errors import DocumentRefused

HIT_POLICIES = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
AGGREGATIONS = {"SUM": "C+", "MIN": "C<", "MAX": "C>", "COUNT": "C#"}
SEVERAL = frozenset({"R", "O", "C"})
"""Policies whose result is a list with one item for each rule that matches."""
MOST_RULES, MOST_COLUMNS = 1_000, 100


class TableRefused(DocumentRefused):
    """The document holds no decision that can be used; ``problems`` holds all that was found."""

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
    matches. ``ranks``: the allowed values one by one, best first, for the policies P and O.
    """

    name: str
    label: str
    allowed: UnaryTests | None = None
    default: Expression | None = None
    type: str = ""
    ranks: tuple[UnaryTests, ...] = ()


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
    """One decision table: immutable, parsed once. ``hit_policy``: U A P F R O C C+ C< C> C#; ``label``: what
    it decides.
    """

    label: str
    hit_policy: str
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]

    @property
    def names(self) -> frozenset[str]:
        """All names that any of its expressions may read."""
        cells = [column.expression.names for column in self.inputs]
        cells += [column.default.names for column in self.outputs if column.default]
        for rule in self.rules:
            cells += [test.names for test in rule.tests] + [cell.names for cell in rule.outputs]
        return frozenset().union(*cells)
