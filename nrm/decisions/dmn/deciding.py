"""Evaluates a decision table: which rules match, what they give, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.wording import rule_words
from nrm.decisions.feel import Expression

if TYPE_CHECKING:
    from nrm.decisions.dmn.model import DecisionTable, InputColumn, Rule


@dataclass(slots=True)
class _Seen:
    """What one decision has read and found not known so far."""

    read: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    not_known: list[str] = field(default_factory=list)  # labels of input columns that came to null


def decide(table: DecisionTable, facts: Mapping[str, object]) -> Decided:
    """The decision on ``facts``; what stops it is in ``problem``, never raised."""
    seen = _Seen()
    values: list[object] = []
    for column in table.inputs:
        value = _input_value(column, facts, seen)
        if value is not None and column.allowed and column.allowed.matches(value, facts).value is not True:
            return _stopped(seen, f"{column.label} has a value that this table does not provide for.")
        values.append(value)
    matched, might = _matching(table, values, facts, seen)
    return _concluded(table, matched, might, facts, seen)


def _input_value(column: InputColumn, facts: Mapping[str, object], seen: _Seen) -> object:
    came = column.expression.evaluate(facts)
    seen.read |= came.read
    # An input that an unknown fact could have changed is itself not known, whatever FEEL made of it.
    value = None if came.unknown else came.value
    if value is None:
        seen.unknown |= came.unknown
        seen.not_known.append(column.label)
    return value


def _matching(
    table: DecisionTable, values: Sequence[object], facts: Mapping[str, object], seen: _Seen
) -> tuple[list[Rule], list[Rule]]:
    """The rules that match, and those that only an unknown input kept from matching."""
    matched: list[Rule] = []
    might: list[Rule] = []
    for rule in table.rules:
        answer = _matches(rule, values, facts, seen)
        if answer is None:
            might.append(rule)
        elif answer:
            matched.append(rule)
            if table.hit_policy == "F":
                break
    return matched, might


def _matches(rule: Rule, values: Sequence[object], facts: Mapping[str, object], seen: _Seen) -> bool | None:
    """True, false, or null where only cells of unknown inputs (or cells reading unknown facts) failed."""
    doubt = False
    for test, value in zip(rule.tests, values, strict=True):
        if test.any_value:
            continue
        came = test.matches(value, facts)
        seen.read |= came.read
        seen.unknown |= came.unknown - {"?"}
        if came.value is True and not came.unknown - {"?"}:
            continue
        if (value is None and not test.asks_null) or came.unknown - {"?"}:
            doubt = True
        else:
            return False
    return None if doubt else True


def _concluded(
    table: DecisionTable, matched: list[Rule], might: list[Rule], facts: Mapping[str, object], seen: _Seen
) -> Decided:
    ids = tuple(rule.id for rule in matched)
    reasons = (*(rule_words(table, rule) for rule in matched), *_doubts(might, seen))
    if table.hit_policy == "U" and len(matched) > 1:
        names = " and ".join(f"rule {rule.number}" for rule in matched)
        return _stopped(seen, f"Only one rule may apply, but {names} do.", ids, reasons, might)
    if not matched and table.hit_policy != "C":
        return _without_match(table, might, facts, seen)
    found: list[dict[str, object]] = []
    for rule in matched:
        outputs = _row(table, rule.outputs, facts, seen)
        if isinstance(outputs, str):
            return _stopped(seen, f"Rule {rule.number}: {outputs}", ids, reasons, might)
        found.append(outputs)
    if table.hit_policy != "C":
        return _decided(seen, found[0], found, ids, reasons, might)
    lists = {column.name: [one[column.name] for one in found] for column in table.outputs}
    return _decided(seen, lists, found, ids, reasons, might)


def _without_match(
    table: DecisionTable, might: list[Rule], facts: Mapping[str, object], seen: _Seen
) -> Decided:
    if might:  # the default is for "none of them", not for "cannot be told"
        return _stopped(seen, f"No rule can be chosen: {_not_known(seen)}.", might=might)
    defaults = [column.default for column in table.outputs]
    if any(default is None for default in defaults):
        sentence = "No rule applies" + (f"; {_not_known(seen)}." if seen.not_known else ".")
        return _stopped(seen, sentence)
    outputs = _row(table, [default for default in defaults if default], facts, seen)
    if isinstance(outputs, str):
        return _stopped(seen, f"Default: {outputs}")
    return _decided(seen, outputs, [outputs], (), ("No rule applies: the default is used",), might)


def _row(
    table: DecisionTable, cells: Sequence[Expression], facts: Mapping[str, object], seen: _Seen
) -> dict[str, object] | str:
    """The outputs of one rule, or the sentence that says which cannot be had."""
    outputs: dict[str, object] = {}
    for column, cell in zip(table.outputs, cells, strict=True):
        came = cell.evaluate(facts)
        seen.read |= came.read
        if came.unknown or (came.value is None and came.notes):
            seen.unknown |= came.unknown
            return f"{column.label} cannot be worked out: {'; '.join(came.notes)}."
        if column.allowed and came.value is not None \
                and column.allowed.matches(came.value, facts).value is not True:
            return f"{column.label} would get a value that the table does not allow."
        outputs[column.name] = came.value
    return outputs


def _doubts(might: list[Rule], seen: _Seen) -> tuple[str, ...]:
    if not might:
        return ()
    numbers = ", ".join(str(rule.number) for rule in might)
    word = "Rule" if len(might) == 1 else "Rules"
    return (f"{word} {numbers} might apply too: {_not_known(seen)}",)


def _not_known(seen: _Seen) -> str:
    labels = seen.not_known or sorted(name.replace("_", " ") for name in seen.unknown)
    return f"{', '.join(labels)} {'is' if len(labels) == 1 else 'are'} not known"


def _decided(
    seen: _Seen, outputs: Mapping[str, object], rows: list[dict[str, object]], ids: tuple[str, ...],
    reasons: tuple[str, ...], might: list[Rule],
) -> Decided:
    return Decided(
        outputs, tuple(rows), ids, reasons, read=frozenset(seen.read), unknown=frozenset(seen.unknown),
        might=tuple(rule.id for rule in might),
    )


def _stopped(
    seen: _Seen, problem: str, matched: tuple[str, ...] = (), reasons: tuple[str, ...] = (),
    might: Sequence[Rule] = (),
) -> Decided:
    return Decided(
        None, (), matched, reasons, read=frozenset(seen.read), unknown=frozenset(seen.unknown),
        might=tuple(rule.id for rule in might), problem=problem,
    )
