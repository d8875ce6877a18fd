"""A decision table as a whole: overlaps, disagreements, gaps, rules never reached, columns never tested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nrm.decisions.dmn.domains import Domain, domain_of
from nrm.decisions.dmn.tables import DecisionTable, Rule
from nrm.decisions.dmn.wording import CONDITIONS, value_words
from nrm.decisions.feel import DEFAULT, Problem
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checks import Known
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.values import Value, equal
from nrm.vocabulary.findings import Severity
from nrm.vocabulary.phrases import Phrase, joined

MOST_REPORTED = 10
_BUDGET = 20_000
_MUST_ANSWER = frozenset({"U", "A", "P", "F", "C+", "C<", "C>"})
"""Policies that owe a result to every case; for the others no rule means an empty list, or none counted."""


def analysed(table: DecisionTable, known: Sequence[Known]) -> list[Problem]:
    """The problems of the table as a whole. ``known``: what is known of each input column."""
    return list(_Analysis(table, known).problems())


class _Analysis:
    def __init__(self, table: DecisionTable, known: Sequence[Known]) -> None:
        self.table = table
        self.rules = table.rules
        self.domains = [
            domain_of(column, [rule.tests[number] for rule in table.rules], about)
            for number, (column, about) in enumerate(zip(table.inputs, known, strict=True))
        ]
        self.exact = all(domain.exact for domain in self.domains)
        self.left = _BUDGET

    def problems(self) -> Iterator[Problem]:
        yield from self._columns()
        if self.table.hit_policy == "U":
            yield from self._overlaps()
        if self.table.hit_policy == "A":
            yield from self._disagreements()
        yield from self._never_reached()
        if self.table.hit_policy in _MUST_ANSWER:
            yield from self._complete()

    def _columns(self) -> Iterator[Problem]:
        for number, (column, domain) in enumerate(zip(self.table.inputs, self.domains, strict=True)):
            if self.rules and all(rule.tests[number].any_value for rule in self.rules):
                sentence = Phrase('Column "{label}" is tested by no rule.', label=column.label)
                yield _warning("never_tested", sentence, column=column.label)
            elif not domain.exact:
                sentence = Phrase('Column "{label}" was not analysed for overlaps and gaps.', label=column.label)
                yield _warning("not_analysed", sentence, column=column.label)

    def _overlaps(self) -> Iterator[Problem]:
        for earlier, later, case in self._meeting():
            yield Problem("overlap", _both("Rule {earlier} and rule {number} can both apply: {case}.",
                                           earlier, later, case), rule=later.id)

    def _disagreements(self) -> Iterator[Problem]:
        for earlier, later, case in self._meeting():
            agree = _agree(earlier, later)
            if agree is None:
                yield _warning("not_analysed", _both(
                    "Rule {earlier} and rule {number} can both apply; whether they agree was not analysed: {case}.",
                    earlier, later, case), rule=later.id)
            elif not agree:
                yield Problem("conflict", _both(
                    "Rule {earlier} and rule {number} can both apply and do not agree: {case}.",
                    earlier, later, case), rule=later.id)

    def _meeting(self) -> Iterator[tuple[Rule, Rule, str]]:
        """Pairs of rules that can both apply, with an example, as many as are worth telling."""
        left = MOST_REPORTED
        for second, rule in enumerate(self.rules):
            for first in range(second):
                common = [domain.common(first, second) for domain in self.domains]
                if left and all(common):
                    left -= 1
                    yield self.rules[first], rule, self._case([values[0] for values in common])

    def _never_reached(self) -> Iterator[Problem]:
        for place, rule in enumerate(self.rules):
            if any(domain.exact and not domain.accepts[place] for domain in self.domains):
                sentence = Phrase("Rule {number} can never apply.", number=rule.number)
                yield _warning("never_applies", sentence, rule=rule.id)
                continue
            before = self._before(place)
            if before and self._hidden(place, before):
                yield _warning("hidden_rule", self._never_reached_words(rule, before), rule=rule.id)

    def _never_reached_words(self, rule: Rule, before: Sequence[int]) -> str:
        if len(before) == 1:
            return Phrase("Rule {number} is never reached: rule {earlier} comes first.",
                          number=rule.number, earlier=self.rules[before[0]].number)
        return Phrase("Rule {number} is never reached: the rules before it cover its cases.", number=rule.number)

    def _before(self, place: int) -> list[int]:
        """The rules that win over this one where both apply; the one that hides it alone, if there is one."""
        if self.table.hit_policy == "F":
            winners = list(range(place))
        elif self.table.hit_policy == "P":
            own = self._rank(place)
            ranks = [(one, self._rank(one)) for one in range(len(self.rules))]
            winners = [one for one, rank in ranks if own is not None and rank is not None and rank < own]
        else:
            winners = []
        alone = [one for one in winners if all(domain.hides(one, place) for domain in self.domains)]
        return alone[:1] or winners

    def _hidden(self, place: int, before: list[int]) -> bool:
        if len(before) == 1:
            return all(domain.hides(before[0], place) for domain in self.domains)
        return self.exact and self._uncovered(0, tuple(before), place) is False

    def _uncovered(self, column: int, rules: tuple[int, ...], place: int) -> bool | None:
        """Whether a case that the rule at ``place`` accepts is accepted by none of ``rules``; null: too large."""
        self.left -= 1
        if self.left <= 0:
            return None
        if not rules:
            return True
        if column == len(self.domains):
            return False
        domain, told = self.domains[column], True
        for value in domain.accepts[place]:
            still = tuple(rule for rule in rules if value in domain.accepts[rule])
            answer = self._uncovered(column + 1, still, place)
            if answer:
                return True
            told = told and answer is False
        return False if told else None

    def _rank(self, place: int) -> tuple[int, ...] | None:
        """How early the outputs of a rule stand in the lists of their values, if they are written out."""
        ranks = []
        for column, cell in zip(self.table.outputs, self.rules[place].outputs, strict=True):
            if not isinstance(cell.tree, s.Literal):
                return None
            running = Running({}, DEFAULT)
            passed = [number for number, test in enumerate(column.ranks)
                      if test.within(running, cell.tree.value) is True]
            ranks.append(passed[0] if passed else len(column.ranks))
        return tuple(ranks)

    def _complete(self) -> Iterator[Problem]:
        defaults = [column.default for column in self.table.outputs]
        if all(defaults):
            return
        if any(defaults):
            yield _warning("missing_default", "Some outputs have a default and others have none, so none is used.")
        if self.exact:
            yield from self._gaps()
        elif not any(all(test.any_value for test in rule.tests) for rule in self.rules):
            yield _warning("missing_default", "The table has no default, and that its rules cover every case "
                                              "could not be shown.")

    def _gaps(self) -> Iterator[Problem]:
        search = _GapSearch(self.domains)
        search.look(0, tuple(range(len(self.rules))), [])
        for gap in search.found:
            yield _warning("gap", Phrase("No rule applies when {gap}.", gap=self._case(gap)))
        if search.left <= 0:
            yield _warning("not_analysed", "The table is too large to be searched for all gaps.")

    def _case(self, values: Sequence[Value]) -> str:
        told = [Phrase("{label} is {value}", label=column.label, value=value_words(value))
                for column, value in zip(self.table.inputs, values, strict=False)]
        return joined(CONDITIONS, told) or Phrase("anything is asked")


class _GapSearch:
    """Walks the columns left to right, keeping the rules that still can match; nothing left is a gap."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.domains = domains
        self.found: list[list[Value]] = []
        self.covered: set[tuple[int, tuple[int, ...]]] = set()
        self.left = _BUDGET

    def look(self, column: int, rules: tuple[int, ...], path: list[Value]) -> None:
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


def _agree(one: Rule, other: Rule) -> bool | None:
    """Whether two rules give the same outputs; null where that is not written out."""
    told = True
    for first, second in zip(one.outputs, other.outputs, strict=True):
        if first.text == second.text:
            continue
        if not isinstance(first.tree, s.Literal) or not isinstance(second.tree, s.Literal):
            told = False
        elif equal(first.tree.value, second.tree.value) is not True:
            return False
    return True if told else None


def _both(template: str, earlier: Rule, later: Rule, case: str) -> str:
    return Phrase(template, earlier=earlier.number, number=later.number, case=case)


def _warning(code: str, sentence: str, *, rule: str | None = None, column: str | None = None) -> Problem:
    return Problem(code, sentence, rule=rule, column=column, severity=Severity.WARNING)
