"""Reads one decision table from XML; its cells are parsed here, once."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from nrm.decisions.dmn.documents import Document
from nrm.decisions.dmn.tables import (
    AGGREGATIONS,
    HIT_POLICIES,
    MOST_COLUMNS,
    MOST_RULES,
    DecisionTable,
    InputColumn,
    OutputColumn,
    Rule,
    TableRefused,
)
from nrm.decisions.feel import Expression, FeelError, Problem, UnaryTests, parse_expression, parse_unary_tests
from nrm.decisions.feel import syntax as s
from nrm.documents import line_of


class TableReader:
    """Reads a table; a cell that is not FEEL reads as ``-`` or null and is a problem."""

    def __init__(self, document: Document, names: Iterable[str], place: str = "") -> None:
        self.document = document
        self.names = names
        self.place = place
        self.problems: list[Problem] = []

    def table(self, grid: etree._Element, name: str) -> DecisionTable:
        """The table. ``name``: what it decides. Raises ``TableRefused`` for a wrong form."""
        policy = _hit_policy(grid)
        inputs = tuple(self._input(one, n) for n, one in enumerate(self.document.all(grid, "input"), start=1))
        outputs = self._outputs(grid, name)
        rules = self._rules(grid, inputs, outputs)
        return DecisionTable(name, policy, inputs, outputs, rules)

    def _input(self, column: etree._Element, number: int) -> InputColumn:
        expression = self.document.first(column, "inputExpression")
        text = "" if expression is None else self.document.text(expression, "text")
        label = column.get("label") or text.replace("_", " ") or f"input {number}"
        return InputColumn(
            id=column.get("id") or f"input{number}", label=label, expression=self._expression(text, label),
            allowed=self._allowed(column, "inputValues", label),
            type="" if expression is None else expression.get("typeRef") or "",
        )

    def _outputs(self, grid: etree._Element, name: str) -> tuple[OutputColumn, ...]:
        columns = self.document.all(grid, "output")
        if not columns:
            raise TableRefused("The table has no output column.", line=line_of(grid))
        found = tuple(self._output(one, name or "output", len(columns)) for one in columns)
        if len({one.name for one in found}) != len(found):
            self._problem("duplicate_output", "Two output columns have the same name.", None, None)
        return found

    def _output(self, column: etree._Element, fallback: str, of: int) -> OutputColumn:
        name = " ".join((column.get("name") or "").split()) or (fallback if of == 1 else "")
        if not name:
            raise TableRefused("An output column has no name.", line=line_of(column))
        label = column.get("label") or name.replace("_", " ")
        default = self.document.first(column, "defaultOutputEntry")
        text = "" if default is None else self.document.text(default, "text")
        allowed = self._allowed(column, "outputValues", label)
        return OutputColumn(
            name=name, label=label, allowed=allowed, default=self._expression(text, label) if text else None,
            type=column.get("typeRef") or "", ranks=_one_by_one(allowed or self._of_type(column)),
        )

    def _of_type(self, column: etree._Element) -> UnaryTests | None:
        """The values that the column's type allows, which rank outputs where no list stands in the table."""
        item = self.document.known_item(" ".join((column.get("typeRef") or "").split()))
        return item.allowed[-1] if item is not None and item.allowed else None

    def _allowed(self, column: etree._Element, kind: str, label: str) -> UnaryTests | None:
        values = self.document.first(column, kind)
        text = "" if values is None else self.document.text(values, "text")
        tests = self._tests(text, None, label)
        return None if tests.any_value else tests

    def _rules(
        self, grid: etree._Element, inputs: tuple[InputColumn, ...], outputs: tuple[OutputColumn, ...]
    ) -> tuple[Rule, ...]:
        rows = self.document.all(grid, "rule")
        if len(rows) > MOST_RULES or len(inputs) + len(outputs) > MOST_COLUMNS:
            raise TableRefused(
                f"A table may have {MOST_RULES} rules and {MOST_COLUMNS} columns.", line=line_of(grid))
        before = self.place
        rules = []
        for number, row in enumerate(rows, start=1):
            self.place = f"{before}Rule {number}: "
            rules.append(self._rule(row, number, inputs, outputs))
        self.place = before
        self._same_ids(rules)
        return tuple(rules)

    def _same_ids(self, rules: list[Rule]) -> None:
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                self._problem("duplicate_rule", f'The rule id "{rule.id}" is used twice.', rule.id, None)
                return
            seen.add(rule.id)

    def _rule(
        self, row: etree._Element, number: int, inputs: tuple[InputColumn, ...], outputs: tuple[OutputColumn, ...]
    ) -> Rule:
        tests, entries = self.document.all(row, "inputEntry"), self.document.all(row, "outputEntry")
        if len(tests) != len(inputs) or len(entries) != len(outputs):
            raise TableRefused(f"Rule {number} has not one cell per column.", line=line_of(row))
        rule = row.get("id") or f"rule{number}"
        notes = [self.document.text(note, "text") for note in self.document.all(row, "annotationEntry")]
        return Rule(
            id=rule, number=number, line=line_of(row),
            tests=tuple(
                self._tests(self.document.text(cell, "text"), rule, column.label)
                for cell, column in zip(tests, inputs, strict=True)
            ),
            outputs=tuple(
                self._expression(self.document.text(cell, "text"), column.label, rule)
                for cell, column in zip(entries, outputs, strict=True)
            ),
            note="; ".join(note for note in notes if note) or self.document.text(row, "description"),
        )

    def _expression(self, text: str, column: str, rule: str | None = None) -> Expression:
        try:
            # An empty output cell is null (DMN 1.5, 8.2.9); an empty input expression asks nothing.
            return parse_expression(
                "null" if rule and not text else text, names=self.names, types=self.document.types)
        except FeelError as bad:
            self._problem("feel_syntax", f'column "{column}": {bad.sentence}', rule, column, bad.position)
            return parse_expression("null")

    def _tests(self, text: str, rule: str | None, column: str) -> UnaryTests:
        try:
            return parse_unary_tests(text, names=self.names, types=self.document.types)
        except FeelError as bad:
            self._problem("feel_syntax", f'column "{column}": {bad.sentence}', rule, column, bad.position)
            return parse_unary_tests("-")

    def _problem(
        self, code: str, sentence: str, rule: str | None, column: str | None, position: int = 0
    ) -> None:
        self.problems.append(Problem(code, self.place + sentence, position, rule, column))


def _hit_policy(grid: etree._Element) -> str:
    policy = HIT_POLICIES.get(grid.get("hitPolicy", "UNIQUE"))
    if policy is None:
        raise TableRefused("The hit policy is none of DMN's.", line=line_of(grid))
    aggregation = grid.get("aggregation")
    if policy != "C" or not aggregation:
        return policy
    if aggregation not in AGGREGATIONS:
        raise TableRefused("The aggregation is none of DMN's.", line=line_of(grid))
    return AGGREGATIONS[aggregation]


def _one_by_one(allowed: UnaryTests | None) -> tuple[UnaryTests, ...]:
    if allowed is None or allowed.negated:
        return ()
    return tuple(
        UnaryTests(allowed.text, s.Tests(test.at, test.depth + 1, False, (test,))) for test in allowed.tree.tests
    )
