"""Checks a decision file before it is used: every cell against the dictionary, then its tables as wholes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nrm.decisions.dmn.analysis import analysed
from nrm.decisions.dmn.graph import Decision
from nrm.decisions.dmn.main import MainDecision
from nrm.decisions.dmn.reading import read_leniently
from nrm.decisions.dmn.tables import DecisionTable, OutputColumn, Rule
from nrm.decisions.feel import Expression, Problem, UnaryTests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checker import Checker
from nrm.decisions.feel.checks import ANYTHING, Known, known_fact, known_of
from nrm.decisions.feel.comparisons import test
from nrm.decisions.feel.errors import suggestion
from nrm.decisions.feel.values import is_number
from nrm.vocabulary.facts import Dictionary
from nrm.vocabulary.findings import Severity
from nrm.vocabulary.phrases import Phrase


def check_table(
    xml: bytes, dictionary: Dictionary | None = None, imported: Mapping[str, bytes] | None = None
) -> list[Problem]:
    """All problems of the tables in the file; never raises. ``dictionary``: the facts they may read and set.

    ``imported``: namespace -> document, for its imports.

    ``STOP``: unreadable, wrong names or values, rules of U that can both apply, rules of A that disagree.
    ``WARNING``: cases that no rule covers, rules that are never reached, columns that are never tested or
    could not be analysed.
    """
    main, problems = read_leniently(xml, imported)
    if main is None:
        return problems
    sound = not problems  # a cell that cannot be read says nothing on overlaps and gaps
    for decision, table in main.tables:
        last = decision.key == main.decision.key
        check = _Check(table, dictionary, _decided_before(main, decision), sets_facts=last)
        found = check.cells()
        problems += found
        if sound and not any(problem.severity is Severity.STOP for problem in found):
            problems += check.whole()
    return problems


def _decided_before(main: MainDecision, decision: Decision) -> dict[str, Known]:
    """What is known of the decisions and functions of the file, all of which a table may name."""
    graph = main.model.graph
    names: dict[str, Known] = {}
    for key in graph.order((main.decision.key,)):
        element = graph.elements[key]
        if isinstance(element, Decision) and element.key != decision.key:
            names[element.variable] = ANYTHING
    return names | dict.fromkeys((*main.model.knowledge, *main.model.services), ANYTHING)


@dataclass(frozen=True, slots=True)
class _Check:
    """The check of one table. ``names``: what it may name besides facts. ``sets_facts``: its outputs are facts;
    those of a decision that only others use need not be.
    """

    table: DecisionTable
    dictionary: Dictionary | None
    names: Mapping[str, Known]
    sets_facts: bool

    def cells(self) -> list[Problem]:
        """The problems of single cells."""
        found = [] if self.table.rules else [Problem("no_rules", "The table has no rules.")]
        return found if self.dictionary is None else found + self._typed(self.dictionary)

    def whole(self) -> list[Problem]:
        """The problems of the table as a whole."""
        return analysed(self.table, [self._known(column.expression) for column in self.table.inputs])

    def _known(self, expression: Expression) -> Known:
        if self.dictionary is None or expression.names & self.names.keys():
            return ANYTHING
        return known_of(expression, self.dictionary)

    def _typed(self, dictionary: Dictionary) -> list[Problem]:
        found: list[Problem] = []
        known = [self._known(column.expression) for column in self.table.inputs]
        for column, about in zip(self.table.inputs, known, strict=True):
            found += _placed(self._expression(column.expression, dictionary), column.label)
            if column.allowed:
                found += _placed(self._tests(column.allowed, about, dictionary), column.label)
        for rule in self.table.rules:
            for column, about, tests in zip(self.table.inputs, known, rule.tests, strict=True):
                found += _placed(self._tests(tests, about, dictionary), column.label, rule)
        for number, output in enumerate(self.table.outputs):
            found += self._output(output, number, dictionary)
        return found

    def _expression(self, expression: Expression, dictionary: Dictionary) -> list[Problem]:
        checker = Checker(dictionary)
        checker.inside(self.names, expression.tree)
        return checker.sorted()

    def _tests(self, tests: UnaryTests, about: Known, dictionary: Dictionary) -> list[Problem]:
        checker = Checker(dictionary, about)
        checker.scopes.append((self.names, False))
        for each in tests.tree.tests:
            test(checker, each, about)
        return checker.sorted()

    def _output(self, output: OutputColumn, number: int, dictionary: Dictionary) -> list[Problem]:
        fact = dictionary.get(output.name)
        if fact is None and self.sets_facts:
            hint = suggestion(output.name, dictionary)
            sentence = f'There is no fact "{output.name}" to decide.{hint}'
            return [Problem("unknown_output", sentence, column=output.label)]
        about = ANYTHING if fact is None else known_fact(fact)
        found = _placed(self._gives(output.default, about, dictionary), output.label) if output.default else []
        for rule in self.table.rules:
            found += _placed(self._gives(rule.outputs[number], about, dictionary), output.label, rule)
        return found

    def _gives(self, cell: Expression, about: Known, dictionary: Dictionary) -> list[Problem]:
        """Problems of an output cell, its value against the fact that it sets among them."""
        problems = self._expression(cell, dictionary)
        literal = cell.tree.value if isinstance(cell.tree, s.Literal) else ...
        if literal is None or about == ANYTHING or cell.names & self.names.keys():
            return problems
        came = known_of(cell, dictionary)
        broken = about.whole and is_number(literal) and not isinstance(literal, int)  # whole ones are read as int
        if broken or (came.kind and came.kind != about.kind):
            return [*problems, Problem("wrong_kind", f"{cell.text} is not a value of {about.title}.")]
        for value in came.values if about.values else ():
            if value not in about.values:
                hint = suggestion(value, about.values)
                problems.append(Problem("wrong_value", f'"{value}" is not a value of {about.title}.{hint}'))
        return problems


def _placed(problems: list[Problem], column: str, rule: Rule | None = None) -> list[Problem]:
    where = Phrase('Rule {number}, column "{label}"', number=rule.number, label=column) if rule \
        else Phrase('Column "{label}"', label=column)
    return [
        replace(problem, sentence=Phrase("{where}: {sentence}", where=where, sentence=problem.sentence),
                rule=rule.id if rule else None, column=column)
        for problem in problems
    ]
