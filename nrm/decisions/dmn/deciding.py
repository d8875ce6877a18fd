"""Evaluates a decision table: which rules match, what they give, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.policies import Row, aggregates, disagreement, rank, ranked, too_many, value_of
from nrm.decisions.dmn.scope import Scope
from nrm.decisions.dmn.tables import SEVERAL, DecisionTable, InputColumn, Rule
from nrm.decisions.dmn.wording import (
    missed_words,
    not_known_words,
    not_worked_out_words,
    rule_words,
    value_words,
)
from nrm.decisions.feel import Expression, UnaryTests
from nrm.decisions.feel.evaluation import INPUT, LimitReachedError
from nrm.decisions.feel.values import Value, released
from nrm.vocabulary.phrases import COMMA, SEMICOLON, Phrase, joined

MOST_CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What an input column came to. ``known``: something may be concluded from it; ``scope``: where ``?`` is it."""

    column: InputColumn
    value: Value
    known: bool
    scope: Scope


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule against the inputs. ``open``: only a fact that is not known keeps it from being told."""

    rule: Rule
    matched: bool
    open: bool


class _Stop(Exception):
    """Nothing can be decided; ``problem`` is the sentence that says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def _stop_at(where: str, sentence: str) -> _Stop:
    return _Stop(Phrase("{where}: {sentence}", where=where, sentence=sentence))


def decide(table: DecisionTable, scope: Scope) -> Decided:
    """What the table comes to in the scope; what stops it is in ``problem``, never raised.

    Facts that were not known and stopped it stay recorded in the scope, so that what rests on the table
    knows; those that did not stop it are in ``unknown`` only.
    """
    deciding = _Deciding(table, scope)
    try:
        return deciding.decided()
    except _Stop as stop:
        return deciding.told(stop.problem)


