"""Checks a decision table before it is used: every cell, overlaps, rules never reached, gaps."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from nrm.decisions.dmn.domains import Domain, domain_of
from nrm.decisions.dmn.model import DecisionTable, InputColumn, OutputColumn, Rule
from nrm.decisions.dmn.reading import read_leniently
from nrm.decisions.dmn.wording import value_words
from nrm.decisions.feel import Expression, Problem
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checks import ANYTHING, Known, check_tests, check_types, known_fact, known_of
from nrm.decisions.feel.expressions import suggestion
from nrm.vocabulary.facts import Dictionary
from nrm.vocabulary.findings import Severity

MOST_REPORTED = 10
_BUDGET = 20_000


def check_table(xml: bytes, dictionary: Dictionary | None = None) -> list[Problem]:
    """All problems of the table in the file; never raises. ``dictionary``: the facts it may read and set.

    ``STOP``: unreadable, wrong names or values, rules of U that can both apply. ``WARNING``: cases that no
    rule covers, rules that an earlier one hides, columns that could not be analysed.
    """
    table, problems = read_leniently(xml)
    if table is None:
        return problems
    if not table.rules:
        problems.append(Problem("no_rules", "The table has no rules."))
    known = [known_of(c.expression, dictionary) if dictionary is not None else ANYTHING for c in table.inputs]
    if dictionary is not None:
        problems += _typed(table, known, dictionary)
    if not any(problem.severity is Severity.STOP for problem in problems):
        problems += _analysed(table, known)
    return problems


def _typed(table: DecisionTable, known: list[Known], dictionary: Dictionary) -> list[Problem]:
    found: list[Problem] = []
    for column, about in zip(table.inputs, known, strict=True):
        found += _placed(check_types(column.expression, dictionary), column.label)
        if column.allowed:
            found += _placed(check_tests(column.allowed, about, dictionary), column.label)
    for rule in table.rules:
        for column, about, test in zip(table.inputs, known, rule.tests, strict=True):
            found += _placed(check_tests(test, about, dictionary), column.label, rule)
    for number, output in enumerate(table.outputs):
        found += _output(output, number, table, dictionary)
    return found


def _placed(problems: list[Problem], column: str, rule: Rule | None = None) -> list[Problem]:
    place = f'Rule {rule.number}, column "{column}": ' if rule else f'Column "{column}": '
    return [
        replace(problem, sentence=place + problem.sentence, rule=rule.id if rule else None, column=column)
        for problem in problems
    ]


def _output(output: OutputColumn, number: int, table: DecisionTable, dictionary: Dictionary) -> list[Problem]:
    fact = dictionary.get(output.name)
    if fact is None:
        hint = suggestion(output.name, dictionary)
        sentence = f'There is no fact "{output.name}" to decide.{hint}'
        return [Problem("unknown_output", sentence, column=output.label)]
    about = known_fact(fact)
    found = _placed(_gives(output.default, about, dictionary), output.label) if output.default else []
    for rule in table.rules:
        found += _placed(_gives(rule.outputs[number], about, dictionary), output.label, rule)
    return found


def _gives(cell: Expression, about: Known, dictionary: Dictionary) -> list[Problem]:
    """Problems of an output cell, its value against the fact that it sets among them."""
    problems = check_types(cell, dictionary)
    came = known_of(cell, dictionary)
    literal = cell.tree.value if isinstance(cell.tree, s.Literal) else ...
    if literal is None:
        return problems
    broken = about.whole and isinstance(literal, Decimal)  # whole numbers are read as int
    if broken or (came.kind and came.kind != about.kind):
        return [*problems, Problem("wrong_kind", f"{cell.text} is not a value of {about.title}.")]
    for value in came.values if about.values else ():
        if value not in about.values:
            hint = suggestion(value, about.values)
            problems.append(Problem("wrong_value", f'"{value}" is not a value of {about.title}.{hint}'))
    return problems


def _analysed(table: DecisionTable, known: list[Known]) -> list[Problem]:
    found: list[Problem] = []
    domains: list[Domain] = []
    for number, (column, about) in enumerate(zip(table.inputs, known, strict=True)):
        domain = domain_of(column, [rule.tests[number] for rule in table.rules], about)
        if not domain.exact:
            found.append(Problem(
                "not_analysed", f'Column "{column.label}" was not analysed for overlaps and gaps.',
                column=column.label, severity=Severity.WARNING,
            ))
        domains.append(domain)
    if table.hit_policy == "U":
        found += _overlaps(table, domains)
    if table.hit_policy == "F":
        found += _hidden(table, domains)
    covered = all(output.default for output in table.outputs)
    if table.hit_policy in ("U", "F") and not covered and all(domain.exact for domain in domains):
        found += _gaps(table, domains)
    return found


def _overlaps(table: DecisionTable, domains: list[Domain]) -> list[Problem]:
    found: list[Problem] = []
    for second, rule in enumerate(table.rules):
        for first in range(second):
            common = [domain.common(first, second) for domain in domains]
            if all(common) and len(found) < MOST_REPORTED:
                case = _case(table.inputs, [values[0] for values in common])
                earlier = table.rules[first].number
                sentence = f"Rule {earlier} and rule {rule.number} can both apply: {case}."
                found.append(Problem("overlap", sentence, rule=rule.id))
    return found


def _hidden(table: DecisionTable, domains: list[Domain]) -> list[Problem]:
    found: list[Problem] = []
    for second, rule in enumerate(table.rules):
        for first in range(second):
            if all(domain.hides(first, second) for domain in domains):
                earlier = table.rules[first].number
                sentence = f"Rule {rule.number} is never reached: rule {earlier} comes first."
                found.append(Problem("hidden_rule", sentence, rule=rule.id, severity=Severity.WARNING))
                break
    return found


def _gaps(table: DecisionTable, domains: list[Domain]) -> list[Problem]:
    search = _GapSearch(domains)
    search.look(0, tuple(range(len(table.rules))), [])
    found = [
        Problem("gap", f"No rule applies when {_case(table.inputs, gap)}.", severity=Severity.WARNING)
        for gap in search.found
    ]
    if search.left <= 0:
        found.append(Problem(
            "not_analysed", "The table is too large to be searched for all gaps.", severity=Severity.WARNING))
    return found


class _GapSearch:
    """Walks the columns left to right, keeping the rules that still can match; nothing left is a gap."""

    def __init__(self, domains: list[Domain]) -> None:
        self.domains = domains
        self.found: list[list[object]] = []
        self.covered: set[tuple[int, tuple[int, ...]]] = set()
        self.left = _BUDGET

    def look(self, column: int, rules: tuple[int, ...], path: list[object]) -> None:
        self.left -= 1
        if self.left <= 0 or len(self.found) >= MOST_REPORTED or (column, rules) in self.covered:
            return
        if not rules:
            self.found.append(list(path))
        elif column < len(self.domains):
            before = len(self.found)
            domain = self.domains[column]
            for place, value in enumerate(domain.values):
                if value is not None:
                    still = tuple(rule for rule in rules if place in domain.accepts[rule])
                    self.look(column + 1, still, [*path, value])
            if len(self.found) == before:
                self.covered.add((column, rules))


def _case(inputs: tuple[InputColumn, ...], values: list[object]) -> str:
    told = [f"{column.label} is {value_words(value)}" for column, value in zip(inputs, values, strict=False)]
    return " and ".join(told) or "anything is asked"
