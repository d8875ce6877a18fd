"""Reads one decision table from DMN 1.2 to 1.5 XML, through the hardened parser; cells are parsed here,
once.
"""

from __future__ import annotations

from lxml import etree

from nrm.decisions.dmn.model import (
    HIT_POLICIES,
    LATER_POLICIES,
    DecisionTable,
    InputColumn,
    OutputColumn,
    Rule,
    TableRefused,
)
from nrm.decisions.feel import Expression, FeelError, Problem, UnaryTests, parse_expression, parse_unary_tests
from nrm.documents import line_of, parse
from nrm.vocabulary.errors import DocumentRefused

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
NEXT_RELEASE = "comes with the next release"
MAX_RULES, MAX_COLUMNS = 1_000, 100


def read_decisions(xml: bytes) -> DecisionTable:
    """The one decision table of the file.

    Raises ``DocumentRefused`` for bad XML and ``TableRefused`` (with every ``Problem``) for what is not a
    usable
    table: an unknown version, another kind of decision, a hit policy not built yet, cells that are not FEEL.
    """
    reader = _Reader(parse(xml))
    table = reader.table()
    if reader.problems:
        first = reader.problems[0]
        raise TableRefused(first.sentence, problems=tuple(reader.problems))
    return table


def read_leniently(xml: bytes) -> tuple[DecisionTable | None, list[Problem]]:
    """For checks: the table as far as it can be read, and the problems; a broken cell reads as ``-`` or
    null.
    """
    problems: list[Problem] = []
    try:
        reader = _Reader(parse(xml))
        problems = reader.problems
        return reader.table(), problems
    except DocumentRefused as refused:
        return None, [*problems, Problem(refused.code, refused.sentence)]


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self.root = root
        namespace = etree.QName(root).namespace or ""
        if etree.QName(root).localname != "definitions" or namespace not in NAMESPACES:
            raise TableRefused("This is not a DMN document of version 1.2 to 1.5.", line=line_of(root))
        self.tag = "{" + namespace + "}"
        self.problems: list[Problem] = []
        self.names: frozenset[str] = frozenset()
        self.place = ""

    def table(self) -> DecisionTable:
        decision = self._decision()
        grid = decision.find(self.tag + "decisionTable")
        if grid is None:
            raise TableRefused(
                f"Only decision tables are read; any other kind of decision logic {NEXT_RELEASE}.",
                line=line_of(decision),
            )
        self.names = self._names_in_scope()
        policy = self._hit_policy(grid)
        inputs = tuple(self._input(one, n) for n, one in enumerate(self._all(grid, "input"), start=1))
        outputs = self._outputs(decision, grid)
        rules = self._rules(grid, inputs, outputs)
        return DecisionTable(
            id=decision.get("id") or "", name=decision.get("name") or decision.get("id") or "",
            hit_policy=policy, inputs=inputs, outputs=outputs, rules=rules,
            doc=self._text(decision, "description"), names=_names_read(inputs, outputs, rules),
        )

    def _decision(self) -> etree._Element:
        decisions = self._all(self.root, "decision")
        if len(decisions) != 1:
            found = "no decision" if not decisions else f"{len(decisions)} decisions"
            raise TableRefused(f"The file has {found}, one is needed; a file of several {NEXT_RELEASE}.")
        return decisions[0]

    def _names_in_scope(self) -> frozenset[str]:
        elements = [*self._all(self.root, "inputData"), *self._all(self.root, "decision")]
        return frozenset(" ".join((e.get("name") or "").split()) for e in elements) - {""}

    def _hit_policy(self, grid: etree._Element) -> str:
        policy = grid.get("hitPolicy", "UNIQUE")
        if policy in LATER_POLICIES:
            raise TableRefused(
                f"The hit policy {policy} {NEXT_RELEASE}; use UNIQUE, FIRST or COLLECT.", line=line_of(grid))
        if policy not in HIT_POLICIES:
            raise TableRefused("The hit policy is none of DMN's.", line=line_of(grid))
        if policy == "COLLECT" and grid.get("aggregation"):
            raise TableRefused(f"COLLECT with {grid.get('aggregation')} {NEXT_RELEASE}.", line=line_of(grid))
        return HIT_POLICIES[policy]

    def _input(self, column: etree._Element, number: int) -> InputColumn:
        expression = column.find(self.tag + "inputExpression")
        text = "" if expression is None else self._text(expression, "text")
        label = column.get("label") or text.replace("_", " ") or f"input {number}"
        return InputColumn(
            id=column.get("id") or f"input{number}", label=label,
            expression=self._expression(text, label),
            allowed=self._allowed(column, "inputValues", label),
            type="" if expression is None else expression.get("typeRef") or "",
        )

    def _outputs(self, decision: etree._Element, grid: etree._Element) -> tuple[OutputColumn, ...]:
        columns = self._all(grid, "output")
        if not columns:
            raise TableRefused("The table has no output column.", line=line_of(grid))
        variable = decision.find(self.tag + "variable")
        fallback = (None if variable is None else variable.get("name")) or decision.get("id") or "output"
        found = tuple(self._output(one, fallback, len(columns)) for one in columns)
        if len({one.name for one in found}) != len(found):
            self._problem("duplicate_output", "Two output columns have the same name.", None, None)
        return found

    def _output(self, column: etree._Element, fallback: str, of: int) -> OutputColumn:
        name = column.get("name") or (fallback if of == 1 else "")
        if not name:
            raise TableRefused("An output column has no name.", line=line_of(column))
        label = column.get("label") or name.replace("_", " ")
        default = column.find(self.tag + "defaultOutputEntry")
        text = "" if default is None else self._text(default, "text")
        return OutputColumn(
            name=name, label=label, allowed=self._allowed(column, "outputValues", label),
            default=self._expression(text, label) if text else None, type=column.get("typeRef") or "",
        )

    def _allowed(self, column: etree._Element, kind: str, label: str) -> UnaryTests | None:
        values = column.find(self.tag + kind)
        text = "" if values is None else self._text(values, "text")
        tests = self._tests(text, None, label)
        return None if tests.any_value else tests

    def _rules(
        self, grid: etree._Element, inputs: tuple[InputColumn, ...], outputs: tuple[OutputColumn, ...]
    ) -> tuple[Rule, ...]:
        rows = self._all(grid, "rule")
        if len(rows) > MAX_RULES or len(inputs) + len(outputs) > MAX_COLUMNS:
            raise TableRefused(
                f"A table may have {MAX_RULES} rules and {MAX_COLUMNS} columns.", line=line_of(grid))
        rules = tuple(self._rule(row, n, inputs, outputs) for n, row in enumerate(rows, start=1))
        self.place = ""
        ids = [rule.id for rule in rules]
        for rule in rules:
            if ids.count(rule.id) > 1:
                self._problem("duplicate_rule", f'The rule id "{rule.id}" is used twice.', rule.id, None)
                break
        return rules

    def _rule(
        self, row: etree._Element, number: int, inputs: tuple[InputColumn, ...],
        outputs: tuple[OutputColumn, ...],
    ) -> Rule:
        tests, entries = self._all(row, "inputEntry"), self._all(row, "outputEntry")
        if len(tests) != len(inputs) or len(entries) != len(outputs):
            raise TableRefused(f"Rule {number} has not one cell per column.", line=line_of(row))
        rule = row.get("id") or f"rule{number}"
        self.place = f"Rule {number}: "
        notes = [self._text(note, "text") for note in self._all(row, "annotationEntry")]
        return Rule(
            id=rule, number=number, line=line_of(row),
            tests=tuple(
                self._tests(self._text(cell, "text"), rule, column.label)
                for cell, column in zip(tests, inputs, strict=True)
            ),
            outputs=tuple(
                self._expression(self._text(cell, "text"), column.label, rule)
                for cell, column in zip(entries, outputs, strict=True)
            ),
            note="; ".join(note for note in notes if note) or self._text(row, "description"),
        )

    def _expression(self, text: str, column: str, rule: str | None = None) -> Expression:
        try:
            # An empty output cell is null (DMN 1.5, 8.2.8); an empty input expression asks nothing.
            return parse_expression("null" if rule and not text else text, names=self.names)
        except FeelError as bad:
            self._problem("feel_syntax", f'column "{column}": {bad.sentence}', rule, column, bad.position)
            return parse_expression("null")

    def _tests(self, text: str, rule: str | None, column: str) -> UnaryTests:
        try:
            return parse_unary_tests(text, names=self.names)
        except FeelError as bad:
            self._problem("feel_syntax", f'column "{column}": {bad.sentence}', rule, column, bad.position)
            return parse_unary_tests("-")

    def _problem(
        self, code: str, sentence: str, rule: str | None, column: str | None, position: int = 0
    ) -> None:
        self.problems.append(Problem(code, self.place + sentence, position, rule, column))

    def _all(self, element: etree._Element, name: str) -> list[etree._Element]:
        return element.findall(self.tag + name)

    def _text(self, element: etree._Element, name: str) -> str:
        return (element.findtext(self.tag + name) or "").strip()


def _names_read(
    inputs: tuple[InputColumn, ...], outputs: tuple[OutputColumn, ...], rules: tuple[Rule, ...]
) -> frozenset[str]:
    found: set[str] = set()
    for one in inputs:
        found |= one.expression.names
    for each in outputs:
        found |= each.default.names if each.default else frozenset()
    for rule in rules:
        found = found.union(*(test.names for test in rule.tests), *(cell.names for cell in rule.outputs))
    return frozenset(found)