class _Deciding:
    def __init__(self, table: DecisionTable, scope: Scope) -> None:
        self.table = table
        self.scope = scope
        self.start = scope.mark()
        self.asked: list[Asked] = []
        self.tried: list[Tried] = []

    def decided(self) -> Decided:
        for column in self.table.inputs:
            asked = self._ask(column)
            self.asked.append(asked)
            if self.scope.over_facts and asked.value is not None and not self._provided(asked):
                raise _Stop(Phrase("{label} has a value that this table does not provide for.", label=column.label))
        for rule in self.table.rules:
            self.tried.append(self._try(rule))
            if self.table.hit_policy == "F" and self.tried[-1].matched:
                break
        matched = [tried.rule for tried in self.tried if tried.matched]
        return self._concluded(matched) if matched else self._without_match()

    def _ask(self, column: InputColumn) -> Asked:
        since = self.scope.mark()
        value = self.scope.of(column.expression)
        # An input that an unknown fact could have changed is itself not known, whatever FEEL made of it.
        known = not self.scope.over_facts or (value is not None and not self.scope.untold(since))
        value = value if known else None
        return Asked(column, value, known, self.scope.at(self.scope.running.about(value)))

    def _try(self, rule: Rule) -> Tried:
        since, left_open = self.scope.mark(), False
        for test, asked in zip(rule.tests, self.asked, strict=True):
            answer = self._passes(test, asked)
            if answer is False:
                self.scope.forget(since)
                return Tried(rule, False, False)
            left_open = left_open or answer is None
        return Tried(rule, not left_open, left_open)

    def _provided(self, asked: Asked) -> bool:
        allowed = asked.column.allowed
        return allowed is None or asked.scope.holds(allowed, asked.value) is True

    def _passes(self, test: UnaryTests, asked: Asked) -> bool | None:
        """Whether a cell holds; null where only a fact that is not known keeps it from being told."""
        if test.any_value:  # where input values are listed, it stands for all of those (DMN 1.5, 10.3.2.10)
            return self.scope.over_facts or self._provided(asked)
        since = self.scope.mark()
        answer = asked.scope.holds(test, asked.value) is True
        if not self.scope.over_facts:
            return answer
        if self.scope.mark() == since:
            return answer if asked.known or test.asks_null or test.uses_input else None
        if self.scope.untold(since) - {INPUT} or not (asked.known or test.asks_null):
            return None
        self.scope.forget(since)
        return answer

    def _concluded(self, matched: list[Rule]) -> Decided:
        several = too_many(self.table, matched)
        if several:
            raise _Stop(several)
        rows = self._rows(matched)
        clash = disagreement(self.table, matched, rows)
        if clash:
            raise _Stop(clash)
        if aggregates(self.table.hit_policy) and self._might():
            raise _Stop(Phrase("The outputs cannot be put together: {unknown}.", unknown=self._not_known()))
        return self._given(self._in_rank(rows) if ranked(self.table) else rows)

    def _rows(self, rules: Sequence[Rule]) -> list[Row]:
        """The outputs of each rule."""
        return [self._row(rule.outputs, Phrase("Rule {number}", number=rule.number)) for rule in rules]

    def _row(self, cells: Sequence[Expression], where: str) -> Row:
        outputs: dict[str, Value] = {}
        for column, cell in zip(self.table.outputs, cells, strict=True):
            since = self.scope.mark()
            value, notes = self.scope.noted(partial(Scope.of, expression=cell))
            if self.scope.over_facts and (self.scope.untold(since) or (value is None and notes)):
                raise _stop_at(where, not_worked_out_words(column.label, joined(SEMICOLON, notes)))
            if column.allowed and value is not None and self.scope.holds(column.allowed, value) is not True:
                sentence = "{label} would get a value that the table does not allow."
                raise _stop_at(where, Phrase(sentence, label=column.label))
            outputs[column.name] = value
        return outputs

    def _in_rank(self, rows: list[Row]) -> list[Row]:
        """The rows, best first; under P a better rule that might apply keeps anything from being decided."""
        ranks = [rank(self.table, row, self.scope) for row in rows]
        order = sorted(range(len(rows)), key=ranks.__getitem__)
        if self.table.hit_policy == "P":
            might = self._rows(self._might())
            if any(rank(self.table, row, self.scope) < ranks[order[0]] for row in might):
                raise _Stop(Phrase("No rule can be chosen: {unknown}.", unknown=self._not_known()))
        return [rows[place] for place in order]

    def _without_match(self) -> Decided:
        several = self.table.hit_policy in SEVERAL
        if self._might() and not several:  # the default is for "none of them", not for "cannot be told"
            raise _Stop(Phrase("No rule can be chosen: {unknown}.", unknown=self._not_known()))
        defaults = [column.default for column in self.table.outputs if column.default]
        if len(defaults) == len(self.table.outputs) and not self._might():
            given = self._given([self._row(defaults, Phrase("Default"))])
            return replace(given, reasons=(Phrase("No rule applies: the default is used"),))
        if self.scope.over_facts and several:
            return self._given([])
        if all(asked.known for asked in self.asked):
            raise _Stop(Phrase("No rule applies."))
        raise _Stop(Phrase("No rule applies; {unknown}.", unknown=self._not_known()))

    def _given(self, rows: Sequence[Row]) -> Decided:
        value = value_of(self.table, rows, self.scope)
        plain = tuple({name: released(one) for name, one in row.items()} for row in rows)
        came = replace(self.told(None), outputs=self._outputs(value, plain), all=plain, value=value)
        self.scope.forget(self.start)
        return came

    def _outputs(self, value: Value, rows: Sequence[dict[str, object]]) -> dict[str, object]:
        names = [column.name for column in self.table.outputs]
        if self.table.hit_policy in SEVERAL:
            return {name: [row[name] for row in rows] for name in names}
        if aggregates(self.table.hit_policy):
            each = value if isinstance(value, dict) and len(names) > 1 else {names[0]: value}
            return {name: released(each[name]) for name in names}
        return dict(rows[0])

    def told(self, problem: str | None) -> Decided:
        unknown = self.scope.untold(self.start) - {INPUT}
        return Decided(
            None, matched=tuple(tried.rule.id for tried in self.tried if tried.matched),
            reasons=self._reasons(), nearest=self._closest, read=frozenset(self.scope.running.read),
            unknown=unknown, might=tuple(rule.id for rule in self._might()), problem=problem,
            asked=tuple((one.column.label, value_words(one.value)) for one in self.asked),
            decision=self.table.label,
        )

    def _might(self) -> list[Rule]:
        return [tried.rule for tried in self.tried if tried.open]

    def _reasons(self) -> tuple[str, ...]:
        matched = [rule_words(self.table, tried.rule) for tried in self.tried if tried.matched]
        might = self._might()
        if matched and might:
            template = "Rule {numbers} might apply too: {unknown}" if len(might) == 1 \
                else "Rules {numbers} might apply too: {unknown}"
            numbers = joined(COMMA, [str(rule.number) for rule in might])
            matched.append(Phrase(template, numbers=numbers, unknown=self._not_known()))
        return tuple(matched)

    def _closest(self) -> tuple[str, ...]:
        """What the rules lacked that lacked least; worked out when somebody asks."""
        try:
            missed = [(tried.rule, self._lacking(tried.rule)) for tried in self.tried
                      if not tried.matched and not tried.open]
        except (LimitReachedError, RecursionError):
            return ()
        missed.sort(key=lambda one: len(one[1]))
        return tuple(missed_words(rule, lacking) for rule, lacking in missed[:MOST_CLOSEST])

    def _lacking(self, rule: Rule) -> list[tuple[str, UnaryTests, Value]]:
        """The cells that do not hold: label, test, and what the input is."""
        return [
            (asked.column.label, test, asked.value) for test, asked in zip(rule.tests, self.asked, strict=True)
            if self._passes(test, asked) is False
        ]

    def _not_known(self) -> str:
        labels = [asked.column.label for asked in self.asked if not asked.known]
        labels = labels or sorted(name.replace("_", " ") for name in self.scope.untold(self.start) - {INPUT})
        return not_known_words(labels)
